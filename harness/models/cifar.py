"""CIFAR-10 and CIFAR-100 from a folder of the caller's: unpacked or not, binary version or Python version.

Source of both layouts: https://www.cs.toronto.edu/~kriz/cifar.html. The Python version is pickled, and a
pickle can run anything: `restricted_pickle` reads no more of it than arrays, lists and dictionaries.
"""

import hashlib
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import UsageError
from harness.models.datasets import Data
from harness.models.labelled_images import Examples, Normalisation, Pixels
from harness.models.restricted_pickle import UnsafePickle, load_arrays

SIDE_PIXELS = 32
IMAGE_BYTES = 3 * SIDE_PIXELS**2
LARGEST_FILE_BYTES = 200 << 20
"""CIFAR-100's training part has 155 MB in one file."""

CIFAR = Normalisation(mean=(0.4914, 0.4822, 0.4465), deviation=(0.2470, 0.2435, 0.2616))
"""Of CIFAR-10's training images; the usual values, taken for CIFAR-100 too."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """How one version of one set is laid out."""

    archive: str
    folder: str
    train: tuple[str, ...]
    test: tuple[str, ...]


_BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
_LAYOUTS = {
    10: (
        _Layout(
            "cifar-10-binary.tar.gz",
            "cifar-10-batches-bin",
            tuple(f"{batch}.bin" for batch in _BATCHES),
            ("test_batch.bin",),
        ),
        _Layout("cifar-10-python.tar.gz", "cifar-10-batches-py", _BATCHES, ("test_batch",)),
    ),
    100: (
        _Layout("cifar-100-binary.tar.gz", "cifar-100-binary", ("train.bin",), ("test.bin",)),
        _Layout("cifar-100-python.tar.gz", "cifar-100-python", ("train",), ("test",)),
    ),
}

_Part = tuple[NDArray[np.uint8], NDArray[np.int64]]


def open_cifar(folder: Path, classes: int, size: tuple[int, int]) -> Data:
    """Either set, 10 or 100 classes, from a folder that holds it, its unpacked folder, or its archive.

    Raises:
        UsageError: it is not there, or a file is not as it should be.
    """
    read, layout = _source(folder, classes)
    train, test = (
        _joined([_part(name, read(name), classes, folder) for name in names])
        for names in (layout.train, layout.test)
    )
    return Data(
        name=f"cifar{classes}",
        source=f"test images of CIFAR-{classes}",
        classes=classes,
        train=Examples(Pixels(train[0], CIFAR, size), train[1]),
        test=Examples(Pixels(test[0], CIFAR, size), test[1]),
        is_mirrored=True,
        identity=lambda: _identity(*train, *test),
    )


def _source(folder: Path, classes: int) -> tuple[Callable[[str], bytes], _Layout]:
    """How to read a file of the set by name, and the version that is there."""
    for layout in _LAYOUTS[classes]:
        for place in (folder / layout.folder, folder):
            if (place / layout.test[0]).is_file():
                return (lambda name, place=place: _bounded(place / name, folder)), layout
        archive = folder / layout.archive
        if archive.is_file():
            return (lambda name, archive=archive, layout=layout: _member(archive, layout, name)), layout
    known = " or ".join(layout.archive for layout in _LAYOUTS[classes])
    raise UsageError(
        f"CIFAR-{classes} is not there", remedy=f"put {known} there, unpacked or not", where=str(folder)
    )


def _bounded(file: Path, folder: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_FILE_BYTES)
    except OSError as error:
        raise _damaged(folder, file.name, str(error.strerror)) from error


def _member(archive: Path, layout: _Layout, name: str) -> bytes:
    """A file of the archive, read without unpacking anything to the disk."""
    try:
        with tarfile.open(archive) as opened:
            member = opened.extractfile(f"{layout.folder}/{name}")
            if member is None:
                raise _damaged(archive, name, "it is no file")
            return member.read(LARGEST_FILE_BYTES)
    except (OSError, EOFError, KeyError, tarfile.TarError, zlib.error) as error:
        raise _damaged(archive, name, f"{type(error).__name__}: {error}") from error


def _part(name: str, content: bytes, classes: int, folder: Path) -> _Part:
    try:
        rows, labels = _binary(content, classes) if name.endswith(".bin") else _pickled(content, classes)
        pixels = rows.reshape(-1, 3, SIDE_PIXELS, SIDE_PIXELS).transpose(0, 2, 3, 1)
    except (UnsafePickle, ValueError) as error:
        raise _damaged(folder, name, str(error)) from error
    if not len(labels) or len(labels) != len(pixels) or labels.min() < 0 or labels.max() >= classes:
        raise _damaged(folder, name, f"it does not hold one label from 0 to {classes - 1} an image")
    return pixels, labels


def _binary(content: bytes, classes: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """A record is the label (of CIFAR-100 the coarse and then the fine one), then red, green and blue."""
    labels = 1 if classes == 10 else 2
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, labels + IMAGE_BYTES)
    return records[:, labels:], records[:, labels - 1].astype(np.int64)


def _pickled(content: bytes, classes: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    batch: Any = load_arrays(content)
    if not isinstance(batch, dict):
        raise UnsafePickle("it is no dictionary")
    pixels, labels = batch.get(b"data"), batch.get(b"labels" if classes == 10 else b"fine_labels")
    is_whole = isinstance(labels, list) and all(isinstance(label, int) for label in labels)
    if not isinstance(pixels, np.ndarray) or not is_whole:
        raise UnsafePickle("it lacks images or labels")
    return pixels, np.array(labels, dtype=np.int64)


def _joined(parts: list[_Part]) -> _Part:
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _identity(*arrays: NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _damaged(place: Path, name: str, reason: str) -> UsageError:
    return UsageError(
        f"{name} cannot be read ({reason})", remedy="fetch CIFAR again and check its MD5", where=str(place)
    )
