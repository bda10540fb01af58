"""How far two things lie apart on the log scale, and how sure that is: the input of every verdict.

Everything works on arrays whose last axes are cells, so that one comparison and ten thousand simulated ones
are judged by the same lines. What follows from a difference is `rule`'s business.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 4000
_LEAST_FOR_SPREAD = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Mean log ratios, candidate over baseline; every attribute has the shape of the cells.

    Attributes:
        count: pairs, or the smaller number of launches of an unpaired comparison.
        mean: mean log ratio; NaN without an observation.
        standard_error: of the mean; NaN with fewer than two observations.
        freedom: degrees of freedom of the standard error.
    """

    count: Floats
    mean: Floats
    standard_error: Floats
    freedom: Floats

    def p(self) -> Floats:
        """Two-sided p-values of no difference, each as if this were the only look.

        Student's t, but never below 2 / C(2n, n): the chance that of 2n launches that differ in nothing all n
        of one model are slower, or all faster, than the others. A spread that is small by accident, as when
        launches fall on fast and slow cores, cannot promise more.
        """
        from scipy.special import binom, stdtr

        with np.errstate(divide="ignore", invalid="ignore"):
            t = self.mean / self.standard_error
        found = 2 * stdtr(np.maximum(self.freedom, 1), -np.abs(t))
        found = np.where(self.mean == 0, 1.0, np.maximum(found, 2 / binom(2 * self.count, self.count)))
        return np.where(np.isfinite(self.standard_error), found, 1.0)

    def reach(self, level: Floats | float) -> Floats:
        """Half the width of the t interval that misses the truth with probability `level`."""
        from scipy.special import stdtrit

        return np.asarray(-stdtrit(np.maximum(self.freedom, 1), np.asarray(level) / 2) * self.standard_error)


def paired(log_ratios: Floats) -> Differences:
    """Differences from pairs.

    Args:
        log_ratios: shape (…, pairs); NaN where a pair is lacking.
    """
    known = np.isfinite(log_ratios)
    count = known.sum(axis=-1).astype(np.float64)
    total = np.where(known, log_ratios, 0.0).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / count
        squares = (np.where(known, log_ratios - mean[..., None], 0.0) ** 2).sum(axis=-1)
        error = np.sqrt(squares / (count - 1) / count)
    error = np.where(count >= _LEAST_FOR_SPREAD, error, np.nan)
    return Differences(count=count, mean=mean, standard_error=error, freedom=count - 1)


def unpaired(candidate: Floats, baseline: Floats) -> Differences:
    """The difference of two sets of launches that were not interleaved (Welch 1947, on logarithms).

    Args:
        candidate: positive observations, shape (launches,).
        baseline: the same of the other, any number of launches.
    """
    above, below = np.log(candidate), np.log(baseline)
    sizes = (above.size, below.size)
    enough = min(sizes) >= _LEAST_FOR_SPREAD
    shares = [x.var(ddof=1) / x.size if enough else np.nan for x in (above, below)]
    error = float(np.sqrt(sum(shares)))
    weights = (
        sum(share**2 / (size - 1) for share, size in zip(shares, sizes, strict=True)) if enough else np.nan
    )
    freedom = error**4 / weights if enough and weights > 0 else max(min(sizes) - 1, 1)
    return Differences(
        count=np.asarray(float(min(sizes))),
        mean=np.asarray(above.mean() - below.mean() if min(sizes) else np.nan),
        standard_error=np.asarray(error),
        freedom=np.asarray(freedom),
    )


def bootstrap_interval(log_ratios: Floats, level: float) -> tuple[float, float]:
    """The interval of a mean log ratio by resampling pairs, for figures that no normal curve describes.

    Percentiles of the resampled means, expanded so that normal data give Student's interval (Hesterberg 2015,
    section 5.3): the percentile is Φ(-√(n/(n-1)) · t(n-1, 1 - level/2)).

    Args:
        log_ratios: of the pairs, shape (pairs,), without NaN, at least two.
        level: how often the interval may miss the truth.
    """
    from scipy.special import ndtr, stdtrit

    count = log_ratios.size
    tail = ndtr(np.sqrt(count / (count - 1)) * stdtrit(count - 1, level / 2))
    means = _resampling(count) @ log_ratios
    low, high = np.quantile(means, (tail, 1 - tail))
    return float(low), float(high)


@lru_cache(maxsize=128)
def _resampling(count: int) -> Floats:
    """Weights that make of `count` pairs their resampled means, the same in every run: (RESAMPLES, count)."""
    draws = np.random.default_rng(count).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    return draws / count
