"""What an int8 model is held to, which images it is made and judged with, and when it is refused."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from harness.errors import ExportRefused, UsageError
from harness.export.from_module import Described, export_module
from harness.export.int8_data import CalibrationData, calibration_data
from harness.export.int8_model import REFERENCE, compared, require_sound
from harness.export.pipeline import expectation
from harness.export.settings import ExportSettings
from harness.results.records import Quantisation
from tests.export.networks import block, seeded

SHAPE = (1, 3, 32, 32)
DESCRIBED = Described(
    name="a network",
    source="python",
    weights="as built",
    reference="eager PyTorch, float64",
    parameters=1,
    macs=1,
    data="digits",
)
LABELLED = CalibrationData(
    described="shapes, 2 images of its training part",
    calibration=(),
    compared=(),
    labels=np.array([0, 1, 2, 2]),
    classes=3,
)
FLOAT = np.array([[3.0, 1, 2], [1, 3, 2], [1, 2, 3], [3, 1, 2]])
INT8 = np.array([[3.0, 1, 2], [3, 1, 2], [1, 2, 3], [1, 2, 3]])


def _network() -> nn.Module:
    return seeded(
        lambda: nn.Sequential(
            block(3, 8),
            nn.MaxPool2d(4),
            block(8, 16),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(16, 10),
        )
    )


@pytest.fixture(scope="module")
def exported() -> SimpleNamespace:
    """A small network in int8, with ranges from digits."""
    module, settings = _network(), ExportSettings(precision="int8")
    expected = expectation(module, SHAPE, seed=0, where="a network")
    model = export_module(module, DESCRIBED, expected, settings)
    return SimpleNamespace(model=model, expected=expected)


def test_the_record_says_how_it_was_quantised_and_what_it_is_compared_with(
    exported: SimpleNamespace,
) -> None:
    artifact = exported.model.artifact
    assert artifact.precision == "int8"
    assert artifact.reference == REFERENCE
    assert artifact.export_error == 0.0
    (quantisation,) = artifact.quantisation
    assert quantisation.calibration == "digits, 128 images of its training part"
    assert quantisation.images == 500
    assert quantisation.agreement > 0.8


def test_the_reference_is_what_the_int8_network_computes_and_not_the_float_one(
    exported: SimpleNamespace,
) -> None:
    reference, float_reference = exported.model.reference, exported.expected.references[0]
    difference = np.abs(reference - float_reference).max() / np.abs(float_reference).max()
    assert 1e-4 < difference < 0.1


def test_the_same_network_gives_the_same_bytes_again(exported: SimpleNamespace) -> None:
    again = export_module(_network(), DESCRIBED, exported.expected, ExportSettings(precision="int8"))
    assert again.artifact == exported.model.artifact


def test_agreement_and_hits_are_counted() -> None:
    assert compared(INT8, FLOAT, LABELLED, weights="checkpoint:1") == Quantisation(
        calibration="shapes, 2 images of its training part",
        images=4,
        agreement=0.5,  # images 0 and 2
        top1_right=3,  # images 0, 2 and 3
        float_top1_right=3,  # images 0, 1 and 2
    )


@pytest.mark.parametrize(
    ("data", "weights", "reason"),
    [
        (LABELLED, "calibrated-random:0", "the weights are random"),
        (replace(LABELLED, labels=None), "checkpoint:1", "the images show nothing"),
        (replace(LABELLED, classes=4), "checkpoint:1", "the network tells 3 classes apart, the data 4"),
    ],
)
def test_where_nothing_can_be_right_the_reason_stands_instead(
    data: CalibrationData, weights: str, reason: str
) -> None:
    quantisation = compared(INT8, FLOAT, data, weights=weights)
    assert quantisation.agreement == 0.5
    assert quantisation.top1_right is None
    assert quantisation.float_top1_right is None
    assert quantisation.missing == {"top1_right": reason, "float_top1_right": reason}


def test_an_int8_network_that_answers_all_images_alike_is_refused() -> None:
    with pytest.raises(ExportRefused, match="the same output for all of 4 images") as caught:
        require_sound(np.ones((4, 3)), FLOAT, where="a network")
    assert "--calibrate" in caught.value.remedy


def test_a_network_that_answered_all_images_alike_before_is_not_refused() -> None:
    require_sound(np.ones((4, 3)), np.full((4, 3), 2.0), where="a network")


def test_auto_takes_the_data_of_the_weights() -> None:
    data = calibration_data("auto", "digits", SHAPE, seed=0)
    assert data.described == "digits, 128 images of its training part"
    assert len(data.calibration) == 128
    assert data.labels is not None
    assert len(data.labels) == len(data.compared) == 500


def test_without_data_normal_images_serve_and_say_so() -> None:
    data = calibration_data("auto", "", SHAPE, seed=0)
    assert data.described == "standard normal images, 16: the agreement says nothing of accuracy"
    assert (len(data.calibration), len(data.compared)) == (16, 32)
    assert data.labels is None
    values = np.concatenate(data.calibration)
    assert abs(values.mean()) < 0.02
    assert abs(values.std() - 1) < 0.02


def test_the_seed_decides_normal_images() -> None:
    first, again, other = (calibration_data("auto", "", SHAPE, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(first.calibration[0], again.calibration[0])
    assert not np.array_equal(first.calibration[0], other.calibration[0])


def test_a_network_that_takes_several_images_gets_whole_batches_with_their_labels() -> None:
    data = calibration_data("digits", "", (3, 3, 32, 32), seed=0)
    assert {images.shape for images in (*data.calibration, *data.compared)} == {(3, 3, 32, 32)}
    assert (len(data.calibration), len(data.compared)) == (42, 166)
    assert data.labels is not None
    assert len(data.labels) == 498


def test_unknown_data_are_refused_by_name() -> None:
    with pytest.raises(UsageError, match="no such data"):
        calibration_data("digit", "", SHAPE, seed=0)


def test_a_network_that_is_no_single_graph_is_refused() -> None:
    class Branching(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = block(3, 4)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            made: torch.Tensor = self.layer(images)
            return made if images.sum() > 0 else -made

    module = seeded(Branching)
    expected = expectation(module, SHAPE, seed=0, where="a network")
    with pytest.raises(ExportRefused, match="one graph"):
        export_module(module, DESCRIBED, expected, ExportSettings(precision="int8"))
