"""Instruction counts as readers see them: a cell of the results table, and a section of their own.

Counts belong to models and not to phones, so the section stands before the phones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.results.records import Count
from harness.units import format_significant
from reports.digest import RunDigest
from reports.shown import DASH, Heading, Shown, Table, format_error, format_ratio, shown

PART_LABELS = {
    "xnnpack": "XNNPACK",
    "layout_copies": "Layout copies",
    "other_aten": "Other ATen",
    "allocator": "Allocator",
    "libm": "libm",
    "interpreter": "Interpreter",
    "other": "Other",
}


@dataclass(frozen=True, slots=True)
class CountSection:
    """The page's part on counts."""

    table: Table
    notes: tuple[tuple[str, str], ...]
    """Models that need a word, and the word."""
    counted_with: str
    """Cores, runtime, emulator and recipe, in words."""


def shown_count(count: Count | None) -> Shown:
    """Millions of instructions, with the share of them that only changes the layout of data."""
    if count is None:
        return Shown(DASH, "not counted")
    note = f"{_percent(count.parts.get('layout_copies', 0), count)} copies"
    return shown(count.instructions, _millions, note=note)


def count_section(run: RunDigest) -> CountSection | None:
    """What was counted and how; None where nothing was."""
    return CountSection(_by_part(run), _notes(run), _counted_with(run)) if run.counts else None


def _notes(run: RunDigest) -> tuple[tuple[str, str], ...]:
    counts = run.counts.values()
    return tuple(dict.fromkeys((run.labels[one.artifact_sha256], one.note) for one in counts if one.note))


def _by_part(run: RunDigest) -> Table:
    """One row a model and core; core by core, the fewest instructions first."""
    parts = tuple(dict.fromkeys(part for count in run.counts.values() for part in count.parts))
    rows = [
        _row(count, fewest, parts, run)
        for core in run.cores
        for fewest, count in _to_fewest([count for count in run.counts.values() if count.core == core])
    ]
    return Table("Instructions of one forward, by what they were spent on", _headings(parts), tuple(rows))


def _counted_with(run: RunDigest) -> str:
    counts = run.counts.values()
    said = (
        f"Cores: {', '.join(run.cores)}",
        f"runtime: {_listed(count.runtime for count in counts)}",
        f"executed by {_listed(count.emulator for count in counts)}",
        f"recipe: {_listed(count.recipe for count in counts)}",
    )
    return f"{'; '.join(said)}."


def _to_fewest(counts: Sequence[Count]) -> list[tuple[Count, Count]]:
    """Each count of one core beside the smallest of them, in rising order."""
    ordered = sorted(counts, key=lambda count: count.instructions)
    return [(ordered[0], count) for count in ordered]


def _headings(parts: Sequence[str]) -> tuple[Heading, ...]:
    return (
        Heading("Model", "core", is_number=False),
        Heading("Instructions", "millions"),
        Heading("To the fewest", "same core"),
        *(Heading(PART_LABELS.get(part, part), "millions") for part in parts),
        Heading("Loaded", "MB"),
        Heading("Stored", "MB"),
        Heading("First", "millions"),
        Heading("Load", "millions"),
        Heading("Output error", "relative"),
        Heading("Recipe", is_number=False),
    )


def _row(count: Count, fewest: Count, parts: Sequence[str], run: RunDigest) -> tuple[Shown, ...]:
    sha256 = count.artifact_sha256
    label = run.labels[sha256]
    return (
        Shown(f"{label} †" if count.note else label, count.core, colour=run.colours[sha256]),
        shown(count.instructions, _millions, note=_exact(count.instructions)),
        _ratio(count, fewest),
        *(_part(count, part) for part in parts),
        shown(count.bytes_loaded, _millions),
        shown(count.bytes_stored, _millions),
        shown(count.first_instructions, _millions),
        shown(count.load_instructions, _millions),
        shown(count.output_error, format_error),
        Shown(count.recipe),
    )


def _ratio(count: Count, fewest: Count) -> Shown:
    if count.instructions == fewest.instructions:
        return Shown("1", "the fewest", 1.0)
    return shown(count.instructions / fewest.instructions, format_ratio)


def _part(count: Count, part: str) -> Shown:
    if part not in count.parts:
        return Shown(DASH, "not told apart")
    return shown(count.parts[part], _millions, note=_percent(count.parts[part], count))


def _percent(instructions: int, count: Count) -> str:
    percent = 100 * instructions / count.instructions
    return "< 1 %" if 0 < percent < 1 else f"{percent:.0f} %"


def _millions(value: float) -> str:
    return format_significant(value / 1e6)


def _exact(value: int) -> str:
    """All digits, in groups of three that no line break parts."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _listed(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(values))
