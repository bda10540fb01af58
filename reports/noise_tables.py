"""A phone's own noise, and what comparisons on it will take, as tables.

What the figures mean is `harness.stats.noise`'s and `harness.stats.power`'s.
"""

from collections.abc import Iterator, Sequence

from harness.results.records import PhoneNoise
from harness.stats.metrics import METRICS
from harness.stats.noise import launch_sd
from harness.stats.planning import ToldApart
from harness.stats.power import Forecast
from harness.units import format_share
from reports.shown import DASH, Heading, Shown, Table, shown, shown_field


def noise_table(noise: PhoneNoise, told_apart: ToldApart) -> Table:
    """A row for each metric: its noise, and what can be told in spite of it."""
    counts = sorted({count for by_count in told_apart.values() for count in by_count})
    headings = (
        Heading("Metric", is_number=False, in_terminal="metric"),
        Heading("Between launches", in_terminal="between launches"),
        Heading("Floor", in_terminal="floor"),
        *(Heading(f"{count} pairs", in_terminal=f"{count} pairs") for count in counts),
    )
    rows = tuple(
        (
            Shown(METRICS[one.metric].words),
            shown(launch_sd(one), format_share, one.missing.get("pair_log_sd", "")),
            shown_field(one, "floor", format_share),
            *(shown(told_apart.get(one.metric, {}).get(count), format_share) for count in counts),
        )
        for one in noise.metrics
    )
    return Table("Noise", headings, rows)


def forecast_table(expected: Forecast, shares: Sequence[float], seconds_per_launch: float | None) -> Table:
    """What a comparison takes: in the mean, until it was found in those shares of comparisons, at most.

    Args:
        expected: of models that differ by so much.
        shares: of comparisons.
        seconds_per_launch: on the phone; None: not known.
    """
    headings = (
        Heading("Comparison", is_number=False, in_terminal="comparison"),
        Heading("Pairs", in_terminal="pairs"),
        Heading("Launches", in_terminal="launches"),
        Heading("Minutes", in_terminal="minutes"),
    )
    rows = tuple(
        (Shown(words), *_cost(pairs, seconds_per_launch)) for words, pairs in _rows(expected, shares)
    )
    return Table("Comparison", headings, rows)


def minutes(pairs: float, seconds_per_launch: float) -> float:
    """How long so many pairs of launches take."""
    return 2 * pairs * seconds_per_launch / 60


def _rows(expected: Forecast, shares: Sequence[float]) -> Iterator[tuple[str, float | None]]:
    yield "ends in the mean", expected.mean_pairs
    for share in sorted({*shares}):
        yield f"{100 * share:g} % have found it", expected.pairs_for(share)
    yield f"at most ({format_share(expected.power)} find it)", expected.looks[-1]


def _cost(pairs: float | None, seconds_per_launch: float | None) -> tuple[Shown, ...]:
    if pairs is None:
        return (Shown(DASH, "not in all pairs"),) * 3
    time = None if seconds_per_launch is None else minutes(pairs, seconds_per_launch)
    reason = "how long a launch takes is not known"
    return (shown(pairs, _count), shown(2 * pairs, _count), shown(time, "{:.1f}".format, reason))


def _count(number: float) -> str:
    return f"{number:.1f}" if number % 1 else f"{number:.0f}"
