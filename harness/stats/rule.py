"""The rule of a verdict: slower, faster, the same, or cannot tell, with known error rates.

    regressed      surely different, the interval above 1, the estimate above 1 + δ
    improved       surely different, the interval below 1, the estimate below 1 - δ
    equivalent     the interval within 1 ± δ
    inconclusive   none of these yet, or fewer than 6 pairs; `futile` where those still planned will hardly
                   change that

"Surely different": the repeated p-value is at most `cell_level`, and at most `run_level` when it is adjusted
for all cells of the run (false discovery rate). The interval is the repeated confidence interval: it covers
the true ratio at every look at once, so also at the one that stops. Rates are proved by
benchmarks/error_rates.py and told in docs/explanation/method.md.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.stats.difference import Differences, Floats
from harness.stats.multiplicity import adjusted
from harness.stats.spending import Boundaries, boundaries

FEWEST_PAIRS = 6
"""Below it there is no verdict: the smallest p-value of five pairs is 2 / C(10, 5), 0.8 %, and a spread of
few may be 0 by accident."""
EVERY_PAIR_UNTIL = 20
_EVERY_SECOND_UNTIL = 40
TEST_SHAPE = 2.5
"""Tests spend early: what differs much should be found soon."""
INTERVAL_SHAPE = -1.0
"""Intervals spend late: equivalence needs nearly all pairs anyway, and is then found most often."""
HARDLY = 0.02
"""Chance of a verdict by the last look below which going on is futile."""

REGRESSED, IMPROVED, EQUIVALENT, INCONCLUSIVE = range(4)


def planned_looks(max_pairs: int) -> tuple[int, ...]:
    """After which pair counts to look: each from 6 to 20, every second to 40, then after each tenth more."""
    looks = list(range(FEWEST_PAIRS, min(max_pairs, EVERY_PAIR_UNTIL) + 1)) or [max_pairs]
    while looks[-1] < max_pairs:
        step = 2 if looks[-1] < _EVERY_SECOND_UNTIL else looks[-1] // 10
        looks.append(min(max_pairs, looks[-1] + step))
    return tuple(looks)


@dataclass(frozen=True)
class Design:
    """How a comparison decides; fixed before its first launch.

    Attributes:
        looks: pair counts after which it may stop, ascending; of several, the first is at least FEWEST_PAIRS.
        cells: questions that the run asks in all, which are corrected together.
        strict: regressed only where the whole interval lies above 1 + δ, improved likewise.
        cell_level: how often one cell may be called different when nothing differs.
        run_level: share of wrong answers among all cells called different.
        interval_level: how often an interval may miss the true ratio.
    """

    looks: tuple[int, ...]
    cells: int = 1
    strict: bool = False
    cell_level: float = 0.01
    run_level: float = 0.02
    interval_level: float = 0.05

    @classmethod
    def sequential(cls, max_pairs: int, *, cells: int = 1, strict: bool = False) -> "Design":
        """A comparison that stops as soon as it is decided."""
        return cls(planned_looks(max_pairs), cells=cells, strict=strict)

    @classmethod
    def fixed(cls, pairs: int, *, cells: int = 1, strict: bool = False) -> "Design":
        """A comparison that is looked at once."""
        return cls((pairs,), cells=cells, strict=strict)

    @cached_property
    def tests(self) -> Boundaries:
        """Critical values of the tests, at every level."""
        return boundaries(self.looks, shape=TEST_SHAPE)

    def test_p(self, look: int) -> float:
        """The p-value that a single cell needs at a look."""
        return float(boundaries(self.looks, shape=TEST_SHAPE, level=self.cell_level).nominal_p(look)[0])

    def interval_p(self, look: int) -> float:
        """How often the interval of a look alone may miss."""
        found = boundaries(self.looks, shape=INTERVAL_SHAPE, level=self.interval_level)
        return float(found.nominal_p(look)[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What the rule says of each cell; every attribute has the shape of the cells.

    Attributes:
        verdict: REGRESSED, IMPROVED, EQUIVALENT or INCONCLUSIVE.
        low: lower end of the interval, log ratio.
        high: upper end.
        repeated_p: valid at whichever look one stops.
        adjusted_p: the same, adjusted for all cells.
        futile: whether the looks that are still planned will hardly bring a verdict; never at the last one.
    """

    verdict: NDArray[np.int64]
    low: Floats
    high: Floats
    repeated_p: Floats
    adjusted_p: Floats
    futile: NDArray[np.bool_]


