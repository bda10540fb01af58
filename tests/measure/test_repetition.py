"""Which failed launches are run again."""

from dataclasses import replace

import pytest

from harness.measure.repetition import is_worth_repeating
from harness.results.records import Finding, LaunchRecord, Outcome
from tests.results.records import launch


def failed(outcome: Outcome, *findings: str, attempt: int = 1) -> LaunchRecord:
    found = tuple(Finding(code=code, severity="invalid", message="…") for code in findings)
    return replace(launch(0), outcome=outcome, attempt=attempt, findings=found)


@pytest.mark.parametrize("outcome", ["disconnected", "killed_by_lmk", "anr", "timed_out"])
def test_what_may_pass_by_itself_is_repeated_as_often_as_the_plan_says(outcome: Outcome) -> None:
    assert [is_worth_repeating(failed(outcome, attempt=n), 2) for n in (1, 2, 3)] == [True, True, False]
    assert not is_worth_repeating(failed(outcome), 0)


def test_a_crash_is_tried_once_more_and_no_oftener() -> None:
    assert [is_worth_repeating(failed("crashed", attempt=n), 9) for n in (1, 2)] == [True, False]


@pytest.mark.parametrize("outcome", ["ok", "not_ready", "rejected"])
def test_what_will_not_change_is_not_repeated(outcome: Outcome) -> None:
    assert not is_worth_repeating(failed(outcome), 5)


def test_a_launch_whose_screen_went_off_is_repeated_but_not_one_that_also_computed_wrongly() -> None:
    assert is_worth_repeating(failed("rejected", "screen_off"), 1)
    assert not is_worth_repeating(failed("rejected", "wrong_output"), 1)
    assert not is_worth_repeating(failed("rejected", "screen_off", "wrong_output"), 1)
