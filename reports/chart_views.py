"""The charts of one phone and group of models as the page shows them: pictures, how to read them, their data.

Arrays come from `curves`, drawing is `charts`' part, the data tables are `chart_tables`'.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.stats.headline import by_latency
from harness.units import format_significant
from reports import charts
from reports.chart_tables import distribution_data, latency_data, memory_data
from reports.curves import EXTREMES, STRETCHES, CellCurves, Trace, cell_curves
from reports.digest import Group, PhoneDigest, RunDigest
from reports.names import phone_kind
from reports.shown import Table
from reports.svg import inline_svg

_DISTRIBUTION_READING = (
    "Upper lane: all steady iterations. The thick bar holds the middle half, the thin one 5 % to 95 %; dots "
    "lie beyond. Lower lane: a circle for each launch's median. The dark mark is the estimate over launches, "
    "its line the 95 % interval."
)
_LATENCY_READING = (
    "A line a launch; the dashed line is the estimate over launches. A line that rises means that the phone "
    "slowed down while it measured. Each model has a scale of its own."
)
_CHANGES_READING = " A ring stands where a launch changed its level."
_MEMORY_READING = (
    "Resident plus swapped memory of the measuring process, a line a launch; the dashed line is the typical "
    "peak. All models share one scale."
)
_LINE_THINNING = (
    f"Lines are thinned: each point is the median of one of at most {STRETCHES} equal stretches of a launch. "
    "A single slow iteration shows in the distribution and not here."
)
_DOT_THINNING = f"Thinned: at most {EXTREMES} dots a side are drawn, the outermost always."
_LABEL_LENGTH = 50


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of a chart."""

    label: str
    """Model, or nothing where the picture shows all."""
    value: str
    """The figure that the dashed line stands for."""
    colour: int | None
    """Place in the palette; None where the picture has several colours."""
    svg: str
    """An element that is safe to put into the page as it is."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: a picture of all models, or one a model side by side."""

    title: str
    reading: str
    """What is drawn how."""
    thinning: str
    """What the picture leaves out; empty where it shows everything."""
    panels: tuple[Panel, ...]
    data: Table


@dataclass(frozen=True, slots=True)
class ChartGroup:
    """The charts of models that may be compared."""

    title: str
    """Thread count, and what sets these models apart from the run's others."""
    charts: tuple[Chart, ...]
    """None where no launch was usable."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What a group of charts is about, in words and in ids."""

    words: str
    prefix: str


def phone_charts(digest: PhoneDigest, run: RunDigest, prefix: str) -> tuple[ChartGroup, ...]:
    """The charts of a phone, group by group.

    Args:
        digest: the phone.
        run: its run.
        prefix: unique on the page; the ids inside the charts begin with it.
    """
    where = ", ".join(part for part in (digest.name, phone_kind(digest.phone)) if part)
    with charts.drawing():
        return tuple(
            ChartGroup(_title(group), _group_charts(group, digest, run, _place(group, number, where, prefix)))
            for number, group in enumerate(digest.groups)
        )


def _title(group: Group) -> str:
    return f"{group.threads} thread{'s' if group.threads > 1 else ''}" + (group.words and f", {group.words}")


def _place(group: Group, number: int, where: str, prefix: str) -> _Place:
    words = ", ".join(part for part in (where, f"threads: {group.threads}", group.words) if part)
    return _Place(words, f"{prefix}-g{number}")


def _group_charts(group: Group, digest: PhoneDigest, run: RunDigest, place: _Place) -> tuple[Chart, ...]:
    curves = cell_curves(by_latency(group.cells), digest.launches, digest.steady, run)
    return _charts(curves, place) if curves else ()


def _charts(cells: Sequence[CellCurves], place: _Place) -> tuple[Chart, ...]:
    return _distribution(cells, place), _latency_over_time(cells, place), _memory_over_time(cells, place)


def _distribution(cells: Sequence[CellCurves], place: _Place) -> Chart:
    svg = inline_svg(
        charts.distribution(cells),
        prefix=f"{place.prefix}-distribution",
        title=f"Latency distribution: {place.words}",
        description="One row a model, the fastest first. The figures stand in the table below.",
        labels=[_row_label(cell) for cell in cells],
    )
    return Chart(
        title="Latency distribution",
        reading=_DISTRIBUTION_READING,
        thinning=_DOT_THINNING if any(cell.spread.is_thinned for cell in cells) else "",
        panels=(Panel("", "", 0, svg),),
        data=distribution_data(cells),
    )


def _latency_over_time(cells: Sequence[CellCurves], place: _Place) -> Chart:
    return Chart(
        title="Latency within launches",
        reading=_LATENCY_READING + (_CHANGES_READING if any(cell.changes.size for cell in cells) else ""),
        thinning=_line_thinning([trace for cell in cells for trace in cell.latency]),
        panels=tuple(_latency_panel(cell, number, place) for number, cell in enumerate(cells)),
        data=latency_data(cells),
    )


def _latency_panel(cell: CellCurves, number: int, place: _Place) -> Panel:
    svg = inline_svg(
        charts.latency_over_time(cell),
        prefix=f"{place.prefix}-latency-{number}",
        title=f"Latency over time: {cell.label}, {place.words}",
        description="A line a launch. The same launches stand in the table below.",
    )
    return Panel(cell.label, _figure(cell.latency_ms.value, "ms"), cell.colour, svg)


def _memory_over_time(cells: Sequence[CellCurves], place: _Place) -> Chart:
    traced = [cell for cell in cells if cell.memory]
    tops_mib = [float(trace.values.max()) for cell in traced for trace in cell.memory]
    top_mib = max([*tops_mib, *(cell.peak_mib or 0.0 for cell in traced)], default=0.0)
    return Chart(
        title="Memory within launches",
        reading=_MEMORY_READING if traced else _no_memory(cells),
        thinning=_line_thinning([trace for cell in traced for trace in cell.memory]),
        panels=tuple(_memory_panel(cell, number, place, top_mib) for number, cell in enumerate(traced)),
        data=memory_data(cells),
    )


def _no_memory(cells: Sequence[CellCurves]) -> str:
    """Why there is no trace, a reason a model where they differ."""
    unread = "the phone gave no memory readings"
    said = "; ".join(dict.fromkeys(cell.summary.missing.get("peak_kib", unread) for cell in cells))
    return f"{said[:1].upper()}{said[1:]}."


def _memory_panel(cell: CellCurves, number: int, place: _Place, top_mib: float) -> Panel:
    svg = inline_svg(
        charts.memory_over_time(cell, top_mib),
        prefix=f"{place.prefix}-memory-{number}",
        title=f"Memory over time: {cell.label}, {place.words}",
        description="A line a launch. The same launches stand in the table below.",
    )
    return Panel(cell.label, _figure(cell.peak_mib, "MiB peak"), cell.colour, svg)


def _figure(value: float | None, unit: str) -> str:
    return "" if value is None else f"{format_significant(value)} {unit}"


def _line_thinning(traces: Sequence[Trace]) -> str:
    return _LINE_THINNING if any(trace.is_thinned for trace in traces) else ""


def _row_label(cell: CellCurves) -> str:
    name = cell.label if len(cell.label) <= _LABEL_LENGTH else f"{cell.label[: _LABEL_LENGTH - 1]}…"
    return f"{name} · {_figure(cell.latency_ms.value, 'ms')}"