def decide(
    found: Differences,
    design: Design,
    look: int,
    margin: Floats | float,
    *,
    resampled: tuple[Floats, Floats] | None = None,
) -> Decisions:
    """Judge cells that are asked together.

    Args:
        found: the differences so far; the last axis holds the cells of one run.
        design: the plan.
        look: index into its looks.
        margin: δ of each cell, as a share: 0.03.
        resampled: ends of bootstrap intervals, NaN for cells without one; an interval is then never
            narrower than either.
    """
    reach = found.reach(design.interval_p(look))
    low, high = found.mean - reach, found.mean + reach
    if resampled is not None:
        low, high = np.fmin(low, resampled[0]), np.fmax(high, resampled[1])
    repeated = design.tests.repeated_p(look, found.p())
    corrected = adjusted(repeated, design.cells)
    sure = (repeated <= design.cell_level) & (corrected <= design.run_level)
    lower, upper = _band(np.asarray(margin))
    above, below = (low, high) if design.strict else (found.mean, found.mean)
    verdict = np.select(
        [
            found.count < FEWEST_PAIRS,
            sure & (low > 0) & (above > upper),
            sure & (high < 0) & (below < lower),
            (low > lower) & (high < upper),
        ],
        [INCONCLUSIVE, REGRESSED, IMPROVED, EQUIVALENT],
        INCONCLUSIVE,
    )
    hopes = _chance_of_verdict(found, design, look, lower, upper)
    goes_on = design.looks[look] < design.looks[-1]
    return Decisions(
        verdict=verdict,
        low=low,
        high=high,
        repeated_p=repeated,
        adjusted_p=corrected,
        futile=(verdict == INCONCLUSIVE) & (hopes < HARDLY) & goes_on,
    )


def _band(margin: Floats) -> tuple[Floats, Floats]:
    """The logarithms of 1 - δ and 1 + δ; no ratio lies below 1 - δ where δ is 1 or more."""
    with np.errstate(divide="ignore"):
        return np.log(np.maximum(1 - margin, 0)), np.log1p(margin)


def _chance_of_verdict(found: Differences, design: Design, look: int, lower: Floats, upper: Floats) -> Floats:
    """The chance that the last look brings a verdict, if things go on as they did.

    Predictive power (Spiegelhalter, Freedman and Blackburn 1986) with a flat prior: with n pairs now and N at
    the end, the final mean is normal around the present one with variance s² (1/n - 1/N). Correction for
    other cells, and pairs that may fail, are left out, so that it errs on the side of hope.
    """
    from scipy.special import ndtr, stdtrit

    remaining = design.looks[-1] - design.looks[look]
    last = found.count + remaining
    freedom = np.maximum(last - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        final_error = found.standard_error * np.sqrt(found.count / last)
        test, interval = (
            -stdtrit(freedom, p / 2) * final_error for p in (design.test_p(-1), design.interval_p(-1))
        )
        spread = found.standard_error * np.sqrt(remaining / last)

        def beyond(limit: Floats) -> Floats:
            return np.asarray(ndtr((found.mean - limit) / spread))

        needed = interval if design.strict else np.zeros_like(interval)
        slower = beyond(np.maximum(upper + needed, test))
        faster = 1 - beyond(np.minimum(lower - needed, -test))
        equal = np.maximum(beyond(lower + interval) - beyond(upper - interval), 0)
    hopes = np.where(np.isfinite(spread), slower + faster + equal, 1.0)
    return np.where(found.count == 0, 0.0, hopes)
