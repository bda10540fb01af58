"""Accuracy against latency as a chart: a point a model, its intervals, and the Pareto front."""

import unicodedata
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from harness.units import format_significant
from reports.accuracy_points import Cloud, Point, accuracy_clouds, spread_out
from reports.accuracy_tables import percent_interval
from reports.chart_views import Chart, Panel
from reports.charts import blank_figure, drawing, span_latency
from reports.digest import PhoneDigest, RunDigest
from reports.names import phone_kind
from reports.palette import INK, MUTED, PAPER, series_colour
from reports.results_table import interval_text
from reports.shown import Heading, Shown, Table, format_percent, shown
from reports.svg import inline_svg, label_placeholder

_READING = (
    "A point a model, with the 95 % intervals of its latency and its accuracy. Filled points, joined by the "
    "dashed line, are the Pareto front: by these estimates nothing else here is as fast and as accurate. "
    "Where intervals overlap the order is open."
)
_WIDTH, _HEIGHT, _LABEL_GAP = 704, 300, 18
_LEFT, _RIGHT, _BOTTOM, _TOP = 52, 250, 46, 14
"""Room around the axes in pixels; on the right stand the names."""
_LABEL_COLUMNS = 33
"""Narrow letters that have room for a name."""


def accuracy_charts(phone: PhoneDigest, run: RunDigest, prefix: str) -> tuple[Chart, ...]:
    """A chart for each set of models that may be compared; none where there are no two of them.

    Args:
        phone: the phone.
        run: its run.
        prefix: unique on the page; the ids inside the charts begin with it.
    """
    with drawing():
        return tuple(
            _chart(cloud, phone, f"{prefix}-accuracy-{number}")
            for number, cloud in enumerate(accuracy_clouds(phone, run))
        )


def _chart(cloud: Cloud, phone: PhoneDigest, prefix: str) -> Chart:
    threads = f"{cloud.group.threads} thread{'s' if cloud.group.threads > 1 else ''}"
    what = ", ".join(part for part in (cloud.data.name, threads, cloud.group.words) if part)
    where = ", ".join(part for part in (phone.name, phone_kind(phone.phone)) if part)
    svg = inline_svg(
        _draw(cloud.points),
        prefix=prefix,
        title=f"Accuracy against latency: {what}, {where}",
        description="A point a model. The figures stand in the table below.",
        labels=[_fitting(point.label) for point in cloud.points],
    )
    return Chart(
        title=f"Accuracy against latency: {what}",
        reading=f"Images: {cloud.data.source}. {_READING}",
        thinning="",
        panels=(Panel("", "", 0, svg),),
        data=_data(cloud.points),
    )


def _draw(points: Sequence[Point]) -> Figure:
    height = max(_HEIGHT, _LABEL_GAP * len(points) + _BOTTOM + _TOP)
    figure = blank_figure(_WIDTH, height)
    axes = figure.add_axes(
        (
            _LEFT / _WIDTH,
            _BOTTOM / height,
            1 - (_LEFT + _RIGHT) / _WIDTH,
            1 - (_BOTTOM + _TOP) / height,
        )
    )
    _span(axes, points)
    _draw_front(axes, [point for point in points if point.is_on_front])
    for point in points:
        _draw_point(axes, point)
    _name(figure, axes, points, height)
    return figure


def _span(axes: Axes, points: Sequence[Point]) -> None:
    latencies = [p.latency_ms for p in points]
    ends = [end for one in latencies for end in (one.value, one.low, one.high) if end is not None]
    span_latency(axes, np.array(ends))
    low, high = (
        100 * end for end in (min(p.accuracy.low for p in points), max(p.accuracy.high for p in points))
    )
    margin = max(0.5, 0.06 * (high - low))
    axes.set_ylim(max(0.0, low - margin), high + margin)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=(1, 2, 2.5, 5, 10)))
    axes.set_ylabel("top-1 accuracy, %")
    axes.grid()


def _draw_front(axes: Axes, front: Sequence[Point]) -> None:
    """Up from each point to the accuracy that the next, slower one brings."""
    axes.step(
        [point.ms for point in front],
        [100 * point.accuracy.value for point in front],
        where="post",
        color=MUTED,
        linewidth=1,
        linestyle=(0, (4, 3)),
    )


def _draw_point(axes: Axes, point: Point) -> None:
    colour, y = series_colour(point.colour), 100 * point.accuracy.value
    if point.latency_ms.low is not None and point.latency_ms.high is not None:
        axes.hlines([y], [point.latency_ms.low], [point.latency_ms.high], color=colour, linewidth=1.4)
    axes.vlines(
        [point.ms], [100 * point.accuracy.low], [100 * point.accuracy.high], color=colour, linewidth=1.4
    )
    axes.plot(
        [point.ms],
        [y],
        "o",
        markersize=8,
        markerfacecolor=colour if point.is_on_front else PAPER,
        markeredgecolor=colour,
        markeredgewidth=1.6,
    )


def _name(figure: Figure, axes: Axes, points: Sequence[Point], height: float) -> None:
    """Names in a column beside the axes, none over another, each joined to its point by a thin line."""
    to_figure = axes.transData + figure.transFigure.inverted()
    spots = [to_figure.transform((point.ms, 100 * point.accuracy.value)) for point in points]
    order = sorted(range(len(points)), key=lambda place: (spots[place][1], spots[place][0]))
    half = _LABEL_GAP / 2
    ys = spread_out([spots[place][1] * height for place in order], _LABEL_GAP, _BOTTOM + half, height - half)
    left = 1 - (_RIGHT - 24) / _WIDTH
    for place, y_px in zip(order, ys, strict=True):
        x, y = spots[place]
        end = (left - 4 / _WIDTH, y_px / height)
        line = Line2D([x, end[0]], [y, end[1]], linewidth=0.7, alpha=0.6, zorder=0)
        line.set_color(series_colour(points[place].colour))
        line.set_transform(figure.transFigure)
        figure.add_artist(line)
        figure.text(left, end[1], label_placeholder(place), va="center_baseline", color=INK)


def _fitting(name: str) -> str:
    """A name cut to the room that it has; letters of East Asian scripts take that of two."""
    taken = 0
    for place, letter in enumerate(name):
        taken += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if taken > _LABEL_COLUMNS:
            return f"{name[:place]}…"
    return name


def _data(points: Sequence[Point]) -> Table:
    headings = (
        Heading("Model", is_number=False),
        Heading("Latency", "ms, 95 % interval"),
        Heading("Top-1", "%, 95 % interval"),
        Heading("On the Pareto front", is_number=False),
    )
    rows = tuple(
        (
            Shown(point.label, colour=point.colour),
            shown(point.ms, format_significant, note=interval_text(point.latency_ms, format_significant)),
            shown(point.accuracy.value, format_percent, note=percent_interval(point.accuracy)),
            Shown("yes" if point.is_on_front else "no"),
        )
        for point in points
    )
    return Table("Accuracy against latency", headings, rows)
