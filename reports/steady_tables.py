"""What happened inside steady phases as readers see it: a table by model, findings, and the same in JSON.

What is found is the statistics' part (`harness/stats/steady.py`); it is shown here and changes no figure.
"""

from typing import Any

from pydantic_core import to_jsonable_python

from harness.results.records import LaunchRecord
from harness.stats.steady import CAUSE_WORDS, CellSteady, summarise_steady
from harness.stats.summary import CellKey, CellSummary
from reports.digest import PhoneDigest, RunDigest
from reports.shown import Heading, Shown, Table, format_percent, format_ratio, shown, shown_field

_HEADINGS = (
    Heading("Model", is_number=False),
    Heading("Threads"),
    Heading("Launches"),
    Heading("Level changed", "launches"),
    Heading("Drifted", "launches"),
    Heading("Largest change", "%"),
    Heading("Outliers", "% of iterations"),
    Heading("Largest outlier", "to its level"),
    Heading("Causes of outliers", is_number=False),
)


def steady_table(phone: PhoneDigest, run: RunDigest) -> Table | None:
    """A row a cell, in the order of the results' groups; None where no launch was usable."""
    rows = tuple(
        _row(cell, summary, run)
        for group in phone.groups
        for cell in group.cells
        if (summary := cell_steady(cell, phone)).launches
    )
    return Table("Within the steady phase", _HEADINGS, rows) if rows else None


def cell_steady(cell: CellSummary, phone: PhoneDigest) -> CellSteady:
    """What happened inside the steady phases of a cell's launches."""
    own = [launch.request for launch in phone.launches if launch.request.launch_id in phone.steady]
    return summarise_steady(
        phone.steady[request.launch_id]
        for request in own
        if CellKey(request.phone_id, request.artifact_sha256, request.threads) == cell.key
    )


def steady_json(launch: LaunchRecord, phone: PhoneDigest) -> dict[str, Any] | None:
    """What happened inside one launch's steady phase as plain types; None of a launch that is not usable."""
    phase = phone.steady.get(launch.request.launch_id)
    if phase is None:
        return None
    answer: dict[str, Any] = to_jsonable_python(phase, exclude={"findings"})
    return answer


def _row(cell: CellSummary, summary: CellSteady, run: RunDigest) -> tuple[Shown, ...]:
    sha256 = cell.key.artifact_sha256
    share = summary.outliers / summary.iterations
    too_short = f"{summary.too_short} too short to tell" if summary.too_short else ""
    return (
        Shown(run.labels[sha256], colour=run.colours[sha256]),
        shown(cell.key.threads, "{:.0f}".format),
        shown(summary.launches, "{:.0f}".format, note=too_short),
        shown(summary.changed, "{:.0f}".format),
        shown(summary.drifted, "{:.0f}".format),
        shown_field(summary, "largest_change", format_percent),
        Shown(format_percent(share), f"{summary.outliers} of {summary.iterations}", share),
        shown_field(summary, "largest_outlier", format_ratio),
        Shown(_causes(summary), _also_seen(summary)),
    )


def _causes(summary: CellSteady) -> str:
    return "; ".join(f"{count} {CAUSE_WORDS[cause]}" for cause, count in summary.causes.items())


def _also_seen(summary: CellSteady) -> str:
    """What may be behind the unexplained ones."""
    seen = [f"{CAUSE_WORDS[cause]} ({launches} launches)" for cause, launches in summary.also_seen.items()]
    return f"no moment known: {'; '.join(seen)}" if seen else ""
