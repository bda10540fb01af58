"""The three charts as matplotlib figures: latency distribution, latency over time, memory over time.

Only drawing lives here: what is drawn comes from `curves`, the way into the page is `svg`'s. Sizes are in
CSS pixels, colours are the placeholders of `palette`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from harness.stats.estimate import Estimate
from reports.curves import Array, CellCurves, Trace
from reports.palette import INK, LINE, MUTED, PAPER, series_colour
from reports.svg import SETTINGS, label_placeholder

_STYLE = {
    **SETTINGS,
    "font.size": 11,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.7,
    "text.color": INK,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
}
_WIDTH, _ROW, _AXIS = 640, 58, 44
PANEL_WIDTH, PANEL_HEIGHT = 320, 170
_LOG_FROM_RATIO = 6
_STEPS = (1, 2, 2.5, 5, 10)
_LEAST_RELATIVE_SPAN = 0.2


@contextmanager
def drawing() -> Iterator[None]:
    """matplotlib's own defaults and ours, whatever the user's matplotlibrc says."""
    with matplotlib.style.context(["default", _STYLE]):
        yield


def distribution(rows: Sequence[CellCurves]) -> Figure:
    """Latency per model, the first on top: all iterations above, launches and their estimate below."""
    height = _ROW * len(rows) + _AXIS
    figure = blank_figure(_WIDTH, height)
    axes = figure.add_axes((0.015, _AXIS / height, 0.97, 1 - _AXIS / height))
    for place, row in enumerate(rows):
        _draw_row(axes, len(rows) - place, row)
        axes.text(
            0.0, len(rows) - place + 0.36, label_placeholder(place), transform=axes.get_yaxis_transform()
        )
    axes.set_ylim(0.4, len(rows) + 0.7)
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)
    span_latency(axes, np.concatenate([_reach(row) for row in rows]))
    axes.grid(axis="x")
    return figure


def latency_over_time(cell: CellCurves) -> Figure:
    """One model's latency through its launches, a line a launch, around the estimate over launches."""
    figure, axes = _panel(cell.latency, cell.colour, "latency, ms")
    values = np.concatenate([trace.values for trace in cell.latency])
    typical_ms = cell.latency_ms.value or float(np.median(cell.launch_medians_ms))
    margin_ms = typical_ms * _LEAST_RELATIVE_SPAN
    axes.set_ylim(min(values.min(), typical_ms - margin_ms), max(values.max(), typical_ms + margin_ms))
    mark(axes, typical_ms)
    axes.plot(*cell.changes.T, "o", color=INK, markersize=6, markerfacecolor="none", markeredgewidth=1.2)
    return figure


def memory_over_time(cell: CellCurves, top_mib: float) -> Figure:
    """One model's memory through its launches, a line a launch, below the typical peak.

    Args:
        cell: with at least one memory trace.
        top_mib: highest value of the charts that stand together, so that they can be compared.
    """
    figure, axes = _panel(cell.memory, cell.colour, "memory, MiB")
    axes.set_ylim(0, top_mib * 1.08)
    if cell.peak_mib is not None:
        mark(axes, cell.peak_mib)
    return figure


def mark(axes: Axes, value: float) -> None:
    """A dashed line at a value."""
    axes.axhline(value, color=INK, linewidth=1, linestyle=(0, (4, 3)))


def _draw_row(axes: Axes, y: float, row: CellCurves) -> None:
    colour = series_colour(row.colour)
    p5, p25, p50, p75, p95, _ = row.spread.quantiles_ms
    extremes_ms = row.spread.extremes_ms
    axes.plot(extremes_ms, np.full(extremes_ms.size, y + 0.12), ".", color=colour, markersize=3, alpha=0.45)
    axes.hlines([y + 0.12], [p5], [p95], color=colour, linewidth=2)
    axes.hlines([y + 0.12], [p25], [p75], color=colour, linewidth=9)
    axes.plot([p50], [y + 0.12], "|", color=PAPER, markersize=9, markeredgewidth=1.6)
    medians_ms = row.launch_medians_ms
    axes.plot(
        medians_ms,
        np.full(medians_ms.size, y - 0.2),
        "o",
        color=colour,
        markersize=6,
        markeredgecolor=PAPER,
        markeredgewidth=0.8,
        alpha=0.75,
    )
    _draw_estimate(axes, y - 0.2, row.latency_ms)


def _draw_estimate(axes: Axes, y: float, estimate: Estimate) -> None:
    if estimate.value is not None:
        axes.plot([estimate.value], [y], "|", color=INK, markersize=15, markeredgewidth=1.8)
    if estimate.low is not None and estimate.high is not None:
        axes.hlines([y], [estimate.low], [estimate.high], color=INK, linewidth=1.4)


def _reach(row: CellCurves) -> Array:
    ends = (row.latency_ms.low, row.latency_ms.high)
    known = [end for end in ends if end is not None]
    return np.concatenate([row.spread.quantiles_ms, row.spread.extremes_ms, row.launch_medians_ms, known])


def span_latency(axes: Axes, values: Array) -> None:
    """A horizontal axis for latencies in ms, logarithmic where they lie far apart."""
    span_values(axes, values, "latency, ms per inference")


def span_values(axes: Axes, values: Array, label: str) -> None:
    """A horizontal axis for positive values, logarithmic where they lie far apart."""
    low, high = float(values.min()), float(values.max())
    if high > low * _LOG_FROM_RATIO:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 1.5, 2.0, 3.0, 5.0, 7.0)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel(f"{label} (logarithmic)")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(8, steps=_STEPS))
        axes.set_xlabel(label)
    axes.xaxis.set_major_formatter(FuncFormatter(_tick))
    axes.set_xlim(low * 0.96, high * 1.04)


def _panel(traces: Sequence[Trace], colour: int, label: str) -> tuple[Figure, Axes]:
    figure, axes = panel_axes(PANEL_WIDTH, PANEL_HEIGHT)
    for trace in traces:
        marker = "o" if trace.values.size == 1 else ""
        axes.plot(
            trace.seconds,
            trace.values,
            color=series_colour(colour),
            linewidth=1.1,
            alpha=0.5,
            marker=marker,
            solid_joinstyle="round",
        )
    longest = max(float(trace.seconds[-1]) for trace in traces)
    axes.set_xlim(0, longest or 1)
    axes.set_xlabel("seconds into the launch")
    axes.set_ylabel(label)
    axes.grid(axis="y")
    return figure, axes


def panel_axes(width_px: float, height_px: float) -> tuple[Figure, Axes]:
    """Empty axes of a small picture, with few and round ticks."""
    figure = blank_figure(width_px, height_px)
    axes = figure.add_axes((0.17, 0.235, 0.81, 0.725))
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=_STEPS))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=_STEPS))
    axes.xaxis.set_major_formatter(FuncFormatter(_tick))
    axes.yaxis.set_major_formatter(FuncFormatter(_tick))
    return figure, axes


def blank_figure(width_px: float, height_px: float) -> Figure:
    """An empty picture of that size in CSS pixels."""
    return Figure(figsize=(width_px / 72, height_px / 72))


def _tick(value: float, _position: object = None) -> str:
    return f"{value:.10g}"
