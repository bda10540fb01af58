"""The best classes that eager PyTorch finds in images, float32, on this machine."""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray

from android_runner.contract import BEST_CLASSES
from harness.errors import UsageError
from harness.export.one_thread import one_thread
from harness.models.catalogue import CatalogueEntry, build


def eager_classes(
    model: CatalogueEntry, batches: Iterable[NDArray[np.float32]], *, seed: int
) -> NDArray[np.int32]:
    """Images × five or all classes, best first; -1 for an image whose output is not finite.

    Raises:
        UsageError: the network cannot be built, or does not give one row of numbers for each image.
    """
    network = build(model, seed=seed)
    with one_thread(), torch.inference_mode():
        found = [_best(network(torch.from_numpy(images)), len(images), model.name) for images in batches]
    return np.concatenate(found)


def _best(output: object, images: int, name: str) -> NDArray[np.int32]:
    if not isinstance(output, torch.Tensor) or output.shape[:1] != (images,):
        raise UsageError(
            "does not give one row of numbers for each image",
            remedy="accuracy needs a network whose output is images × classes",
            where=name,
        )
    values = output.flatten(1).numpy()
    # Stable: of equal values the first class is the better one, as on the phone.
    best = np.argsort(-values, axis=1, kind="stable")[:, :BEST_CLASSES].astype(np.int32)
    best[~np.isfinite(values).all(axis=1)] = -1
    return best
