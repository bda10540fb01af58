"""A phone whose processor is emulated: what it computed counts, what it took does not."""

from dataclasses import replace

import pytest

from harness.results.records import Run
from harness.stats.headline import by_latency, headline
from harness.stats.ratio import paired_ratio
from harness.stats.summary import CellSummary, summarise
from tests.reports.runs import WRONG_OUTPUT, fail, make_phone, make_run, measure

PHONE = make_phone(is_virtual=True, engine="arm64")
TIMES = ("load_ns", "first_ns", "launch_cv_percent", "iteration_cv_percent")
MEMORY = ("peak_kib", "peak_above_start_kib")


def emulated_run(launches: int = 3) -> Run:
    return make_run(models=("one", "two"), phones=(PHONE,), launches=launches)


def cells_of(run: Run) -> tuple[CellSummary, ...]:
    return summarise(run, [measure(request) for request in run.schedule])


@pytest.mark.parametrize("name", TIMES)
def test_no_time_of_it_is_a_figure_and_the_reason_is_given(name: str) -> None:
    for cell in cells_of(emulated_run()):
        assert getattr(cell, name) is None
        assert cell.missing[name] == "emulated: no latency"
        assert cell.latency_ns.value is cell.p95_ns.value is None
        assert cell.latency_ns.missing["value"] == cell.p95_ns.missing["value"] == "emulated: no latency"


@pytest.mark.parametrize("name", MEMORY)
def test_no_memory_of_it_is_a_figure_as_the_process_is_the_emulator(name: str) -> None:
    for cell in cells_of(emulated_run()):
        assert getattr(cell, name) is None
        assert cell.missing[name] == "emulated: not the phone's"


def test_its_launches_and_what_they_computed_count() -> None:
    run = emulated_run(launches=4)
    first, second, *others = (measure(request) for request in run.schedule)
    cells = summarise(run, [fail(first), replace(second, findings=(WRONG_OUTPUT,)), *others])
    assert sum(cell.ok for cell in cells) == 6
    assert sum(cell.failed for cell in cells) == 2
    assert [cell.output_error for cell in cells] == [4.2e-7, 4.2e-7]


def test_a_failure_is_the_reason_where_no_launch_ran() -> None:
    run = emulated_run()
    cells = summarise(run, [fail(measure(request)) for request in run.schedule])
    assert {cell.latency_ns.missing["value"] for cell in cells} == {"no usable launch"}


def test_two_of_its_cells_have_no_ratio() -> None:
    one, two = cells_of(emulated_run())
    assert paired_ratio(one.launches, two.launches).value is None


def test_its_verdict_ranks_nothing_and_counts_failures() -> None:
    run = emulated_run()
    launches = [measure(request) for request in run.schedule]
    cells = summarise(run, [fail(launches[0]), *launches[1:]])
    said = headline(PHONE, 1, cells)
    assert by_latency(cells) == []
    assert said.verdict == "Nothing can be said on this virtual phone with 1 thread (emulated: no latency)."
    assert said.caveats == ("5 of 6 planned launches are usable (1 failed or invalid).",)


def test_a_single_launch_of_it_lacks_no_interval() -> None:
    assert headline(PHONE, 1, cells_of(emulated_run(launches=1))).caveats == ()


def test_other_engines_and_phones_keep_their_times() -> None:
    phones = (
        make_phone(1),
        *(make_phone(n, is_virtual=True, engine=e) for n, e in ((2, "android"), (3, "lite"))),
    )
    for cell in cells_of(make_run(models=("one",), phones=phones, launches=2)):
        assert cell.latency_ns.value
        assert cell.peak_kib
