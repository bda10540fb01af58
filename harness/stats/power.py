"""How many pairs of launches a comparison will take, and what it can find: simulated, not worked out.

Comparisons of models that truly differ by so much are drawn at random and judged by the very rule that
judges real ones (`rule.decide` at every planned look), so that what is promised here is what happens there.
Where the noise of a phone comes from is `noise`'s business.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.measure.plan_sections import MARGIN
from harness.results.records import MetricName, PhoneNoise
from harness.stats.difference import Floats, bootstrap_interval, paired
from harness.stats.noise import noise_floor
from harness.stats.rule import EQUIVALENT, INCONCLUSIVE, REGRESSED, Design, decide

COMPARISONS = 4000
"""A share of them is off by 0.8 percentage points at most (half of them), of 99 % by 0.2: standard errors."""
POWER = 0.99
"""The share of comparisons that are to find a difference, unless something else is wished."""
LARGEST_DIFFERENCE = 10.0
"""A model eleven times as slow: what a phone that cannot tell that can tell is not worth a number."""
MOST_TIMES = 8
"""How many times more pairs than planned are tried, to say how many would be enough."""
_HALVINGS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One metric that a comparison asks about."""

    pair_log_sd: float
    """Standard deviation of the log ratio of two neighbouring launches of one file: √2 times that of one."""
    margin: float = MARGIN
    """δ, as a share."""
    pairs: int | None = None
    """How many pairs the spread was measured with; None: it is taken as known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """How simulated comparisons ended."""

    verdict: NDArray[np.int64]
    """As `rule` numbers them, shape (comparisons, cells)."""
    pairs: NDArray[np.int64]
    """After how many pairs each comparison stopped, shape (comparisons,)."""
    low: Floats
    """Lower ends of the intervals shown then, log ratios, shape (comparisons, cells)."""
    high: Floats
    """Upper ends."""

    def share(self, *verdicts: int) -> float:
        """Share of all cells with one of these verdicts."""
        return float(np.isin(self.verdict, verdicts).mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What to expect of a comparison of two models that differ by so much."""

    looks: tuple[int, ...]
    """Pair counts after which it may stop."""
    found: tuple[float, ...]
    """Chance that by each look it has stopped and called every cell regressed."""
    equivalent: float
    """Chance that it calls every cell equivalent."""
    mean_pairs: float
    """Pairs until it stops, for whatever reason."""

    @property
    def power(self) -> float:
        """Chance to find the difference in all pairs that are planned."""
        return self.found[-1]

    def pairs_for(self, share: float) -> int | None:
        """The fewest pairs in which that share of comparisons finds the difference; None: not in all."""
        return next(
            (pairs for pairs, found in zip(self.looks, self.found, strict=True) if found >= share), None
        )


def cell_of(noise: PhoneNoise, metric: MetricName, *, margin: float = MARGIN) -> Cell | None:
    """A metric as a phone is known to measure it; None where it has no noise of the metric.

    Args:
        noise: what is known of the phone.
        metric: what is asked.
        margin: the comparison's; on a phone whose floor is higher, that is the margin.
    """
    known = next((one for one in noise.metrics if one.metric == metric), None)
    if known is None or known.pair_log_sd is None or known.floor is None:
        return None
    return Cell(pair_log_sd=known.pair_log_sd, margin=max(margin, known.floor), pairs=noise.pairs)


def cell_by_hand(launch_log_sd: float, *, margin: float = MARGIN) -> Cell:
    """A metric of which a launch is taken to spread by so much, on the log scale."""
    pair_log_sd = math.sqrt(2) * launch_log_sd
    return Cell(pair_log_sd=pair_log_sd, margin=max(margin, noise_floor(pair_log_sd, None)))


def forecast(
    cells: Sequence[Cell],
    difference: float,
    *,
    max_pairs: int,
    strict: bool = False,
    comparisons: int = COMPARISONS,
    seed: int = 0,
) -> Forecast:
    """Simulate comparisons of a baseline and a candidate that is slower (or larger) by `difference`.

    The log ratio of a pair is ln(1 + difference) plus normal noise, in every cell the same difference and
    noise of its own. A spread that was measured with n pairs is itself uncertain: each comparison draws its
    own from s² · n / χ²(n), so that the chances hold before one knows how noisy the phone truly is.

    Args:
        cells: what is asked; all are corrected together, and the comparison goes on until each is settled.
        difference: as a share, 0.05; 0: none.
        max_pairs: the most that are planned.
        strict: regressed only where the whole interval lies beyond the margin.
        comparisons: how many are simulated.
        seed: of the noise.
    """
    noise = _noise(cells, max_pairs, comparisons, seed)
    return _forecast(cells, noise + np.log1p(difference), strict=strict)


