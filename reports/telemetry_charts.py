"""The telemetry of a phone as charts and as a table: clocks below their caps, and temperatures.

Arrays come from `telemetry_curves`, the way into the page is `svg`'s.
"""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.results.records import LaunchRecord, PhoneFacts
from harness.units import format_significant
from reports.chart_views import Chart, Panel
from reports.charts import PANEL_HEIGHT, PANEL_WIDTH, drawing, mark, panel_axes
from reports.names import phone_kind
from reports.palette import INK, WARNING, series_colour
from reports.shown import DASH, Heading, Shown, Table, shown
from reports.svg import inline_svg, label_placeholder
from reports.telemetry_curves import (
    CAPPED_SHARE,
    Array,
    ClusterLines,
    PhoneTelemetry,
    SensorLine,
    max_khz_by_name,
    phone_telemetry,
    series_values,
)

_READING = (
    "Sampled on the phone beside the launches; lines break between them. Clocks: the coloured line is the "
    "cluster's clock, the dark one the cap that the phone sets, the dashed one the hardware's highest clock. "
    "Shaded: what the cap took away; a phone that is not held back shows no shade."
)
_THINNING = (
    "Lines are thinned: a point stands for several samples, of clocks their median, of caps the lowest, of "
    "temperatures the highest."
)
_LEGEND_ROW = 16


def telemetry_chart(
    phone: PhoneFacts, name: str, launches: Sequence[LaunchRecord], prefix: str
) -> Chart | str:
    """The chart of everything sampled on a phone, or why there is none.

    Args:
        phone: the phone.
        name: what it is called.
        launches: one record a launch.
        prefix: unique on the page; the ids inside the chart begin with it.
    """
    telemetry = phone_telemetry(phone, launches)
    if telemetry is None:
        reasons = dict.fromkeys(launch.missing.get("telemetry", "") for launch in launches)
        return next(filter(None, reasons), "no launch was measured")
    where = ", ".join(part for part in (name, phone_kind(phone)) if part)
    with drawing():
        panels = tuple(_panels(telemetry, where, prefix))
    return Chart(
        title="Clocks and temperatures beside the launches",
        reading=_READING,
        thinning=_THINNING if telemetry.is_thinned else "",
        panels=panels,
        data=_table(phone, telemetry, launches),
    )


def _panels(telemetry: PhoneTelemetry, where: str, prefix: str) -> list[Panel]:
    panels = [
        Panel(
            cluster.name,
            _cluster_figure_text(cluster),
            number,
            inline_svg(
                _draw_cluster(cluster, number),
                prefix=f"{prefix}-{number}",
                title=f"Clock of {cluster.name} over the run: {where}",
                description="Clock, cap and highest clock. The same launches stand in the table below.",
            ),
        )
        for number, cluster in enumerate(telemetry.clusters)
    ]
    if telemetry.sensors:
        hottest = max(sensor.hottest_celsius for sensor in telemetry.sensors)
        svg = inline_svg(
            _draw_sensors(telemetry.sensors),
            prefix=f"{prefix}-temperatures",
            title=f"Temperatures over the run: {where}",
            description="A line a sensor. The same launches stand in the table below.",
            labels=[_short(sensor.name) for sensor in telemetry.sensors],
        )
        panels.append(Panel("temperatures", f"at most {hottest:.1f} °C", None, svg))
    return panels


def _cluster_figure_text(cluster: ClusterLines) -> str:
    if cluster.lowest_cap_ghz is None:
        return "cap unknown"
    if cluster.max_ghz is None:
        return f"cap never below {cluster.lowest_cap_ghz:.2f} GHz"
    if cluster.was_capped:
        return f"capped down to {cluster.lowest_cap_ghz:.2f} of {cluster.max_ghz:.2f} GHz"
    return f"never capped below its {cluster.max_ghz:.2f} GHz"


