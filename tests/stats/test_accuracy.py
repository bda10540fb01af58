from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.accuracy import difference, settled_evaluations, share, top1
from tests.reports.paper_runs import DIGITS, evaluation, failed_evaluation
from tests.reports.runs import make_artifact, make_phone

PHONE = make_phone()
NET = make_artifact(0, "net")


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_is_wilsons(right: int, of: int, low: float, high: float) -> None:
    # 81 of 263: Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I, method 3.
    found = share(right, of)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(
    ("first", "second", "value", "low", "high"),
    [
        ((56, 70), (48, 80), 0.2, 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.6, 0.1705, 0.8090),
        ((10, 10), (0, 20), 1.0, 0.6791, 1.0),
    ],
)
def test_the_interval_of_a_difference_is_newcombes_tenth(
    first: tuple[int, int], second: tuple[int, int], value: float, low: float, high: float
) -> None:
    # Newcombe, Interval estimation for the difference between independent proportions, 1998, table II.
    found = difference(share(*first), share(*second))
    assert found.value == pytest.approx(value)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(st.integers(1, 100_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_a_share_lies_within_its_interval_and_that_within_0_and_1(pair: tuple[int, int]) -> None:
    found = share(*pair)
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(("right", "of"), [(3, 2), (-1, 2), (0, 0)])
def test_what_is_no_share_is_refused(right: int, of: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        share(right, of)


def test_a_damaged_record_gives_a_reason_and_no_accuracy() -> None:
    damaged = replace(evaluation(NET, PHONE, 7), data=replace(DIGITS, images=5))
    assert top1(damaged) == (None, "7 of 5 is no share")


def test_a_failed_evaluation_is_no_accuracy_of_zero() -> None:
    assert top1(failed_evaluation(NET, PHONE)) == (None, "crashed")


def test_a_later_success_counts_and_a_later_failure_does_not() -> None:
    failed, good, better = (
        failed_evaluation(NET, PHONE),
        evaluation(NET, PHONE, 400),
        evaluation(NET, PHONE, 401),
    )
    assert settled_evaluations([failed, good, better, failed]) == (better,)
    assert settled_evaluations([failed]) == (failed,)
    other = evaluation(NET, PHONE, 3, data=replace(DIGITS, sha256="ee" * 32, name="letters"))
    assert settled_evaluations([good, other]) == (good, other)
