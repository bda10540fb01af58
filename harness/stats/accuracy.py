"""Accuracy as a share of images with its 95 % interval, and the difference of two such shares.

Formulas and sources stand in docs/explanation/statistics.md. Images are what is counted here: a model's
prediction for an image is the same in every launch, so launches add nothing.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

from harness.results.records import Evaluation
from harness.stats.estimate import LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of a number of images are right."""

    right: int
    """Images that are right."""
    of: int
    """Images."""
    value: float
    """right / of."""
    low: float
    """Lower end of the interval."""
    high: float
    """Upper end of the interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How much larger one share is than another, from -1 to 1."""

    value: float
    """The first less the second."""
    low: float
    """Lower end of the interval."""
    high: float
    """Upper end of the interval."""


def share(right: int, of: int) -> Share:
    """A share with Wilson's score interval (Wilson 1927), which also holds near 0 and 1.

    Raises:
        ValueError: no images, or more right than there are.
    """
    if not 0 <= right <= of or of < 1:
        raise ValueError(f"{right} of {of} is no share")
    value, z2 = right / of, _normal_quantile() ** 2
    centre = (value + z2 / (2 * of)) / (1 + z2 / of)
    reach = math.sqrt(z2 * (value * (1 - value) / of + z2 / (4 * of * of))) / (1 + z2 / of)
    low = 0.0 if right == 0 else centre - reach
    high = 1.0 if right == of else centre + reach
    return Share(right=right, of=of, value=value, low=low, high=high)


def difference(first: Share, second: Share) -> Difference:
    """The first share less the second, by Newcombe's hybrid score interval (1998, method 10).

    It takes the shares as independent. Two models err on many of the same images, which makes the true
    interval narrower: nothing is called decided that is not.
    """
    value = first.value - second.value
    return Difference(
        value=value,
        low=value - math.hypot(first.value - first.low, second.high - second.value),
        high=value + math.hypot(first.high - first.value, second.value - second.low),
    )


def top1(evaluation: Evaluation) -> tuple[Share | None, str]:
    """The phone's top-1 accuracy, or None and why there is none."""
    return _share(evaluation, "top1_right")


def top5(evaluation: Evaluation) -> tuple[Share | None, str]:
    """The phone's top-5 accuracy, or None and why there is none."""
    return _share(evaluation, "top5_right")


def host_top1(evaluation: Evaluation) -> tuple[Share | None, str]:
    """The host's top-1 accuracy on the same images, or None and why there is none."""
    return _share(evaluation, "host_top1_right")


def settled_evaluations(evaluations: Iterable[Evaluation]) -> tuple[Evaluation, ...]:
    """One evaluation a phone, model file and data: the last that is `ok`, or else the last."""
    chosen: dict[tuple[str, str, str], Evaluation] = {}
    for one in evaluations:
        key = one.phone_id, one.artifact_sha256, one.data.sha256
        if one.outcome == "ok" or key not in chosen or chosen[key].outcome != "ok":
            chosen[key] = one
    return tuple(chosen.values())


def _share(evaluation: Evaluation, name: str) -> tuple[Share | None, str]:
    if evaluation.outcome != "ok":
        return None, evaluation.outcome
    right: int | None = getattr(evaluation, name)
    if right is None:
        return None, evaluation.missing[name]
    try:
        return share(right, evaluation.data.images), ""
    except ValueError as error:
        return None, str(error)


def _normal_quantile() -> float:
    return NormalDist().inv_cdf((1 + LEVEL) / 2)
