"""Labelled images as a network takes them: float32, N × C × H × W, normalised, made only when asked for.

A set that does not fit into memory as float32 is sliced like an array and costs what the slice costs. Where
the pixels come from is `datasets`' matter; how they are varied for training is `augmentation`'s.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray
from PIL import Image

Indices = slice | NDArray[np.int64]


class Images(Protocol):
    """What can be sliced into float32 images (N, C, H, W); `numpy.asarray` makes all of them at once."""

    @property
    def shape(self) -> tuple[int, ...]:
        """N, C, H, W."""

    def __len__(self) -> int: ...

    def __getitem__(self, chosen: Indices, /) -> NDArray[np.float32]: ...


class Examples(NamedTuple):
    """Images and the classes that they show."""

    images: Images
    """Float32, N × C × H × W, normalised."""
    labels: NDArray[np.int64]
    """One class an image, from 0."""

    def batches(self, size: int) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        """All of them in order, `size` at a time; no more than that is in memory."""
        for start in range(0, len(self.labels), size):
            chosen = slice(start, start + size)
            yield self.images[chosen], self.labels[chosen]

    def first(self, count: int) -> "Examples":
        """The first `count` of them, fewer where there are no more; a view that makes no image yet."""
        return Examples(Prefix(self.images, min(count, len(self.labels))), self.labels[:count])

    def sha256(self) -> str:
        """Hash of every image, raw little-endian float32, and of every label, int64."""
        digest = hashlib.sha256()
        for images, _ in self.batches(256):
            digest.update(np.ascontiguousarray(images, dtype="<f4").data)
        digest.update(np.ascontiguousarray(self.labels, dtype="<i8").data)
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Normalisation:
    """Mean and standard deviation of each channel, of pixels from 0 to 1."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Float32 (N, C, H, W) of bytes (N, H, W, C); a single channel becomes as many equal ones."""
        scale = np.array(self.deviation, dtype=np.float32) * np.float32(255)
        shift = np.array(self.mean, dtype=np.float32) * np.float32(255)
        normalised = (pixels.astype(np.float32) - shift) / scale
        return np.ascontiguousarray(normalised.transpose(0, 3, 1, 2))


@dataclass(frozen=True, slots=True)
class Pixels:
    """Images kept as bytes (N, H, W, C), resized to (height, width) where they have another size."""

    pixels: NDArray[np.uint8]
    normalisation: Normalisation
    size: tuple[int, int]

    @property
    def shape(self) -> tuple[int, ...]:
        """N, C, H, W."""
        return (len(self.pixels), len(self.normalisation.mean), *self.size)

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, chosen: Indices) -> NDArray[np.float32]:
        """The chosen images (N, C, H, W)."""
        return self.normalisation(resized(self.pixels[chosen], self.size))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:].astype(dtype or np.float32, copy=False)


@dataclass(frozen=True, slots=True)
class Prefix:
    """The first `count` of other images."""

    images: Images
    count: int

    @property
    def shape(self) -> tuple[int, ...]:
        """N, C, H, W."""
        return (self.count, *self.images.shape[1:])

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, chosen: Indices) -> NDArray[np.float32]:
        """The chosen images (N, C, H, W)."""
        return self.images[np.arange(self.count)[chosen]]

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:].astype(dtype or np.float32, copy=False)


def resized(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Bytes (N, H, W, C) as (N, *size, C), bilinear with antialiasing, as Pillow does it."""
    if pixels.shape[1:3] == size:
        return pixels
    channels = pixels.shape[3]
    made = np.empty((len(pixels), *size, channels), dtype=np.uint8)
    for index, image in enumerate(pixels):
        whole = Image.fromarray(image[..., 0] if channels == 1 else image)
        made[index] = np.asarray(whole.resize(size[::-1], Image.Resampling.BILINEAR)).reshape(*size, channels)
    return made
