"""Two cells of one run compared launch by launch.

Launches of one block ran within the same minutes, so drift of the phone (heat, clocks) moves both and cancels
in their ratio. What follows from a ratio is the callers' decision.
"""

from collections.abc import Iterable, Mapping

from harness.stats.estimate import Estimate, geometric_mean
from harness.stats.launches import LaunchFigures


def paired_ratio(numerator: Iterable[LaunchFigures], denominator: Iterable[LaunchFigures]) -> Estimate:
    """Estimate how many times as long the numerator takes: 1.1 means 10 % slower.

    For each block b with a launch of both, d = ln(median of numerator) - ln(median of denominator); the
    estimate is exp(mean d), its interval Student's t on d (the paired t-test's interval, taken back from
    the log scale). A block in which either failed is left out.

    Returns:
        The ratio; `count` is the number of pairs. Without a pair there is no value, with one no interval.
    """
    above, below = _medians_by_block(numerator), _medians_by_block(denominator)
    return geometric_mean(
        (above[block] / below[block] for block in sorted(above.keys() & below.keys())),
        nothing="no block holds a usable launch of both",
        unit="pairs of launches",
    )


def _medians_by_block(launches: Iterable[LaunchFigures]) -> Mapping[int, float]:
    return {launch.block: launch.median_ns for launch in launches if launch.median_ns is not None}
