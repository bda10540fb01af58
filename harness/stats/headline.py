"""The verdict on one phone in plain words: which model is fastest, by how much, and how sure that is.

What weakens the verdict is said before it. The figures come from `summary`, the ratio from `ratio`; that
all models compared share one setup is the caller's care.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.results.records import PhoneFacts
from harness.stats.estimate import Estimate
from harness.stats.ratio import paired_ratio
from harness.stats.summary import CellSummary
from harness.units import format_duration_ns, format_significant


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What can be said about one phone with one thread count."""

    phone_id: str
    """The phone."""
    threads: int
    """The thread count."""
    setup: str
    """What the models share that others do not, in words: their setup in a run of several, a rare mode."""
    is_virtual: bool
    """Whether the numbers come from a virtual phone."""
    caveats: tuple[str, ...]
    """What a reader must know first; whole sentences."""
    verdict: str
    """The answer; one or two sentences."""

    @property
    def text(self) -> str:
        """Caveats and verdict as one paragraph."""
        return " ".join((*self.caveats, self.verdict))


def headline(phone: PhoneFacts, threads: int, cells: Sequence[CellSummary], *, setup: str = "") -> Headline:
    """Say which of a phone's cells with one thread count and one setup is fastest.

    Args:
        phone: the phone.
        threads: the thread count of all `cells`.
        cells: the phone's cells with that thread count and setup.
        setup: their setup in words where the run has others, and the mode where it is no burst.
    """
    return Headline(
        phone_id=phone.phone_id,
        threads=threads,
        setup=setup,
        is_virtual=phone.is_virtual,
        caveats=tuple(_caveats(cells)),
        verdict=_verdict(_setting(phone, threads, setup), cells),
    )


def by_latency(cells: Sequence[CellSummary]) -> list[CellSummary]:
    """The cells that have a latency, fastest first."""
    timed = [(cell.latency_ns.value, place) for place, cell in enumerate(cells) if cell.latency_ns.value]
    return [cells[place] for _, place in sorted(timed)]


def _caveats(cells: Sequence[CellSummary]) -> Iterator[str]:
    planned, usable = sum(cell.planned for cell in cells), sum(cell.ok for cell in cells)
    failed, not_run = sum(cell.failed for cell in cells), sum(cell.not_run for cell in cells)
    if failed or not_run:
        lost = [f"{failed} failed or invalid"] * bool(failed) + [f"{not_run} not run"] * bool(not_run)
        yield f"{usable} of {planned} planned launches are usable ({', '.join(lost)})."
    disturbed = sum(launch.disturbed for cell in cells for launch in cell.launches)
    if disturbed:
        yield f"In {disturbed} of {usable} usable launches the phone was throttled or not ready."
    untimed = [cell.model for cell in cells if cell.latency_ns.value is None]
    if 0 < len(untimed) < len(cells):
        yield f"No usable launch of {_listed(untimed)}."
    if single := [cell.model for cell in cells if cell.latency_ns.count == 1]:
        yield f"Only 1 usable launch of {_listed(single)}, so no interval."


def _verdict(setting: str, cells: Sequence[CellSummary]) -> str:
    ranked = by_latency(cells)
    if not ranked:
        reasons = dict.fromkeys(cell.latency_ns.missing["value"] for cell in cells)
        return f"Nothing can be said {setting} ({'; '.join(reasons)})."
    fastest, *others = ranked
    took = f"{format_duration_ns(fastest.latency_ns.value or 0)} per inference"
    if not others:
        return f"{fastest.model} takes {took} {setting}."
    ratios = [paired_ratio(other.launches, fastest.launches) for other in others]
    level = [other.model for other, ratio in zip(others, ratios, strict=True) if _may_be_one(ratio)]
    if level:
        whose = "its ratio" if len(level) == 1 else "each ratio"
        return (
            f"{_listed([fastest.model, *level])} cannot be told apart {setting}: the 95 % interval of "
            f"{whose} to {fastest.model} ({took}) is not wholly above 1."
        )
    is_proved = all(ratio.low is not None for ratio in ratios)
    claim = "is fastest" if is_proved else "was measured fastest"
    return f"{fastest.model} {claim} {setting}: {took}. {_lead(others[0].model, ratios[0])}"


def _may_be_one(ratio: Estimate) -> bool:
    return ratio.low is not None and ratio.low <= 1


def _lead(runner_up: str, ratio: Estimate) -> str:
    if ratio.value is None:
        return f"How far the next, {runner_up}, is behind cannot be said: {ratio.missing['value']}."
    times = f"The next, {runner_up}, takes {format_significant(ratio.value)} times as long"
    if ratio.low is None or ratio.high is None:
        return f"{times}; whether that is chance cannot be said from 1 pair of launches."
    interval = f"{format_significant(ratio.low)} to {format_significant(ratio.high)}"
    return f"{times} (95 % interval {interval}, {ratio.count} paired launches)."


def _setting(phone: PhoneFacts, threads: int, setup: str) -> str:
    kind = "virtual phone" if phone.is_virtual else "phone"
    among = f" ({setup})" if setup else ""
    return f"on this {kind} with {threads} thread{'s' if threads > 1 else ''}{among}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
