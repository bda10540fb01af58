"""What a model took every image for: joined from the events in which a runner tells it, and proved whole."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from android_runner.contract import Evaluated, Loaded, Predicted
from harness.errors import ContractViolation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """A complete evaluation of one model."""

    sha256: str
    """Hash of the model file, as the runner read it."""
    classes: NDArray[np.int32]
    """Images × the best classes of each, best first; five, or as many as the model has."""
    is_finite: NDArray[np.bool_]
    """Whether all values of an image's output were finite; what is not predicts nothing."""
    span_ns: int
    """From the first event to the last, on the phone's clock."""


def join(loaded: Loaded, parts: Sequence[Predicted], end: Evaluated, span_ns: int) -> Predictions:
    """Put the parts together.

    Raises:
        ContractViolation: a part is missing, double or torn, or the hash of all is another.
    """
    counts = [_count(part) for part in parts]
    starts = [sum(counts[:index]) for index in range(len(parts))]
    if [part.first for part in parts] != starts or sum(counts) != end.count:
        raise _violation(f"the classes of {sum(counts)} images arrived, of {end.count} they were sent")
    if len({part.best for part in parts}) > 1:
        raise _violation("the images have different numbers of classes")
    flat = np.array([one for part in parts for one in part.classes], dtype="<i4")
    if hashlib.sha256(flat.tobytes()).hexdigest() != end.sha256:
        raise _violation("the classes that arrived are not those that were sent")
    is_finite = np.ones(end.count, dtype=np.bool_)
    for part in parts:
        is_finite[list(part.not_finite)] = False
    best = parts[0].best if parts else 0
    return Predictions(
        sha256=loaded.sha256,
        classes=flat.astype(np.int32).reshape(end.count, best),
        is_finite=is_finite,
        span_ns=span_ns,
    )


def _count(part: Predicted) -> int:
    """Images of a part."""
    count, rest = divmod(len(part.classes), max(part.best, 1))
    if rest or not count:
        raise _violation(f"{len(part.classes)} classes are no {part.best} for each image")
    if any(not part.first <= image < part.first + count for image in part.not_finite):
        raise _violation("an image is said to have no finite output that is not in the same event")
    return count


def _violation(cause: str) -> ContractViolation:
    return ContractViolation(
        cause, remedy="use a runner and a harness of the same elbench version", where="stream"
    )
