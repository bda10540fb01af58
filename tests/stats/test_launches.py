from dataclasses import replace

import numpy as np
import pytest

from harness.results.records import LaunchRecord, MemorySample, OutputProof
from harness.stats.launches import output_error, peak_memory_kib, reduce_launch, unusable_reason
from tests.reports.runs import WRONG_OUTPUT, fail, make_run, measure


def launch() -> LaunchRecord:
    return measure(make_run(models=("net",), launches=1).schedule[0])


def sample(phase: str = "steady", **kib: int) -> MemorySample:
    names = ("rss_kib", "swap_kib", "hwm_kib", "pss_kib", "native_heap_kib", "java_heap_kib")
    values = {name: kib.get(name.removesuffix("_kib")) for name in names}
    denied = {name: "denied" for name in names if values[name] is None}
    return MemorySample(t_ns=0, phase=phase, **values, missing=denied)


def test_median_and_percentile_are_those_of_the_steady_iterations() -> None:
    durations = tuple(range(1_000_000, 1_000_101))
    figures = reduce_launch(replace(launch(), duration_ns=durations))
    assert (figures.median_ns, figures.p95_ns) == (1_000_050, 1_000_095)
    assert figures.log_variance == pytest.approx(np.log(durations).var(ddof=1))


def test_a_crashed_launch_is_not_usable() -> None:
    assert unusable_reason(fail(launch())) == "crashed"


def test_a_launch_with_an_invalid_finding_is_not_usable_however_it_ended() -> None:
    wrong = replace(launch(), findings=(WRONG_OUTPUT,))
    assert wrong.outcome == "ok"
    assert unusable_reason(wrong) == "wrong_output"


@pytest.mark.parametrize("durations", [(), (5_000_000, 0), (5_000_000, -3)])
def test_impossible_durations_are_left_out_instead_of_averaged(durations: tuple[int, ...]) -> None:
    assert unusable_reason(replace(launch(), duration_ns=durations)) is not None


def test_peak_memory_counts_swap_and_the_high_water_mark() -> None:
    assert peak_memory_kib((sample(rss=100, swap=30, hwm=120), sample(rss=90, swap=0, hwm=120))) == 130
    assert peak_memory_kib((sample(rss=100, swap=0, hwm=140),)) == 140
    assert peak_memory_kib((sample(hwm=140),)) == 140
    assert peak_memory_kib((sample(rss=100),)) == 100


def test_memory_that_nobody_read_is_none_with_a_reason_and_not_zero() -> None:
    figures = reduce_launch(replace(launch(), memory=(sample(),)))
    assert figures.peak_kib is None
    assert figures.missing["peak_kib"]


def test_the_peak_above_start_is_counted_from_the_first_reading_before_the_model() -> None:
    trace = (sample("start", rss=50, swap=10), sample("loaded", rss=90), sample(rss=100, swap=30, hwm=120))
    assert reduce_launch(replace(launch(), memory=trace)).peak_above_start_kib == 70


def test_without_a_reading_before_the_model_there_is_no_peak_above_it() -> None:
    figures = reduce_launch(replace(launch(), memory=(sample(rss=100, swap=0, hwm=120),)))
    assert (figures.peak_kib, figures.peak_above_start_kib) == (120, None)
    assert "before the model" in figures.missing["peak_above_start_kib"]


def test_an_output_error_that_is_no_number_is_none_with_its_reason() -> None:
    proof = OutputProof(sha256="00" * 32, shape=(1, 10), argmax=0, relative_error=float("nan"))
    assert output_error(replace(launch(), output=proof)) == (None, "the output is not finite (nan)")


def test_a_single_iteration_has_no_spread() -> None:
    figures = reduce_launch(replace(launch(), duration_ns=(6_000_000,), start_ns=(0,)))
    assert figures.log_variance is None
    assert figures.missing["log_variance"]
