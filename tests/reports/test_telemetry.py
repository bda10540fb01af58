"""Telemetry on the page: lines with few points that hide no cap, a table of all samples, reasons for none."""

from dataclasses import replace

import numpy as np
import pytest

from harness.results.records import TelemetrySeries
from reports.chart_views import Chart
from reports.json_summary import summarise_run
from reports.page import render
from reports.shown import DASH, Shown
from reports.telemetry_charts import telemetry_chart
from reports.telemetry_curves import POINTS, phone_telemetry
from tests.reports.runs import fail, make_phone, make_run, measure, watched

RUN = make_run(models=("net",), launches=4)
PHONE = make_phone()
LAUNCHES = tuple(watched(measure(request)) for request in RUN.schedule)


def chart(*launches: object) -> Chart:
    drawn = telemetry_chart(PHONE, "Pixel 7", launches, "p")  # type: ignore[arg-type]
    assert isinstance(drawn, Chart)
    return drawn


def test_a_cap_is_named_above_its_picture() -> None:
    assert [panel.value for panel in chart(*LAUNCHES).panels] == [
        "never capped below its 2.85 GHz",
        "at most 44.5 °C",
    ]
    capped = chart(*LAUNCHES[:3], watched(LAUNCHES[3], cap_khz=1_800_000))
    assert capped.panels[0].value == "capped down to 1.80 of 2.85 GHz"


def test_launches_stand_where_they_began_with_a_break_between() -> None:
    telemetry = phone_telemetry(PHONE, LAUNCHES)
    assert telemetry
    clock = telemetry.clusters[0].clock
    assert clock
    assert np.isnan(clock.values).sum() == len(LAUNCHES)
    assert clock.minutes[0] == 0
    # The second launch begins 5 s after the first; its samples follow every 250 ms.
    second = clock.minutes[11 + 1 : 11 + 3] * 60
    np.testing.assert_allclose(second, [5.0, 5.25])


def test_thinning_keeps_the_picture_small_and_every_cap() -> None:
    run = make_run(models=("net",), launches=900)
    launches = [watched(measure(request, samples=2)) for request in run.schedule]
    launches[500] = watched(launches[500], cap_khz=900_000)
    telemetry = phone_telemetry(PHONE, launches)
    assert telemetry
    (cluster,) = telemetry.clusters
    assert cluster.clock
    assert cluster.cap
    points = sum(line.values.size for line in (cluster.clock, cluster.cap, telemetry.sensors[0].line))
    assert points <= POINTS
    assert telemetry.is_thinned
    assert cluster.lowest_cap_ghz == pytest.approx(0.9)
    assert np.nanmin(cluster.cap.values) == pytest.approx(0.9)


def test_the_table_has_every_launch_and_says_why_one_has_no_telemetry() -> None:
    table = chart(*LAUNCHES[:2], measure(RUN.schedule[2])).data
    assert [head.label for head in table.headings] == [
        "Launch", "Model", "Samples", "Clock of cpu4", "Cap of cpu4", "cpu-1-3-usr", "Battery"
    ]  # fmt: skip
    # Clocks 2.40, 2.43, … 2.73 GHz without the sixth, 2.55: the middle one of eleven is 2.58.
    assert [shown.text for shown in table.rows[0]] == ["1", "net", "12", "2.58", "2.85", "44.3", "83"]
    assert table.rows[2][3] == Shown(DASH, "telemetry.hertz is 0")


def test_a_run_without_telemetry_says_why() -> None:
    plain = [measure(request) for request in RUN.schedule]
    assert '<p class="note">None: telemetry.hertz is 0.</p>' in render(RUN, plain)
    assert telemetry_chart(PHONE, "Pixel 7", [], "p") == "no launch was measured"


def test_a_series_without_any_reading_is_not_drawn() -> None:
    (first,) = LAUNCHES[:1]
    assert first.telemetry
    dead = TelemetrySeries(name="gpu", quantity="temperature_millicelsius", values=(None,) * 12)
    telemetry = replace(first.telemetry, series=(*first.telemetry.series, dead))
    drawn = phone_telemetry(PHONE, [replace(first, telemetry=telemetry), fail(LAUNCHES[1])])
    assert drawn
    assert [sensor.name for sensor in drawn.sensors] == ["cpu-1-3-usr"]


def test_the_summary_has_the_range_of_each_series() -> None:
    launch = summarise_run(RUN, LAUNCHES)["launches"][0]
    assert launch["telemetry"][0] == {
        "name": "cpu4", "quantity": "clock_khz", "samples": 11, "failed": 1,
        "lowest": 2_400_000, "median": 2_580_000, "highest": 2_730_000, "missing": {},
    }  # fmt: skip
    assert launch["readiness"]["checks"][1]["state"] == "waited"
