"""The int8 network of a proved float network: what it must compute, and what it kept of the float one.

An int8 network is another network than its float one: no output of it can be held to the float reference.
So it is proved against itself (its own outputs on this machine), and compared with the float network by how
often both name the same first class.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import fx, nn

from harness.errors import ExportRefused
from harness.export.from_module import Described
from harness.export.int8 import quantise
from harness.export.int8_data import CalibrationData, calibration_data
from harness.export.int8_engine import phone_engine
from harness.export.pipeline import Expectation
from harness.export.settings import ExportSettings
from harness.results.records import Quantisation

REFERENCE = "the int8 network in PyTorch on the host"


@dataclass(frozen=True, slots=True, eq=False)
class Int8Model:
    """An int8 network with its expectation."""

    network: fx.GraphModule
    """To be traced and run inside `int8.phone_engine`."""
    expected: Expectation
    """The float network's inputs, with what the int8 network computes there."""
    reference: str
    """What the expectation was computed by, as in Artifact."""
    quantisation: Quantisation
    """How it came by its ranges, and what it kept."""


def quantised(
    graph: fx.GraphModule, expected: Expectation, described: Described, settings: ExportSettings
) -> Int8Model:
    """Quantise a network and compare it with the float one.

    Args:
        graph: after all rewrites; it is left as it was.
        expected: the inputs of the proof, and what the float network computes there.
        described: what is known of the model.
        settings: which data, which seed.

    Raises:
        ExportRefused: nothing of it can be int8, or what comes out is degenerate.
        UsageError: the calibration data are not there, or do not fit the network.
    """
    images = expected.images
    data = calibration_data(settings.calibrate, described.data, images[0].shape, seed=settings.seed)
    network = quantise(graph, data.calibration, where=described.name)
    with phone_engine():
        references = tuple(_outputs(network, images))
        outputs = np.concatenate(_outputs(network, data.compared))
    float_outputs = np.concatenate(_outputs(graph, data.compared))
    require_sound(outputs, float_outputs, where=described.name)
    return Int8Model(
        network=network,
        expected=Expectation(images, references),
        reference=REFERENCE,
        quantisation=compared(outputs, float_outputs, data, weights=described.weights),
    )


def _outputs(network: nn.Module, batches: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float64]]:
    with torch.no_grad():
        return [network(torch.from_numpy(images)).double().numpy() for images in batches]


def require_sound(outputs: NDArray[np.float64], float_outputs: NDArray[np.float64], *, where: str) -> None:
    """Refuse an int8 network that answers every image alike, though the float network does not.

    How well others agree is measured and told, and for the reader to judge.

    Args:
        outputs: of the int8 network, images first.
        float_outputs: of the float network on the same images.
        where: the model's name.

    Raises:
        ExportRefused: it is degenerate.
    """
    if _are_alike(outputs) and not _are_alike(float_outputs):
        raise ExportRefused(
            f"computes the same output for all of {len(outputs)} images once it is int8",
            remedy="calibrate it on data like those that it is for (--calibrate), or export it in float32",
            where=where,
        )


def _are_alike(outputs: NDArray[np.float64]) -> bool:
    return bool((outputs == outputs[:1]).all())


def compared(
    outputs: NDArray[np.float64], float_outputs: NDArray[np.float64], data: CalibrationData, *, weights: str
) -> Quantisation:
    """What the int8 network kept of the float one.

    Args:
        outputs: of the int8 network for `data.compared`, images first.
        float_outputs: of the float network for the same images.
        data: which images.
        weights: as in Artifact.
    """
    first, float_first = _first_classes(outputs), _first_classes(float_outputs)
    why_not = _without_meaning(data, weights, float_outputs)
    known = data.labels if not why_not else None
    return Quantisation(
        calibration=data.described,
        images=len(first),
        agreement=float(np.mean(first == float_first)),
        top1_right=None if known is None else int(np.sum(first == known)),
        float_top1_right=None if known is None else int(np.sum(float_first == known)),
        missing=dict.fromkeys(("top1_right", "float_top1_right"), why_not) if why_not else {},
    )


def _first_classes(outputs: NDArray[np.float64]) -> NDArray[np.int64]:
    classes: NDArray[np.int64] = outputs.reshape(len(outputs), -1).argmax(1)
    return classes


def _without_meaning(data: CalibrationData, weights: str, outputs: NDArray[np.float64]) -> str:
    """Why nothing can be right or wrong; empty where it can."""
    if data.labels is None:
        return "the images show nothing"
    if weights.startswith("calibrated-random"):
        return "the weights are random"
    if outputs[0].size != data.classes:
        return f"the network tells {outputs[0].size} classes apart, the data {data.classes}"
    return ""
