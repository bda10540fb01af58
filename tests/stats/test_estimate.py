import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.estimate import Estimate, geometric_cv_percent, geometric_mean

LATENCIES = st.lists(st.floats(1e3, 1e10), min_size=2, max_size=30)


def ends(estimate: Estimate) -> tuple[float, float, float]:
    assert estimate.value is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.value, estimate.high


def test_two_values_give_the_interval_worked_out_by_hand() -> None:
    # Logs 0 and 2: mean 1, sd √2, t(1, 0.975) = 12.7062, so the reach is 12.7062.
    low, value, high = ends(geometric_mean([1.0, math.exp(2)]))
    assert value == pytest.approx(math.e)
    assert low == pytest.approx(math.exp(1 - 12.7062), rel=1e-4)
    assert high == pytest.approx(math.exp(1 + 12.7062), rel=1e-4)


def test_three_values_give_the_interval_worked_out_by_hand() -> None:
    # Logs 0, 1, 2: mean 1, sd 1, t(2, 0.975) = 4.30265, so the reach is 4.30265 / √3.
    low, value, high = ends(geometric_mean([1.0, math.e, math.exp(2)]))
    assert value == pytest.approx(math.e)
    assert math.log(low) == pytest.approx(1 - 4.30265 / math.sqrt(3), rel=1e-5)
    assert math.log(high) == pytest.approx(1 + 4.30265 / math.sqrt(3), rel=1e-5)


@given(LATENCIES)
def test_the_interval_holds_the_estimate(values: list[float]) -> None:
    low, value, high = ends(geometric_mean(values))
    assert low <= value <= high
    assert min(values) * (1 - 1e-9) <= value <= max(values) * (1 + 1e-9)


@given(LATENCIES, st.floats(1e-3, 1e3))
def test_another_unit_changes_nothing_but_the_unit(values: list[float], factor: float) -> None:
    before = np.array(ends(geometric_mean(values)))
    after = np.array(ends(geometric_mean([value * factor for value in values])))
    np.testing.assert_allclose(np.log(after), np.log(before) + math.log(factor), atol=1e-6)
    np.testing.assert_allclose(ends(geometric_mean(values).scaled(factor)), before * factor)


@given(LATENCIES, st.randoms(use_true_random=False))
def test_the_order_of_launches_does_not_matter(values: list[float], shuffler: random.Random) -> None:
    shuffled = list(values)
    shuffler.shuffle(shuffled)
    np.testing.assert_allclose(
        np.log(ends(geometric_mean(shuffled))), np.log(ends(geometric_mean(values))), atol=1e-6
    )


@pytest.mark.parametrize("launches", [3, 10])
def test_the_interval_covers_the_truth_in_95_of_100_experiments(launches: int) -> None:
    draws = np.random.default_rng(7).normal(math.log(6e6), 0.03, size=(3000, launches))
    covered = [geometric_mean(np.exp(experiment)).includes(6e6) for experiment in draws]
    assert 0.93 <= np.mean(covered) <= 0.97


def test_one_launch_gives_a_value_and_the_reason_for_no_interval() -> None:
    estimate = geometric_mean([6e6])
    assert estimate.value == pytest.approx(6e6)
    assert (estimate.low, estimate.high, estimate.includes(6e6)) == (None, None, None)
    assert "at least 2 launches" in estimate.missing["low"]


def test_no_launch_gives_the_callers_reason_and_no_zero() -> None:
    estimate = geometric_mean([], nothing="every launch crashed")
    assert (estimate.count, estimate.value) == (0, None)
    assert set(estimate.missing.values()) == {"every launch crashed"}


def test_a_log_spread_of_3_percent_reads_as_3_percent() -> None:
    assert geometric_cv_percent(0.03**2) == pytest.approx(3.0, rel=1e-3)
    assert geometric_cv_percent(1.0) == pytest.approx(131.08, rel=1e-4)
