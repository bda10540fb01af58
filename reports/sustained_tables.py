"""The figures of a sustained run: what each model begins with, what the phone keeps up, when it throttles.

They come from `harness/stats/sustained.py`; the picture is `sustained_views`' part. Other modes have none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from harness.results.records import LaunchRecord
from harness.stats.emulation import is_emulated
from harness.stats.launches import usable
from harness.stats.summary import CellKey
from harness.stats.sustained import SUSTAINED_SHARE, SustainedCourse, SustainedSummary, summarise_sustained
from harness.units import format_ms, format_significant
from reports.digest import PhoneDigest, RunDigest
from reports.results_table import interval_text
from reports.shown import Heading, Shown, Table, format_ratio, shown, shown_field


@dataclass(frozen=True, slots=True)
class SustainedCell:
    """One model with one thread count."""

    key: CellKey
    label: str
    """The model."""
    colour: int
    """Its place in the palette."""
    launches: tuple[LaunchRecord, ...]
    """The usable ones, at least one."""
    summary: SustainedSummary
    """Their figures."""


def sustained_cells(phone: PhoneDigest, run: RunDigest) -> list[SustainedCell]:
    """The cells of a phone that have a usable launch; none in other modes, or where a time says nothing."""
    if run.mode.mode != "sustained" or is_emulated(phone.phone):
        return []
    own: dict[CellKey, list[LaunchRecord]] = {cell.key: [] for cell in phone.cells}
    for launch in usable(phone.launches):
        request = launch.request
        own[CellKey(request.phone_id, request.artifact_sha256, request.threads)].append(launch)
    return [
        SustainedCell(
            key=key,
            label=run.labels[key.artifact_sha256],
            colour=run.colours[key.artifact_sha256],
            launches=tuple(launches),
            summary=summarise_sustained(launches),
        )
        for key, launches in own.items()
        if launches
    ]


def sustained_lines(phone: PhoneDigest, run: RunDigest) -> list[str]:
    """A sentence a cell for the terminal; none in other modes."""
    return [
        f"{cell.label}, {cell.key.threads} thread{'s' if cell.key.threads > 1 else ''}: "
        f"{_ratio_words(cell.summary)}; {_throttle_words(cell.summary)}."
        for cell in sustained_cells(phone, run)
    ]


def _ratio_words(summary: SustainedSummary) -> str:
    begun_ns, kept_ns, ratio = (one.value for one in (summary.burst_ns, summary.sustained_ns, summary.ratio))
    if begun_ns is None or kept_ns is None or ratio is None:
        return summary.ratio.missing["value"]
    return f"{format_ms(begun_ns)} ms in the burst, {format_ms(kept_ns)} ms sustained, {format_ratio(ratio)}"


def _throttle_words(summary: SustainedSummary) -> str:
    after_s, launches = summary.throttled_after_s, len(summary.courses)
    if after_s is None:
        return summary.missing["throttled_after_s"]
    return f"throttled after {format_significant(after_s)} s in {summary.throttled} of {launches} launches"


def sustained_json(phone: PhoneDigest, run: RunDigest) -> list[dict[str, Any]]:
    """Each cell's figures in base units, launch by launch; empty in other modes."""
    return [
        {
            **cell.key._asdict(),
            "label": cell.label,
            "virtual": phone.phone.is_virtual,
            **to_jsonable_python(cell.summary),
        }
        for cell in sustained_cells(phone, run)
    ]


def sustained_table(cells: Sequence[SustainedCell]) -> Table:
    """One row a cell."""
    headings = (
        Heading("Model", is_number=False),
        Heading("Threads"),
        Heading("Burst", "ms, 95 % interval"),
        Heading("Sustained", f"ms, last {100 * SUSTAINED_SHARE:g} %, 95 % interval"),
        Heading("Sustained to burst", "ratio, 95 % interval"),
        Heading("First throttled", "s after warm-up"),
        Heading("First cap fell", "s after the start"),
        Heading("Launches"),
    )
    return Table("Burst and sustained", headings, tuple(map(_row, cells)))


def _row(cell: SustainedCell) -> tuple[Shown, ...]:
    one = cell.summary
    of_all = f"{one.throttled} of {len(one.courses)} launches" if one.throttled else ""
    return (
        Shown(cell.label, colour=cell.colour),
        shown(cell.key.threads, "{:.0f}".format),
        shown_field(one.burst_ns, "value", format_ms, note=interval_text(one.burst_ns, format_ms)),
        shown_field(one.sustained_ns, "value", format_ms, note=interval_text(one.sustained_ns, format_ms)),
        shown_field(one.ratio, "value", format_ratio, note=interval_text(one.ratio, format_significant)),
        shown_field(one, "throttled_after_s", format_significant, note=of_all),
        shown_field(one, "cap_fell_after_s", format_significant),
        Shown(str(len(one.courses))),
    )


def sustained_launches(cells: Sequence[SustainedCell]) -> Table:
    """One row a launch."""
    headings = (
        Heading("Launch"),
        Heading("Model", is_number=False),
        Heading("Measured", "s"),
        Heading("Iterations"),
        Heading("Burst", "ms"),
        Heading("Sustained", "ms"),
        Heading("Ratio"),
        Heading("First throttled", "s after warm-up"),
        Heading("First cap fell", "s after the start"),
    )
    rows = tuple(
        _launch_row(cell, launch, course)
        for cell in cells
        for launch, course in zip(cell.launches, cell.summary.courses, strict=True)
    )
    return Table("Sustained launches", headings, rows)


def _launch_row(cell: SustainedCell, launch: LaunchRecord, course: SustainedCourse) -> tuple[Shown, ...]:
    return (
        Shown(str(launch.request.index + 1)),
        Shown(cell.label),
        shown(course.seconds, format_significant),
        Shown(str(len(launch.duration_ns))),
        shown_field(course, "burst_ns", format_ms),
        shown_field(course, "sustained_ns", format_ms),
        shown_field(course, "ratio", format_ratio),
        shown_field(course, "throttled_after_s", format_significant),
        shown_field(course, "cap_fell_after_s", format_significant),
    )
