"""Which models of a run are asked about which images, and those images as files that go onto a phone.

What a phone answers is `evaluation`'s matter, where images come from that of `harness/models/datasets.py`.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import UsageError
from harness.export.artifact import ExportedModel, input_bytes
from harness.export.host_predictions import host_predictions
from harness.measure.plan import Plan
from harness.models.catalogue import CatalogueEntry
from harness.models.datasets import open_data
from harness.models.labelled_images import Examples
from harness.models.reference import DATA_SHAPES
from harness.results.records import Artifact, DataFacts

PART_BYTES = 64 << 20
"""Of one file of images; a phone's file system and a slow cable take that well."""
_BATCH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """Some of the images: raw little-endian float32 (N, C, H, W)."""

    path: Path
    sha256: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImageSet:
    """Images of one size, with their labels."""

    data: DataFacts
    labels: NDArray[np.int64]
    files: tuple[ImageFile, ...]
    shape: tuple[int, ...]
    """Of one image: 1, C, H, W."""

    def batches(self) -> Iterator[NDArray[np.float32]]:
        """All images in order; few of them are in memory at once."""
        values = int(np.prod(self.shape))
        for file in self.files:
            for start in range(0, file.count, _BATCH):
                count = min(_BATCH, file.count - start)
                flat = np.fromfile(file.path, "<f4", count * values, offset=4 * start * values)
                yield flat.astype(np.float32, copy=False).reshape(count, *self.shape[1:])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examination:
    """One model, the images that it is asked about, and what this machine takes them for."""

    artifact: Artifact
    images: ImageSet
    host: NDArray[np.int32] | str
    """Images × best classes of eager PyTorch, -1 for none; or why there is nothing to compare with."""


def data_for(evaluate: str, model: CatalogueEntry | None) -> str | None:
    """Name of the data that a model is to be evaluated on; None for none.

    Args:
        evaluate: the plan's: `auto`, `none`, or the name of data.
        model: None for a file of the caller's, of which nobody knows what it was trained on.
    """
    if evaluate == "auto":
        return model.weights if model is not None and model.weights in DATA_SHAPES else None
    return None if evaluate == "none" else evaluate


def require_classes(plan: Plan, models: Sequence[CatalogueEntry | None]) -> None:
    """Refuse, before anything is exported, a model that has other classes than the data.

    Raises:
        UsageError: such a model, or data that cannot be read.
    """
    for model in models:
        name = data_for(plan.evaluate, model)
        if name is not None and model is not None and model.classes is not None:
            classes = open_data(name, plan.input_shape or model.input_shape).classes
            _require_equal(model.name, model.classes, classes, name)


def prepare_examinations(
    plan: Plan,
    models: Sequence[ExportedModel],
    sources: Mapping[str, CatalogueEntry],
    *,
    folder: Path,
    cache_root: Path,
    say: Callable[[str], None],
) -> tuple[Examination, ...]:
    """Have the images of every model that is evaluated in files, and what this machine takes them for.

    Args:
        models: the models of the run.
        sources: what they were exported from, by the name of the model.
        folder: where the images are written.
        cache_root: where elbench keeps what it has computed.
        say: told in one line what takes time.

    Raises:
        UsageError: data that cannot be read, or a model with other classes.
    """
    read = cache(lambda name, shape: _image_set(name, shape, plan.evaluate_images, folder))
    examinations = []
    for model in models:
        source = sources.get(model.artifact.model)
        name = data_for(plan.evaluate, source)
        if name is not None:
            images = read(name, model.artifact.inputs[0].shape)
            _require_equal(model.artifact.model, _classes(model), images.data.classes, name)
            host = host_predictions(
                model.artifact,
                source,
                images.data,
                images.batches,
                seed=plan.seed,
                cache_root=cache_root,
                say=say,
            )
            examinations.append(Examination(artifact=model.artifact, images=images, host=host))
    return tuple(examinations)


def _classes(model: ExportedModel) -> int:
    shape = model.reference.shape
    if len(shape) == 2:
        return int(shape[-1])
    raise UsageError(
        f"its output is {'×'.join(map(str, shape))}, not one number for each class",
        remedy="leave it out, or evaluate nothing (--evaluate none)",
        where=model.artifact.model,
    )


def _require_equal(model: str, classes: int, data_classes: int, data: str) -> None:
    if classes != data_classes:
        raise UsageError(
            f"has {classes} classes and {data} has {data_classes}",
            remedy=f"use a model for {data_classes} classes (NAME@classes={data_classes}) or other data",
            where=model,
        )


def _image_set(name: str, shape: tuple[int, ...], most: int, folder: Path) -> ImageSet:
    one = (1, *shape[1:])
    data = open_data(name, one)
    examples = data.test.first(most)
    return ImageSet(
        data=data.facts(most),
        labels=np.asarray(examples.labels),
        files=tuple(_write(examples, one, folder)),
        shape=one,
    )


def _write(examples: Examples, shape: tuple[int, ...], folder: Path) -> Iterator[ImageFile]:
    """Files of at most PART_BYTES, named by their hash."""
    a_file = max(1, PART_BYTES // (4 * int(np.prod(shape))))
    for start in range(0, len(examples.labels), a_file):
        count = min(a_file, len(examples.labels) - start)
        unnamed, digest = folder / "images", hashlib.sha256()
        with unnamed.open("wb") as file:
            for first in range(start, start + count, _BATCH):
                part = input_bytes(examples.images[first : min(first + _BATCH, start + count)])
                digest.update(part)
                file.write(part)
        sha256 = digest.hexdigest()
        yield ImageFile(path=unnamed.rename(folder / sha256), sha256=sha256, count=count)
