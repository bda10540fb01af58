"""What comparisons on a phone will take and tell, said before they are measured.

`elbench plan` says it of one that is wished, `elbench calibrate` of some usual ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.measure.plan_sections import MARGIN, MAX_PAIRS
from harness.results.records import MetricName, PhoneNoise
from harness.stats.power import POWER, Cell, Forecast, cell_of, enough_pairs, forecast, smallest_difference

ToldApart = Mapping[MetricName, Mapping[int, float | None]]
"""By metric and number of pairs: the smallest difference that such a comparison tells."""

PAIR_COUNTS = (10, 20, MAX_PAIRS)
"""Lengths of comparisons for which it is said what they tell."""
_COMPARISONS = 1000
"""Simulated for each step of a search."""
_COMPARISONS_OF_MANY = 500
"""The same where many searches are made: what is found wanders by a thirtieth of itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a comparison is to do."""

    difference: float
    """The difference that it is to find, as a share."""
    metrics: tuple[MetricName, ...] = ("steady",)
    """In what, all of them at once."""
    power: float = POWER
    """The chance with which it is to find it."""
    margin: float = MARGIN
    """δ, unless the phone's floor is higher."""
    max_pairs: int = MAX_PAIRS
    """The most that are planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What it takes to find a difference by one of the two rules."""

    expected: Forecast
    """Of models that differ by so much."""
    enough_pairs: int | None
    """How many pairs to allow so that it is found with the wanted chance; None: hardly any number."""
    smallest_difference: float | None
    """The smallest difference, as a share, that the planned pairs find with that chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What to expect of a comparison."""

    usual: Need
    """By the usual rule."""
    strict: Need
    """By the strict one: regressed only where the whole interval lies beyond the margin."""
    equal: Forecast
    """Of models that do not differ, by the usual rule."""


def outlook(cells: Sequence[Cell], wish: Wish) -> Outlook:
    """Say what a comparison takes, and what its strict rule would cost.

    Args:
        cells: the metrics of the wish, as the phone is known to measure them.
        wish: what is planned.
    """
    return Outlook(
        usual=_need(cells, wish, strict=False),
        strict=_need(cells, wish, strict=True),
        equal=forecast(cells, 0.0, max_pairs=wish.max_pairs),
    )


def told_apart(noise: PhoneNoise) -> ToldApart:
    """What comparisons of PAIR_COUNTS pairs tell on a phone, each of one metric that has noise."""
    cells = {one.metric: cell_of(noise, one.metric) for one in noise.metrics}
    return {
        metric: {
            pairs: smallest_difference([cell], max_pairs=pairs, power=POWER, comparisons=_COMPARISONS_OF_MANY)
            for pairs in PAIR_COUNTS
        }
        for metric, cell in cells.items()
        if cell is not None
    }


def _need(cells: Sequence[Cell], wish: Wish, *, strict: bool) -> Need:
    return Need(
        expected=forecast(cells, wish.difference, max_pairs=wish.max_pairs, strict=strict),
        enough_pairs=enough_pairs(
            cells,
            wish.difference,
            max_pairs=wish.max_pairs,
            power=wish.power,
            strict=strict,
            comparisons=_COMPARISONS,
        ),
        smallest_difference=smallest_difference(
            cells, max_pairs=wish.max_pairs, power=wish.power, strict=strict, comparisons=_COMPARISONS
        ),
    )
