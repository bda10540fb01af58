"""A sustained run on the page: its table, and a picture of each model's latency over minutes.

Which cells there are and what stands in the tables comes from `sustained_tables`.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.stats.sustained import BURST_SECONDS, THROTTLED_SHARE
from reports.chart_views import Chart, Panel
from reports.charts import PANEL_HEIGHT, PANEL_WIDTH, drawing, mark, panel_axes
from reports.curves import Array
from reports.digest import PhoneDigest, RunDigest
from reports.names import phone_kind
from reports.palette import INK, series_colour
from reports.shown import Table, format_ratio
from reports.sustained_tables import SustainedCell, sustained_cells, sustained_launches, sustained_table
from reports.svg import inline_svg

_READING = (
    "A line a launch, each point the median of a stretch of time. The dashed line is the burst: the median "
    f"of the first {BURST_SECONDS:g} s, or of the first fifth if that is less. A ring stands where a launch "
    f"first stays more than {100 * THROTTLED_SHARE:g} % above its own burst. Scales are the models' own."
)
_LEAST_SPAN = 0.2
"""Of the burst, on either side: noise must not fill the picture."""


@dataclass(frozen=True, slots=True)
class SustainedSection:
    """What the page shows of it."""

    table: Table
    chart: Chart


def sustained_section(phone: PhoneDigest, run: RunDigest, prefix: str) -> SustainedSection | None:
    """Table and chart of a phone; None in other modes, and where no latency is known.

    Args:
        phone: the phone.
        run: its run.
        prefix: unique on the page; the ids inside the chart begin with it.
    """
    cells = sustained_cells(phone, run)
    if not cells:
        return None
    with drawing():
        panels = tuple(_panel(cell, phone, f"{prefix}-sustained-{n}") for n, cell in enumerate(cells))
    chart = Chart("Latency over minutes", _READING, "", panels, sustained_launches(cells))
    return SustainedSection(sustained_table(cells), chart)


def _panel(cell: SustainedCell, phone: PhoneDigest, prefix: str) -> Panel:
    where = ", ".join(part for part in (phone.name, phone_kind(phone.phone)) if part)
    svg = inline_svg(
        _draw(cell),
        prefix=prefix,
        title=f"Latency over minutes: {cell.label}, {where}, threads: {cell.key.threads}",
        description="A line a launch. The same launches stand in the table below.",
    )
    ratio = cell.summary.ratio.value
    return Panel(cell.label, "" if ratio is None else f"{format_ratio(ratio)} of its burst", cell.colour, svg)


def _draw(cell: SustainedCell) -> Figure:
    figure, axes = panel_axes(PANEL_WIDTH, PANEL_HEIGHT)
    courses = cell.summary.courses
    for course in courses:
        minutes, values_ms = np.array(course.bin_start_s) / 60, np.array(course.bin_ns) / 1e6
        axes.plot(minutes, values_ms, color=series_colour(cell.colour), linewidth=1.1, alpha=0.6)
        if course.throttled_after_s is not None:
            place = course.bin_start_s.index(course.throttled_after_s)
            axes.plot(minutes[place], values_ms[place], "o", color=INK, markersize=6, markerfacecolor="none")
    axes.set_xlim(0, max(course.seconds for course in courses) / 60)
    _span(axes, np.concatenate([course.bin_ns for course in courses]) / 1e6, cell.summary.burst_ns.value)
    axes.set_xlabel("minutes after warm-up")
    axes.set_ylabel("latency, ms")
    axes.grid(axis="y")
    return figure


def _span(axes: Axes, values_ms: Array, burst_ns: float | None) -> None:
    """Around the burst, which is marked; around the median where there is none."""
    typical_ms = float(np.median(values_ms)) if burst_ns is None else burst_ns / 1e6
    low_ms, high_ms = typical_ms * (1 - _LEAST_SPAN), typical_ms * (1 + _LEAST_SPAN)
    axes.set_ylim(min(low_ms, values_ms.min()), max(high_ms, values_ms.max()))
    if burst_ns is not None:
        mark(axes, typical_ms)
