"""A folder of the caller's: `train/CLASS/IMAGE` and `val/CLASS/IMAGE`, as torchvision's ImageFolder reads it.

Images are decoded when they are asked for, so a set of any size can be used. Every image is cut to its
middle: the shorter side becomes 256/224 of the network's input, of which the middle is taken.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from harness.errors import UsageError
from harness.models.datasets import Data
from harness.models.labelled_images import Examples, Indices, Normalisation

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"})
"""torchvision's IMG_EXTENSIONS."""
SHORTER_SIDE_SHARE = 256 / 224
"""The usual evaluation on ImageNet: resize to 256, cut out 224."""
MOST_PIXELS = 89_478_485
"""Above which Pillow warns of a decompression bomb."""
ORDER_SEED = 2024
DECODING_THREADS = 4

IMAGENET = Normalisation(mean=(0.485, 0.456, 0.406), deviation=(0.229, 0.224, 0.225))
"""torchvision's, with which its weights were trained."""


@dataclass(frozen=True, slots=True)
class FileImages:
    """Images in files, decoded, cut and normalised when they are asked for."""

    files: tuple[Path, ...]
    size: tuple[int, int]

    @property
    def shape(self) -> tuple[int, ...]:
        """N, C, H, W."""
        return (len(self.files), 3, *self.size)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, chosen: Indices) -> NDArray[np.float32]:
        """The chosen images (N, 3, H, W).

        Raises:
            UsageError: a file is no image, or an absurdly large one.
        """
        files = [self.files[index] for index in np.arange(len(self.files))[chosen]]
        pixels = np.empty((len(files), *self.size, 3), dtype=np.uint8)
        with ThreadPoolExecutor(DECODING_THREADS) as threads:
            for index, image in enumerate(threads.map(lambda file: _decoded(file, self.size), files)):
                pixels[index] = image
        return IMAGENET(pixels)


def open_image_folder(folder: Path, size: tuple[int, int]) -> Data:
    """Find the images of both parts; classes are the folders' names in alphabetical order.

    Raises:
        UsageError: a part is missing, empty, or has other classes than the other.
    """
    classes, validated = (_class_names(folder / part) for part in ("train", "val"))
    if classes != validated:
        differing = sorted(set(classes) ^ set(validated))[0]
        raise UsageError(
            f"train/ and val/ do not have the same classes: {differing} is in one of them",
            remedy="give both the same folders",
            where=str(folder),
        )
    train, test = (_examples(folder / part, classes, size) for part in ("train", "val"))
    return Data(
        name=folder.resolve().name,
        source=f"images of {folder.resolve().name}/val",
        classes=len(classes),
        train=train,
        test=test,
        is_mirrored=True,
        identity=lambda: _identity(folder),
    )


def _class_names(part: Path) -> list[str]:
    try:
        found = sorted(entry.name for entry in part.iterdir() if entry.is_dir())
    except OSError as error:
        raise _unusable(part, f"cannot be read ({error.strerror})") from error
    if not found:
        raise _unusable(part, "has no folder of a class")
    return found


def _examples(part: Path, classes: list[str], size: tuple[int, int]) -> Examples:
    """All images of a part, classes mixed, in an order that is the same for the same files."""
    by_class = [_image_files(part / name) for name in classes]
    empty = next((name for name, files in zip(classes, by_class, strict=True) if not files), None)
    if empty is not None:
        raise _unusable(part / empty, "has no images")
    labels = np.repeat(np.arange(len(classes)), [len(files) for files in by_class])
    files = [file for of_class in by_class for file in of_class]
    order = np.random.RandomState(ORDER_SEED).permutation(len(files))
    return Examples(FileImages(tuple(files[index] for index in order), size), labels[order])


def _image_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())


def _decoded(file: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    try:
        with Image.open(file) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _unreadable(file, f"it has {image.width} × {image.height} pixels")
            return np.asarray(_cut(image, size))
    except UsageError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unreadable(file, str(error).splitlines()[0]) from error


def _cut(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    height, width = size
    image.draft("RGB", (2 * width, 2 * height))  # JPEG: decode no more than is needed
    scale = SHORTER_SIDE_SHARE * max(width / image.width, height / image.height)
    whole = (max(width, round(image.width * scale)), max(height, round(image.height * scale)))
    left, top = (whole[0] - width) // 2, (whole[1] - height) // 2
    resized = image.convert("RGB").resize(whole, Image.Resampling.BILINEAR)
    return resized.crop((left, top, left + width, top + height))


def _identity(folder: Path) -> str:
    """Hash of the files' places and sizes: to hash every image of a large set takes longer than an epoch."""
    digest = hashlib.sha256()
    for part in ("train", "val"):
        for file in _image_files(folder / part):
            digest.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\n".encode())
    return digest.hexdigest()


def _unusable(folder: Path, cause: str) -> UsageError:
    return UsageError(
        cause, remedy="give a folder with train/CLASS/IMAGE and val/CLASS/IMAGE", where=str(folder)
    )


def _unreadable(file: Path, reason: str) -> UsageError:
    return UsageError(
        f"is no image that can be used ({reason})", remedy="remove it or save it again", where=str(file)
    )
