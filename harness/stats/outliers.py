"""Single iterations far above their launch's own level, with the cause where the record has evidence of one.

They stay in the data: every figure is made of all iterations. A level that stays is `changepoint`'s.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.results.records import Explained
from harness.stats.changepoint import SteadyCourse
from harness.stats.evidence import Cause, Evidence

UNEXPLAINED: Final = "unexplained"
_FARTHEST = 3.5
"""Modified z-score from which a value is an outlier (Iglewicz and Hoaglin, How to Detect and Handle Outliers,
1993)."""
_NORMAL_MAD = 0.6745
"""Median absolute deviation of a normal distribution in its standard deviations; the same source."""
_LEAST_FACTOR = 1.1
"""Of a phase that hardly varies, a modified z-score says much of little. Ours."""
_LOCATED_SHARE = 0.5
"""Evidence beside more of the phase than this tells no iteration from another. Ours."""
_CHANCE = 0.01
"""How probable as many coincidences may be by chance where they are called a cause. Ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOutliers(Explained):
    """The outliers of one launch."""

    indices: tuple[int, ...]
    """Which steady iterations they are, from 0."""
    share: float
    """Of all steady iterations."""
    largest: float | None
    """The slowest as a multiple of the level around it."""
    causes: Mapping[str, int]
    """How many have which cause, `unexplained` among them; they sum up to all."""
    also_seen: tuple[Cause, ...]
    """What the record shows of the phase without telling when: it may explain some and is no cause."""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.indices)


def find_outliers(
    duration_ns: Sequence[int], course: SteadyCourse, evidence: Sequence[Evidence]
) -> LaunchOutliers:
    """Find a launch's outliers and count them by cause.

    With r the logarithm of a duration over the level of its stretch, an iteration is an outlier where
    0.6745 · r / MAD > 3.5, MAD being the median of |r| over the launch, and where it took at least 1.1 times
    the level.

    Coincidence alone is no cause. A lowered cap is one wherever it coincides, since it does nothing but slow.
    Anything else is one if it coincides with more bursts of outliers than chance would have: with k bursts, m
    of them beside it, and a share f of all iterations beside it, the binomial P(X ≥ m; k, f) must be at most
    1 %. Of several causes the first in the order of the evidence counts.

    Args:
        duration_ns: the steady durations, positive; at least one.
        course: of the same durations.
        evidence: of the same launch, the most telling first.
    """
    residuals = np.log(np.asarray(duration_ns, dtype=np.float64)) - _levels(course, len(duration_ns))
    spread = float(np.median(np.abs(residuals))) / _NORMAL_MAD
    is_outlier = residuals > max(_FARTHEST * spread, math.log(_LEAST_FACTOR))
    indices = np.flatnonzero(is_outlier)
    if not indices.size:
        return LaunchOutliers(
            indices=(), share=0.0, largest=None, causes={}, also_seen=(), missing={"largest": "no outlier"}
        )
    return LaunchOutliers(
        indices=tuple(indices.tolist()),
        share=indices.size / residuals.size,
        largest=float(np.exp(residuals[indices].max())),
        causes=_causes(is_outlier, [one for one in evidence if _is_located(one)]),
        also_seen=tuple(one.cause for one in evidence if not _is_located(one)),
    )


def _levels(course: SteadyCourse, iterations: int) -> NDArray[np.float64]:
    """Logarithm of the level at each iteration."""
    levels = np.log(course.levels_ns)
    if course.shape == "drifting":
        return np.linspace(levels[0], levels[-1], iterations)
    places = [0, *(change.index for change in course.changes), iterations]
    return np.repeat(levels, np.diff(places))


def _is_located(evidence: Evidence) -> bool:
    return float(evidence.during.mean()) <= _LOCATED_SHARE


def _causes(is_outlier: NDArray[np.bool_], evidence: Sequence[Evidence]) -> Mapping[str, int]:
    unexplained = is_outlier.copy()
    causes: Counter[str] = Counter()
    for one in evidence:
        explained = unexplained & one.during
        if explained.any() and (one.cause == "cap_drop" or _is_beyond_chance(unexplained, one.during)):
            causes[one.cause] = int(explained.sum())
            unexplained &= ~explained
    if unexplained.any():
        causes[UNEXPLAINED] = int(unexplained.sum())
    return dict(causes)


def _is_beyond_chance(is_outlier: NDArray[np.bool_], during: NDArray[np.bool_]) -> bool:
    """Neighbouring outliers are one burst: they do not coincide independently."""
    begins = is_outlier & ~np.concatenate(([False], is_outlier[:-1]))
    bursts, beside = int(begins.sum()), int((begins & during).sum())
    share = float(during.mean())
    chance = sum(
        math.comb(bursts, count) * share**count * (1 - share) ** (bursts - count)
        for count in range(beside, bursts + 1)
    )
    return beside > 0 and chance <= _CHANCE
