"""Labelled data by name: `digits`, `cifar10:FOLDER`, `cifar100:FOLDER`, or a folder of class folders.

Every set has a part to train on and a part that no training sees. Both are in a fixed order in which the
classes are mixed, so that the first images are a fair sample. Nothing is downloaded and torch is not loaded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.models.labelled_images import Examples
from harness.results.records import DataFacts

KINDS = ("digits", "cifar10:FOLDER", "cifar100:FOLDER", "a folder with train/ and val/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Images with labels, in two parts."""

    name: str
    """`digits`, `cifar10`, `cifar100`, or the name of the caller's folder: never a path."""
    source: str
    """Where the images come from, for people, without the number that are used."""
    classes: int
    """Different labels."""
    train: Examples
    """What a network learns from, and int8 takes its ranges from."""
    test: Examples
    """What accuracy is measured with."""
    is_mirrored: bool
    """Whether a mirrored image shows the same class: digits' do not."""
    identity: Callable[[], str]
    """SHA-256 by which the same data are known again: of the pixels, or of a folder's list of files."""

    def facts(self, images: int) -> DataFacts:
        """What the first `images` of the test part are, hashed as a network sees them."""
        chosen = self.test.first(images)
        count = len(chosen.labels)
        return DataFacts(
            name=self.name,
            source=f"{count:,} {self.source}",
            images=count,
            classes=self.classes,
            sha256=chosen.sha256(),
        )


def open_data(name: str, input_shape: tuple[int, ...]) -> Data:
    """Find data by name; images have the size of `input_shape` (N, C, H, W), of which C must be 3.

    Raises:
        UsageError: no such data, a folder or file that is not as expected, or a network of other inputs.
    """
    if len(input_shape) != 4 or input_shape[1] != 3:
        raise UsageError(
            f"its images have three channels and the network's input is {'×'.join(map(str, input_shape))}",
            remedy="use a network whose input is 1×3×H×W",
            where=name,
        )
    size = (input_shape[2], input_shape[3])
    kind, separator, folder = name.partition(":")
    if name == "digits":
        from harness.models.digits import open_digits

        return open_digits(size)
    if separator and kind in {"cifar10", "cifar100"}:
        from harness.models.cifar import open_cifar

        return open_cifar(Path(folder), 10 if kind == "cifar10" else 100, size)
    if Path(name).is_dir():
        from harness.models.image_folder import open_image_folder

        return open_image_folder(Path(name), size)
    raise UsageError(
        "there are no such data", remedy=f"use {', '.join(KINDS[:-1])} or {KINDS[-1]}", where=name
    )
