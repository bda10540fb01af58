"""Whether the iterations of one launch kept one level, and where it changed if not.

Throttling and clock steps change a level in the middle of a launch, which a median over all of it hides. Why
it changed is `evidence`'s question; single slow iterations are `outliers`'.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Shape = Literal["steady", "stepped", "drifting", "too short"]

LEAST_CHANGE = 0.02
"""Smaller changes are left alone: no margin of a comparison is below 3 %. Ours."""
_MOST_BLOCKS = 40
"""A change is first placed to a fortieth of the phase; all divisions of 40 blocks are quickly compared."""
_LEAST_ITERATIONS = 5
"""In a block: its median withstands two outliers side by side, and hardly depends on the next block's where
iterations depend on each other (AR(1) of 0.5 leaves 0.17)."""
_LEAST_BLOCKS = 3
"""In a stretch: a burst that slows one whole block is no level."""
_LEAST_PHASE = 10
"""Blocks; a shorter phase shows no level apart from chance."""
_PRICE, _PRICE_EACH = 8.0, 12.0
"""What k changes must explain, `_PRICE + k * _PRICE_EACH`, as a doubled log-likelihood ratio. Without a
change, at most 1 in 1,000 launches reaches it where AR(1) is 0.5 or less (benchmarks/steady_phase.py)."""
_TIMER_NOISE = 1e-4
"""Relative spread below which blocks count as equal: clocks that tick coarsely give equal durations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChange:
    """One place where the level changed."""

    index: int
    """The first iteration of the new level, from 0."""
    start_ns: int
    """When it started, CLOCK_MONOTONIC on the phone."""
    relative: float
    """New level ÷ old level - 1: 0.12 is 12 % slower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyCourse:
    """How the level of a steady phase went."""

    shape: Shape
    """`steady`: one level. `stepped`: it changed at the `changes`. `drifting`: it rose or fell all along.
    `too short`: fewer than 50 iterations, of which nothing is said."""
    changes: tuple[LevelChange, ...]
    """Of a stepped one, in order."""
    levels_ns: tuple[float, ...]
    """Of a stepped one each stretch's median, of a drifting one its line's begin and end; else the median."""

    @property
    def extent(self) -> float:
        """The largest change, of which a stepped phase may have several: slowest ÷ fastest level - 1."""
        return max(self.levels_ns) / min(self.levels_ns) - 1


def steady_course(start_ns: Sequence[int], duration_ns: Sequence[int]) -> SteadyCourse:
    """Find changes of level and drift within one launch's steady iterations.

    The logarithms are cut into at most 40 blocks of equal length, each reduced to its median: robust to
    outliers and right tails, and nearly independent where iterations are not. For each number of changes k,
    dynamic programming finds the best division into k + 1 stretches of at least 3 blocks (segment
    neighbourhood: Auger and Lawrence, Bulletin of Mathematical Biology 51(1), 1989, 39-54). With S_k the
    squares of the B blocks around the means of their stretches, k is where

        B · ln(S_0 / S_k) - 8 - 12 · k                    is largest, if that is above 0; else there is none

    which is the doubled log-likelihood ratio of normal blocks less a price. The spread is that of the blocks
    themselves, so dependence and tails are in it. A straight line competes at the price of one change: where
    it is worth more than the best steps, the phase drifts. Changes of less than 2 % are dropped.

    Args:
        start_ns: start of each iteration.
        duration_ns: duration of each, positive; as many, at least one.
    """
    logs = np.log(np.fromiter(duration_ns, dtype=np.float64, count=len(duration_ns)))
    size = max(_LEAST_ITERATIONS, -(-logs.size // _MOST_BLOCKS))
    count = logs.size // size
    if count < _LEAST_PHASE:
        return _one_level("too short", logs)
    blocks = np.median(logs[: count * size].reshape(count, size), axis=1)
    costs = _costs(blocks)
    worth, borders = _segment(costs)
    worth_of_line, slope = _line(blocks, squares=float(costs[0, -1]))
    if max(worth, worth_of_line) <= 0:
        return _one_level("steady", logs)
    if worth_of_line >= worth:
        return _drift(logs, slope * logs.size / size)
    return _steps(start_ns, logs, [border * size for border in borders[1:-1]], size)


def _one_level(shape: Shape, logs: Array) -> SteadyCourse:
    return SteadyCourse(shape=shape, changes=(), levels_ns=(_level_ns(logs),))


def _level_ns(logs: Array) -> float:
    return float(np.exp(np.median(logs)))


def _segment(costs: Array) -> tuple[float, list[int]]:
    """What the best division into stretches is worth, and its borders if that is anything."""
    best = [costs[0]]
    for _ in range((len(costs) - 1) // _LEAST_BLOCKS - 1):
        best.append((best[-1][:, np.newaxis] + costs).min(axis=0))
    left = np.array([reached[-1] for reached in best])
    prices = _PRICE + _PRICE_EACH * np.arange(1, left.size)
    worth = (len(costs) - 1) * np.log(left[0] / left[1:]) - prices
    most = int(worth.argmax())
    borders = [len(costs) - 1]
    for fewer in range(most, -1, -1) if worth[most] > 0 else ():
        borders.append(int((best[fewer] + costs[:, borders[-1]]).argmin()))
    return float(worth[most]), [0, *reversed(borders)]


def _line(blocks: Array, squares: float) -> tuple[float, float]:
    """What a straight line is worth, at the price of one change, and its slope per block."""
    places = np.arange(blocks.size) - (blocks.size - 1) / 2
    spread = float(places @ places)
    slope = float(places @ blocks) / spread
    floor = blocks.size * _TIMER_NOISE**2
    left = max(squares - slope**2 * spread, floor)
    return blocks.size * math.log(squares / left) - _PRICE - _PRICE_EACH, slope


def _costs(blocks: Array) -> Array:
    """Squares around the mean of blocks i up to j, at [i, j]; infinite where these are too few."""
    shares, barred = _lengths(blocks.size)
    centred = blocks - blocks.mean()
    sums = np.concatenate(([0.0], np.cumsum(centred)))
    squares = np.concatenate(([0.0], np.cumsum(centred * centred + _TIMER_NOISE**2)))
    within: Array = sums - sums[:, np.newaxis]
    return squares - squares[:, np.newaxis] - within * within * shares + barred


@cache
def _lengths(count: int) -> tuple[Array, Array]:
    """1 / length of the stretch of blocks i up to j, at [i, j], and what bars those that are too short."""
    length = np.arange(count + 1) - np.arange(count + 1)[:, np.newaxis]
    return 1 / np.maximum(length, 1), np.where(length < _LEAST_BLOCKS, np.inf, 0.0)


def _drift(logs: Array, rise: float) -> SteadyCourse:
    if abs(np.expm1(rise)) < LEAST_CHANGE:
        return _one_level("steady", logs)
    middle_ns = _level_ns(logs)
    ends = (float(middle_ns * np.exp(-rise / 2)), float(middle_ns * np.exp(rise / 2)))
    return SteadyCourse(shape="drifting", changes=(), levels_ns=ends)


def _steps(start_ns: Sequence[int], logs: Array, places: list[int], size: int) -> SteadyCourse:
    """Steps that are large enough, each placed to the iteration."""
    places = _large_enough(logs, places)
    levels = _levels(logs, places)
    borders = (0, *places, logs.size)
    exact = [
        _exact_place(
            logs,
            range(max(borders[step] + 1, place - size), min(borders[step + 2] - 1, place + size)),
            (levels[step], levels[step + 1]),
        )
        for step, place in enumerate(places)
    ]
    levels_ns = tuple(float(level) for level in np.exp(_levels(logs, exact)))
    changes = tuple(
        LevelChange(index=place, start_ns=start_ns[place], relative=after / before - 1)
        for place, (before, after) in zip(exact, pairwise(levels_ns), strict=True)
    )
    return SteadyCourse(shape="stepped" if changes else "steady", changes=changes, levels_ns=levels_ns)


def _large_enough(logs: Array, places: list[int]) -> list[int]:
    """Without the smallest step as long as it is too small: its two stretches become one."""
    while places:
        sizes = np.abs(np.diff(_levels(logs, places)))
        smallest = int(sizes.argmin())
        if sizes[smallest] >= np.log1p(LEAST_CHANGE):
            break
        places = places[:smallest] + places[smallest + 1 :]
    return places


def _levels(logs: Array, places: Sequence[int]) -> Array:
    return np.array([np.median(stretch) for stretch in np.split(logs, places)])


def _exact_place(logs: Array, around: range, levels: tuple[float, float]) -> int:
    """Where most iterations before are on the old level's side of the middle, and most after on the new's."""
    before, after = levels
    is_after = (logs[around.start : around.stop] > (before + after) / 2) == (after > before)
    votes = np.concatenate(([0], np.cumsum(np.where(is_after, 1, -1))))
    return around.start + int(votes.argmin())
