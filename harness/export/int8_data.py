"""Which images an int8 network takes its ranges from, and which others it is compared on."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.export.settings import AUTO
from harness.models.datasets import Data, open_data
from harness.models.labelled_images import Examples

CALIBRATION_IMAGES = 128
"""Ranges belong to whole tensors, of which every image gives thousands of values."""
COMPARED_IMAGES = 500
NORMAL_CALIBRATION_IMAGES = 16
"""Of standard normal images, which are all alike."""
NORMAL_COMPARED_IMAGES = 32

NORMAL = "standard normal images"


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationData:
    """Images of one kind, in two parts of which neither holds an image of the other."""

    described: str
    """Of the first part, for people: `digits, 128 images`."""
    calibration: tuple[NDArray[np.float32], ...]
    """Batches in the network's own shape N, C, H, W."""
    compared: tuple[NDArray[np.float32], ...]
    """The same."""
    labels: NDArray[np.int64] | None
    """Of the compared images; None: they show nothing."""
    classes: int | None
    """How many different labels there can be; None: they show nothing."""


def calibration_data(
    calibrate: str, weights_data: str, shape: tuple[int, ...], *, seed: int
) -> CalibrationData:
    """Find the images.

    Args:
        calibrate: a name for `datasets.open_data`, or `auto`: the data of the weights, else normal images.
        weights_data: name of the data on which the weights were trained; empty where there are none.
        shape: N, C, H, W of the network's input.
        seed: of normal images.

    Raises:
        UsageError: no such data, or none that fit the shape.
    """
    name = weights_data if calibrate == AUTO else calibrate
    return _of(open_data(name, shape), shape[0]) if name else _normal(shape, seed)


def _of(data: Data, batch: int) -> CalibrationData:
    chosen, others = data.train.first(CALIBRATION_IMAGES), data.test.first(COMPARED_IMAGES)
    compared = tuple(_batches(others, batch))
    return CalibrationData(
        described=f"{data.name}, {len(chosen.labels)} images of its training part",
        calibration=tuple(_batches(chosen, batch)),
        compared=compared,
        labels=others.labels[: len(compared) * batch],
        classes=data.classes,
    )


def _batches(examples: Examples, size: int) -> Iterator[NDArray[np.float32]]:
    """Whole ones only."""
    return (images for images, _ in examples.batches(size) if len(images) == size)


def _normal(shape: tuple[int, ...], seed: int) -> CalibrationData:
    # Not `fixed_input`'s numbers: launches prove their output on those.
    generator = np.random.Generator(np.random.PCG64([seed, 8]))
    count = NORMAL_CALIBRATION_IMAGES + NORMAL_COMPARED_IMAGES
    images = tuple(generator.standard_normal(shape, dtype=np.float32) for _ in range(count))
    return CalibrationData(
        described=f"{NORMAL}, {NORMAL_CALIBRATION_IMAGES}: the agreement says nothing of accuracy",
        calibration=images[:NORMAL_CALIBRATION_IMAGES],
        compared=images[NORMAL_CALIBRATION_IMAGES:],
        labels=None,
        classes=None,
    )
