"""A positive quantity estimated over launches: its geometric mean with a 95 % interval.

Formulas and sources stand in docs/explanation/statistics.md. Which values belong together is the callers'
decision; every value here counts as one independent observation.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from harness.results.records import Explained

LEVEL = 0.95
"""Confidence level of every interval that elbench states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate(Explained):
    """A geometric mean and the interval that covers the true one in 95 of 100 experiments like this."""

    count: int
    """Observations that it rests on."""
    value: float | None
    """Geometric mean, in the unit of the observations."""
    low: float | None
    """Lower end of the interval."""
    high: float | None
    """Upper end of the interval."""

    def includes(self, value: float) -> bool | None:
        """Whether the interval holds `value`; None where there is no interval."""
        if self.low is None or self.high is None:
            return None
        return self.low <= value <= self.high

    def scaled(self, factor: float) -> "Estimate":
        """The same estimate in another unit."""
        value, low, high = (None if x is None else x * factor for x in (self.value, self.low, self.high))
        return replace(self, value=value, low=low, high=high)


def geometric_mean(
    values: Iterable[float], *, nothing: str = "nothing was measured", unit: str = "launches"
) -> Estimate:
    """Estimate the geometric mean of positive, independent observations.

    With y = ln x, the estimate is exp(ȳ) and the interval exp(ȳ ± t(n-1, 0.975) · s/√n), Student's t on
    the logarithms (Student 1908; the log scale makes latencies' right tails near normal and ratios
    symmetric).

    Args:
        values: positive finite observations in one unit.
        nothing: the reason to give when there are none.
        unit: what one observation is, in the plural, for the reason to give when there is only one.
    """
    logs = np.log(np.fromiter(values, dtype=np.float64))
    if logs.size == 0:
        reasons = dict.fromkeys(("value", "low", "high"), nothing)
        return Estimate(count=0, value=None, low=None, high=None, missing=reasons)
    centre = float(logs.mean())
    if logs.size == 1:
        reasons = dict.fromkeys(("low", "high"), f"an interval needs at least 2 {unit}, there is 1")
        return Estimate(count=1, value=math.exp(centre), low=None, high=None, missing=reasons)
    reach = _t_quantile(logs.size - 1) * float(logs.std(ddof=1)) / math.sqrt(logs.size)
    return Estimate(
        count=logs.size,
        value=math.exp(centre),
        low=math.exp(centre - reach),
        high=math.exp(centre + reach),
    )


def geometric_cv_percent(log_variance: float) -> float:
    """The spread of a log-normal quantity as a percentage: 100 · √(exp(s²) - 1) (Kirkwood 1979)."""
    return 100 * math.sqrt(math.expm1(log_variance))


def _t_quantile(degrees_of_freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees_of_freedom, (1 + LEVEL) / 2))
