"""Two runs beside each other: what both measured, and each reason why they may not be compared."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from harness.measure.plan_sections import Compare
from harness.results.records import Artifact, LaunchRecord, Run
from harness.stats.two_runs import NOT_INTERLEAVED, Measured, compare_two_runs, matches, obstacles
from tests.reports.runs import make_phone, make_run, measure

IDS = count()


def measured(*models: str, threads: Sequence[int] = (1,), **of_runner: Any) -> Measured:
    """A run of its own with ten launches a cell, whose runner is changed so."""
    run = replace(make_run(models=models, launches=10, threads=tuple(threads)), run_id=str(next(IDS)))
    return Measured(run, [by_runner(measure(one, samples=20), **of_runner) for one in run.schedule])


def by_runner(launch: LaunchRecord, **change: Any) -> LaunchRecord:
    assert launch.runner
    return replace(launch, runner=replace(launch.runner, **change))


def with_artifacts(run: Run, *artifacts: Artifact) -> Run:
    return replace(run, artifacts=artifacts)


def test_runs_that_were_measured_alike_may_be_compared() -> None:
    assert obstacles(measured("net"), measured("net")) == ()


@pytest.mark.parametrize(
    ("of_runner", "said"),
    [
        (
            {"runtime": "executorch 1.0"},
            "the runtime on Google Pixel 7 is pytorch_mobile 2.1.0 and executorch 1.0",
        ),
        ({"version": "0.2.0"}, "the runner on Google Pixel 7 is 0.1.0 and 0.2.0"),
        ({"abi": "armeabi-v7a"}, "the ABI on Google Pixel 7 is arm64-v8a and armeabi-v7a"),
    ],
)
def test_what_ran_the_models_must_be_the_same(of_runner: dict[str, str], said: str) -> None:
    assert obstacles(measured("net"), measured("net", **of_runner)) == (said,)


def test_a_run_is_not_compared_with_its_copy() -> None:
    one = measured("net")
    assert obstacles(one, one) == ("both are the same run",)


def test_another_engine_of_one_virtual_phone_is_named() -> None:
    lite, android = (
        replace(one, run=replace(one.run, phones=(make_phone(is_virtual=True, engine=engine),)))
        for one, engine in ((measured("net"), "lite"), (measured("net"), "android"))
    )
    (said,) = obstacles(lite, android)
    assert said.endswith("is lite and android")


def test_runs_that_share_nothing_say_what_each_has() -> None:
    assert obstacles(measured("net"), measured("net", threads=[2])) == (
        "no thread count is in both: 1 and 2",
    )
    assert obstacles(measured("a", "b"), measured("c", "d")) == ("no model is in both: a, b and c, d",)


def test_models_are_matched_by_name_and_an_only_one_whatever_its_name() -> None:
    several = matches(measured("a", "b").run, measured("b", "c").run)
    assert [(one.baseline.model, one.candidate.model) for one in several] == [("b", "b")]
    renamed = matches(measured("old").run, measured("new").run)
    assert [(one.baseline.model, one.candidate.model) for one in renamed] == [("old", "new")]


def test_of_two_files_of_a_network_the_one_that_was_made_ready_alike_is_compared() -> None:
    run = make_run(models=("net", "net2"), launches=1)
    small, plain = (replace(one, model="net") for one in run.artifacts)
    small = replace(small, precision="int8")
    before, now = with_artifacts(run, small, plain), with_artifacts(run, plain, small)
    pairs = {(one.baseline.precision, one.candidate.precision) for one in matches(before, now)}
    assert pairs == {("float32", "float32"), ("int8", "int8")}


def test_each_thread_count_has_its_answers_and_a_file_its_size_once() -> None:
    wanted = Compare(metrics=("steady", "load"))
    both = measured("net", threads=[1, 2]), measured("net", threads=[1, 2])
    answered = compare_two_runs(*both, wanted)
    told = [(one.match.threads, one.verdict.metric) for one in answered]
    assert told == [(1, "steady"), (1, "load"), (2, "steady"), (2, "load"), (1, "size")]
    assert all(one.verdict.ratio.value == pytest.approx(1) for one in answered)
    assert all(NOT_INTERLEAVED in one.verdict.findings for one in answered if one.question)