def _draw_cluster(cluster: ClusterLines, colour: int) -> Figure:
    figure, axes = _axes("clock, GHz")
    if cluster.cap is not None:
        caps, minutes = cluster.cap.values, cluster.cap.minutes
        if cluster.max_ghz is not None:
            is_capped = caps < cluster.max_ghz * CAPPED_SHARE
            axes.fill_between(
                minutes, caps, cluster.max_ghz, where=is_capped, color=WARNING, alpha=0.3, linewidth=0
            )
        axes.plot(minutes, caps, color=INK, linewidth=1.2)
    if cluster.clock is not None:
        marker = "o" if cluster.clock.values.size <= 2 else ""
        axes.plot(
            cluster.clock.minutes,
            cluster.clock.values,
            color=series_colour(colour),
            linewidth=1.1,
            marker=marker,
        )
    if cluster.max_ghz is not None:
        mark(axes, cluster.max_ghz)
    highest = max(line.values[~np.isnan(line.values)].max() for line in (cluster.clock, cluster.cap) if line)
    axes.set_ylim(0, max(highest, cluster.max_ghz or 0) * 1.12)
    return figure


def _draw_sensors(sensors: Sequence[SensorLine]) -> Figure:
    figure, axes = _axes("°C")
    for place, sensor in enumerate(sensors):
        colour = series_colour(place)
        axes.plot(sensor.line.minutes, sensor.line.values, color=colour, linewidth=1.3)
        axes.text(
            0.02,
            0.97 - place * _LEGEND_ROW / PANEL_HEIGHT,
            label_placeholder(place),
            transform=axes.transAxes,
            color=colour,
            verticalalignment="top",
        )
    known = np.concatenate([s.line.values[~np.isnan(s.line.values)] for s in sensors])
    low, high = float(known.min()) - 2, float(known.max()) + 2
    # Room above the lines for their names.
    share = min(0.6, len(sensors) * _LEGEND_ROW / PANEL_HEIGHT + 0.06)
    axes.set_ylim(low, high + (high - low) * share / (1 - share))
    return figure


def _axes(label: str) -> tuple[Figure, Axes]:
    figure, axes = panel_axes(PANEL_WIDTH, PANEL_HEIGHT)
    axes.set_xlabel("minutes into the run")
    axes.set_ylabel(label)
    axes.grid(axis="y")
    return figure, axes


def _table(phone: PhoneFacts, telemetry: PhoneTelemetry, launches: Sequence[LaunchRecord]) -> Table:
    """Each launch's clocks, caps and temperatures from all its samples."""
    maxima = max_khz_by_name(phone, launches)
    clusters = [cluster.name for cluster in telemetry.clusters]
    sensors = [sensor.name for sensor in telemetry.sensors]
    headings = (
        Heading("Launch"),
        Heading("Model", is_number=False),
        Heading("Samples"),
        *(
            heading
            for name in clusters
            for heading in (
                Heading(f"Clock of {name}", "GHz, median"),
                Heading(f"Cap of {name}", f"GHz, lowest{_of(maxima.get(name))}"),
            )
        ),
        *(Heading(name, "°C, highest") for name in sensors),
        Heading("Battery", "%, last"),
    )
    return Table(
        "Telemetry by launch", headings, tuple(_row(launch, clusters, sensors) for launch in launches)
    )


def _row(launch: LaunchRecord, clusters: Sequence[str], sensors: Sequence[str]) -> tuple[Shown, ...]:
    def cell(name: str, quantity: str, reduce: Callable[[Array], float]) -> Shown:
        if launch.telemetry is None:
            return Shown(DASH, launch.missing["telemetry"])
        values = series_values(launch.telemetry, name, quantity)
        form = "{:.0f}".format if quantity == "battery_percent" else format_significant
        return shown(reduce(values) if values.size else None, form, "not sampled")

    samples = len(launch.telemetry.uptime_ns) if launch.telemetry else 0
    return (
        Shown(str(launch.request.index + 1)),
        Shown(launch.request.model),
        Shown(str(samples)),
        *(
            one
            for name in clusters
            for one in (cell(name, "clock_khz", _median), cell(name, "cap_khz", np.min))
        ),
        *(cell(name, "temperature_millicelsius", np.max) for name in sensors),
        cell("battery", "battery_percent", _last),
    )


def _median(values: Array) -> float:
    return float(np.median(values))


def _last(values: Array) -> float:
    return float(values[-1])


def _of(max_khz: int | None) -> str:
    return "" if max_khz is None else f" of {max_khz / 1e6:.2f}"


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"
