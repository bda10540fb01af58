from dataclasses import replace

import numpy as np
import pytest

from harness.results.records import LaunchRecord
from harness.stats.summary import summarise
from tests.reports.runs import WRONG_OUTPUT, fail, make_run, measure, measure_all


def with_median(launch: LaunchRecord, median_ms: float) -> LaunchRecord:
    return replace(launch, duration_ns=(int(median_ms * 1e6),) * 3, start_ns=(0, 1, 2))


def test_latency_is_the_geometric_mean_of_launch_medians() -> None:
    run = make_run(models=("net",), launches=2)
    launches = [with_median(measure(request), ms) for request, ms in zip(run.schedule, (2, 8), strict=True)]
    (cell,) = summarise(run, launches)
    assert cell.latency_ns.value == pytest.approx(4e6)
    assert cell.launch_cv_percent == pytest.approx(100 * np.sqrt(np.expm1(np.log([2, 8]).var(ddof=1))))
    assert cell.iteration_cv_percent == 0


def test_load_and_first_are_medians_over_launches() -> None:
    run = make_run(models=("net",), launches=3)
    launches = [
        replace(measure(request), load_ns=load, first_ns=load * 2)
        for request, load in zip(run.schedule, (10, 1000, 30), strict=True)
    ]
    (cell,) = summarise(run, launches)
    assert (cell.load_ns, cell.first_ns) == (30, 60)


def test_launches_that_failed_or_are_invalid_change_no_figure() -> None:
    run = make_run(models=("net",), launches=6)
    measured = [measure(request) for request in run.schedule]
    spoiled = [
        *measured[:4],
        fail(measured[4]),
        replace(with_median(measured[5], 900), findings=(WRONG_OUTPUT,)),
    ]
    (clean,), (cell,) = summarise(run, measured[:4]), summarise(run, spoiled)
    assert (cell.ok, cell.failed, cell.not_run, cell.planned) == (4, 2, 0, 6)
    assert (cell.latency_ns, cell.peak_kib, cell.load_ns) == (clean.latency_ns, clean.peak_kib, clean.load_ns)


def test_a_launch_that_failed_and_was_repeated_counts_once_and_as_ok() -> None:
    run = make_run(models=("net",), launches=2)
    first, second = (measure(request) for request in run.schedule)
    (cell,) = summarise(run, [fail(first), second, replace(first, attempt=2)])
    assert (cell.ok, cell.failed, cell.attempted, cell.not_run) == (2, 0, 2, 0)


def test_a_launch_that_failed_in_every_attempt_failed_once() -> None:
    run = make_run(models=("net",), launches=2)
    first, second = (measure(request) for request in run.schedule)
    (cell,) = summarise(run, [fail(first), fail(first), second, fail(first)])
    assert (cell.ok, cell.failed, cell.attempted, cell.not_run) == (1, 1, 2, 0)


def test_of_two_good_records_of_one_launch_the_last_counts() -> None:
    run = make_run(models=("net",), launches=1)
    early, late = (with_median(measure(run.schedule[0]), ms) for ms in (2, 8))
    (cell,) = summarise(run, [early, fail(early), late, fail(late)])
    assert (cell.ok, cell.failed) == (1, 0)
    assert cell.latency_ns.value == pytest.approx(8e6)


def test_every_planned_cell_is_there_even_when_nothing_was_measured() -> None:
    run = make_run(threads=(1, 4))
    cells = summarise(run, [])
    assert len(cells) == 10
    for cell in cells:
        assert cell.latency_ns.value is None
        assert cell.missing["peak_kib"] == cell.latency_ns.missing["value"] == "not measured yet"


def test_phones_models_and_thread_counts_are_kept_apart() -> None:
    run = make_run(threads=(1, 4), launches=3)
    cells = summarise(run, [measure(request) for request in run.schedule])
    assert len({cell.key for cell in cells}) == len(cells) == 10
    by_key = {(cell.model, cell.key.threads): cell.latency_ns.value or 0 for cell in cells}
    assert by_key["elnet_1.0", 1] == pytest.approx(6e6, rel=0.1)
    assert by_key["elnet_1.0", 1] / by_key["elnet_1.0", 4] == pytest.approx(4**0.7, rel=0.1)


def test_the_spreads_that_the_noise_was_made_with_come_back() -> None:
    run = make_run(models=("net",), launches=40)
    (cell,) = summarise(run, measure_all(run, samples=200))
    assert cell.launch_cv_percent == pytest.approx(3, rel=0.3)
    assert cell.iteration_cv_percent is not None
    assert 1.5 < cell.iteration_cv_percent < 5
