"""A sustained or sparse run says so everywhere, and shows its minutes."""

from dataclasses import replace

import pytest

from harness.results.records import LaunchRecord, Run
from reports.digest import digest_run
from reports.json_summary import summarise_run
from reports.page import render
from reports.sustained_views import sustained_section
from reports.terminal import render_table
from tests.reports.runs import make_phone, make_run, measure

PLAIN = make_run(models=("net", "other"), launches=2)
RUN = replace(PLAIN, plan={**PLAIN.plan, "mode": "sustained", "sustained_minutes": 1.0})
SPARSE = replace(PLAIN, plan={**PLAIN.plan, "mode": "sparse", "measure": {"pause_ms": 250}})


def throttling(launch: LaunchRecord) -> LaunchRecord:
    """20 ms an inference for 24 s, then 30 ms for 36 s."""
    durations_ns = (20_000_000,) * 1200 + (30_000_000,) * 1200
    starts_ns = [10**12]
    for duration_ns in durations_ns[:-1]:
        starts_ns.append(starts_ns[-1] + duration_ns)
    return replace(launch, start_ns=tuple(starts_ns), duration_ns=durations_ns)


LAUNCHES = tuple(throttling(measure(request)) for request in RUN.schedule)


def test_burst_sustained_and_the_time_of_throttling_stand_in_the_table_and_the_json() -> None:
    digest = digest_run(RUN, LAUNCHES)
    section = sustained_section(digest.phones[0], digest, "p")
    assert section
    assert [[shown.text for shown in row][2:6] for row in section.table.rows] == [
        ["20.0", "30.0", "1.50×", "24.0"]
    ] * 2
    assert [len(section.chart.panels), len(section.chart.data.rows)] == [2, 4]
    cells = summarise_run(RUN, LAUNCHES)["sustained"]
    assert [cell["ratio"]["value"] for cell in cells] == [pytest.approx(1.5)] * 2
    assert [cell["throttled_after_s"] for cell in cells] == [24.0] * 2
    assert [course["burst_ns"] for course in cells[0]["courses"]] == [20e6] * 2
    assert cells[0]["missing"]["cap_fell_after_s"] == "telemetry.hertz is 0"


def test_the_terminal_tells_what_the_phone_keeps_up() -> None:
    told = render_table(RUN, LAUNCHES)
    assert (
        "net, 1 thread: 20.0 ms in the burst, 30.0 ms sustained, 1.50×; "
        "throttled after 24.0 s in 2 of 2 launches." in told
    )
    assert "(sustained: 1 minute each launch)" in told


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (RUN, "ustained: 1 minute each launch"),
        (SPARSE, "parse: 250 ms of pause after each inference"),
    ],
)
def test_page_json_and_terminal_say_the_mode(run: Run, words: str) -> None:
    page = render(run, LAUNCHES)
    assert page.count(words) == 3  # above everything, over the verdict and in it
    assert "no number here compares with one that was measured in another mode" in page
    summary = summarise_run(run, LAUNCHES)
    assert summary["mode"]["mode"] == run.plan["mode"]
    assert all(words in verdict["setup"] for verdict in summary["verdicts"])
    assert words in render_table(run, LAUNCHES)


@pytest.mark.parametrize("run", [PLAIN, SPARSE])
def test_other_modes_have_no_minutes(run: Run) -> None:
    digest = digest_run(run, LAUNCHES)
    assert sustained_section(digest.phones[0], digest, "p") is None
    assert summarise_run(run, LAUNCHES)["sustained"] == []
    assert "in the burst" not in render_table(run, LAUNCHES)


def test_an_emulated_phone_has_no_minutes_either() -> None:
    phone = make_phone()
    missing = {name: why for name, why in phone.missing.items() if name != "engine"}
    emulated = replace(RUN, phones=(replace(phone, engine="arm64", is_virtual=True, missing=missing),))
    assert summarise_run(emulated, LAUNCHES)["sustained"] == []


def test_a_burst_is_not_named() -> None:
    assert "another mode" not in render(PLAIN, LAUNCHES)
    assert summarise_run(PLAIN, LAUNCHES)["mode"] == {"mode": "burst", "pause_ms": 0, "minutes": None}
