"""What a comparison on a phone will take, as lines for the terminal."""

import math
from collections.abc import Sequence

from harness.results.records import PhoneNoise
from harness.stats.metrics import METRICS
from harness.stats.planning import Need, Outlook, Wish
from harness.stats.power import MOST_TIMES, Cell
from harness.units import format_share
from reports.noise_tables import forecast_table
from reports.terminal import aligned

_USUALLY = 0.9
"""A share of comparisons that is told beside the wanted one."""


def plan_lines(
    wish: Wish, noise: PhoneNoise | None, cells: Sequence[Cell], found: Outlook, *, strict: bool
) -> list[str]:
    """Everything that is said of one phone.

    Args:
        wish: what is planned.
        noise: what is known of the phone; None: the noise was given by hand.
        cells: the metrics of the wish.
        found: what to expect.
        strict: whether the strict rule is planned.
    """
    need = found.strict if strict else found.usual
    seconds = noise.seconds_per_launch if noise else None
    return [
        _of_phone(noise) if noise else "noise given by hand",
        *(_of_metric(METRICS[name].words, cell) for name, cell in zip(wish.metrics, cells, strict=True)),
        *aligned(forecast_table(need.expected, (_USUALLY, wish.power), seconds)),
        *_not_enough(need, wish),
        _equal(found),
        _smallest(need, wish),
        *([] if strict else [_strict(found.strict, wish)]),
    ]


def _of_phone(noise: PhoneNoise) -> str:
    virtual = f" (virtual, engine {noise.engine})" if noise.engine else ""
    threads = f"{noise.threads} thread{'s' if noise.threads > 1 else ''}"
    measured = f"noise of {noise.model}, {noise.pairs} pairs, {noise.measured_at[:10]}"
    return (
        f"phone {noise.phone_id}{virtual}, {threads}, {noise.seconds_per_launch:.1f} s a launch; {measured}"
    )


def _of_metric(words: str, cell: Cell) -> str:
    spread = format_share(cell.pair_log_sd / math.sqrt(2))
    return f"{words}: {spread} between launches, margin {format_share(cell.margin)}"


def _not_enough(need: Need, wish: Wish) -> list[str]:
    if need.expected.power >= wish.power:
        return []
    return [f"{wish.max_pairs} pairs are too few for {_chance(wish)} of comparisons: {_allowed(need)}."]


def _allowed(need: Need) -> str:
    if need.enough_pairs is None:
        return f"{MOST_TIMES} times as many are too few as well"
    return f"allow --max-pairs {need.enough_pairs}"


def _equal(found: Outlook) -> str:
    return (
        f"Models that do not differ: {found.equal.mean_pairs:.1f} pairs in the mean, and "
        f"{format_share(found.equal.equivalent)} of comparisons call them equivalent."
    )


def _smallest(need: Need, wish: Wish) -> str:
    if need.smallest_difference is None:
        return f"In {wish.max_pairs} pairs no difference is found by {_chance(wish)} of comparisons."
    return (
        f"The smallest difference that {_chance(wish)} of comparisons find in {wish.max_pairs} pairs: "
        f"{format_share(need.smallest_difference)}."
    )


def _strict(need: Need, wish: Wish) -> str:
    enough = "" if need.expected.power >= wish.power else f"; for {_chance(wish)} {_allowed(need)}"
    return (
        f"With --strict: {need.expected.mean_pairs:.1f} pairs in the mean, found by "
        f"{format_share(need.expected.power)} of comparisons{enough}."
    )


def _chance(wish: Wish) -> str:
    return f"{100 * wish.power:g} %"