def smallest_difference(
    cells: Sequence[Cell],
    *,
    max_pairs: int,
    power: float = POWER,
    strict: bool = False,
    comparisons: int = COMPARISONS,
    seed: int = 0,
) -> float | None:
    """The smallest difference, as a share, that a comparison finds with this chance.

    Found by bisection on the same simulated noise. It is never below the margin, as no smaller difference is
    called a regression.

    Returns:
        None where not even LARGEST_DIFFERENCE is found, as with too few pairs for any verdict.
    """
    noise = _noise(cells, max_pairs, comparisons, seed)

    def is_found(log_difference: float) -> bool:
        return _forecast(cells, noise + log_difference, strict=strict).power >= power

    low, high = np.log1p(max(cell.margin for cell in cells)), np.log1p(LARGEST_DIFFERENCE)
    if not is_found(high):
        return None
    return float(np.expm1(_bisect(is_found, low, high)))


def enough_pairs(
    cells: Sequence[Cell],
    difference: float,
    *,
    max_pairs: int,
    power: float = POWER,
    strict: bool = False,
    comparisons: int = COMPARISONS,
    seed: int = 0,
) -> int | None:
    """How many pairs a comparison must be allowed so that it finds a difference with this chance.

    Tried are `max_pairs` and √2, 2, … times as many.

    Returns:
        None where not even MOST_TIMES as many are enough, as for a difference below the margin.
    """
    if difference <= max(cell.margin for cell in cells):
        return None
    for half_doublings in range(2 * MOST_TIMES.bit_length() - 1):
        allowed = math.ceil(max_pairs * 2 ** (half_doublings / 2))
        expected = forecast(
            cells, difference, max_pairs=allowed, strict=strict, comparisons=comparisons, seed=seed
        )
        if expected.power >= power:
            return allowed
    return None


def simulate(
    log_ratios: Floats, design: Design, margin: Floats | float, *, resample: bool = False
) -> Outcomes:
    """Judge comparisons as a run judges its own: look after look, until every cell is decided or futile.

    Args:
        log_ratios: shape (comparisons, cells, pairs), as many pairs as the design's last look.
        design: the plan.
        margin: δ, of all cells or of each.
        resample: take bootstrap intervals too, as a run does for p95 and memory. They are slow, and agree
            with Student's on normal noise.
    """
    comparisons, cells, _ = log_ratios.shape
    verdict = np.full((comparisons, cells), INCONCLUSIVE)
    low, high = np.empty((2, comparisons, cells))
    pairs = np.empty(comparisons, dtype=np.int64)
    going_on = np.arange(comparisons)
    for look, count in enumerate(design.looks):
        seen = log_ratios[going_on, :, :count]
        ends = _bootstrapped(seen, design.interval_p(look)) if resample else None
        now = decide(paired(seen), design, look, margin, resampled=ends)
        verdict[going_on], low[going_on], high[going_on] = now.verdict, now.low, now.high
        pairs[going_on] = count
        going_on = going_on[((now.verdict == INCONCLUSIVE) & ~now.futile).any(axis=1)]
        if not going_on.size:
            break
    return Outcomes(verdict=verdict, pairs=pairs, low=low, high=high)


def _bootstrapped(seen: Floats, level: float) -> tuple[Floats, Floats]:
    ends = np.array([[bootstrap_interval(cell, level) for cell in one] for one in seen])
    return ends[..., 0], ends[..., 1]


def _noise(cells: Sequence[Cell], pairs: int, comparisons: int, seed: int) -> Floats:
    """Log ratios of models that do not differ, shape (comparisons, cells, pairs)."""
    rng = np.random.default_rng(seed)
    spreads = np.empty((comparisons, len(cells)))
    for place, cell in enumerate(cells):
        freedom = cell.pairs
        factor = 1.0 if freedom is None else np.sqrt(freedom / rng.chisquare(freedom, comparisons))
        spreads[:, place] = cell.pair_log_sd * factor
    return spreads[:, :, None] * rng.standard_normal((comparisons, len(cells), pairs))


def _forecast(cells: Sequence[Cell], log_ratios: Floats, *, strict: bool) -> Forecast:
    design = Design.sequential(log_ratios.shape[-1], cells=len(cells), strict=strict)
    ended = simulate(log_ratios, design, np.array([cell.margin for cell in cells]))
    is_found = (ended.verdict == REGRESSED).all(axis=1)
    return Forecast(
        looks=design.looks,
        found=tuple(float((is_found & (ended.pairs <= look)).mean()) for look in design.looks),
        equivalent=float((ended.verdict == EQUIVALENT).all(axis=1).mean()),
        mean_pairs=float(ended.pairs.mean()),
    )


def _bisect(is_enough: Callable[[float], bool], low: float, high: float) -> float:
    """The smallest value that is enough, between one that is not and one that is."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
