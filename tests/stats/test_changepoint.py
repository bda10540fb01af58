from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.steady_phase import CHANGES, courses, seconds_for, shares, simulate, with_change
from harness.stats.changepoint import steady_course

SERIES = 200
HALF = (1_000_000,) * 60 + (1_100_000,) * 60


@pytest.mark.parametrize(("iterations", "correlation"), list(product((50, 200, 2000), (0.0, 0.5))))
def test_at_most_one_in_a_hundred_launches_without_a_change_shows_one(
    iterations: int, correlation: float
) -> None:
    logs = simulate(np.random.default_rng(7), SERIES, iterations, correlation)
    assert shares(logs)["steady"] >= 0.99


@pytest.mark.parametrize("change", [name for name in CHANGES if name.startswith("+5 %")])
@pytest.mark.parametrize(("iterations", "correlation"), list(product((200, 1000), (0.0, 0.5))))
def test_five_percent_for_a_fifth_of_the_phase_is_found_wherever_it_is(
    iterations: int, correlation: float, change: str
) -> None:
    logs = simulate(np.random.default_rng(8), 100, iterations, correlation)
    assert shares(with_change(logs, change))["stepped"] >= 0.95


def test_a_step_is_placed_to_a_few_iterations_and_measured_to_half_a_percent() -> None:
    logs = simulate(np.random.default_rng(9), 100, 1000, 0.3)
    found = courses(with_change(logs, "+12 % in the last half"))
    assert {len(course.changes) for course in found} == {1}
    [changes] = zip(*(course.changes for course in found), strict=True)
    assert np.median([abs(change.index - 500) for change in changes]) <= 2
    assert all(abs(change.index - 500) < 25 for change in changes)
    assert all(abs(change.relative - 0.12) < 0.005 for change in changes)


@pytest.mark.parametrize(("change", "iterations"), [("drift of 6 %", 1000), ("drift of 20 %", 50)])
def test_a_slow_drift_is_told_from_steps(change: str, iterations: int) -> None:
    logs = simulate(np.random.default_rng(10), 100, iterations, 0.3)
    assert shares(with_change(logs, change))["drifting"] >= 0.95


def test_the_ends_of_a_drift_are_those_of_its_line() -> None:
    durations = np.geomspace(1e6, 1.2e6, 400)
    course = steady_course(range(400), durations.tolist())
    assert (course.shape, course.changes) == ("drifting", ())
    assert course.levels_ns == pytest.approx((1e6, 1.2e6), rel=0.002)
    assert course.extent == pytest.approx(0.2, abs=0.003)


def test_throttling_that_passes_gives_three_levels() -> None:
    durations = (1_000_000,) * 100 + (1_500_000,) * 60 + (1_000_000,) * 100
    course = steady_course(range(10, 270), durations)
    assert [change.index for change in course.changes] == [100, 160]
    assert course.levels_ns == pytest.approx((1e6, 1.5e6, 1e6))
    assert course.extent == pytest.approx(0.5)


def test_a_level_that_goes_to_and_fro_is_followed() -> None:
    """As of a phone whose governor throttles and lets go, again and again; no single step explains much."""
    at = np.arange(1000)
    logs = simulate(np.random.default_rng(11), 20, 1000, 0.3) + np.log(1.3) * (at // 125 % 2)
    for course in courses(logs):
        places = [change.index for change in course.changes]
        assert places == pytest.approx(range(125, 1000, 125), abs=3)


def test_a_change_says_where_when_and_how_much_even_if_the_timer_is_coarse() -> None:
    starts = range(5_000, 5_000 + 120)
    (change,) = steady_course(starts, HALF).changes
    assert (change.index, change.start_ns) == (60, 5_060)
    assert change.relative == pytest.approx(0.1)


def test_equal_durations_are_one_level() -> None:
    course = steady_course(range(100), (700_000,) * 100)
    assert course.shape == "steady"
    assert course.levels_ns == pytest.approx((700_000,))


def test_a_burst_shorter_than_a_level_is_none() -> None:
    durations = np.full(1000, 1e6)
    durations[400:430] *= 1.5
    assert steady_course(range(1000), durations.tolist()).shape == "steady"


def test_a_change_too_small_to_matter_is_left_alone() -> None:
    durations = (1_000_000,) * 500 + (1_015_000,) * 500
    assert steady_course(range(1000), durations).shape == "steady"


def test_of_a_short_phase_nothing_is_said() -> None:
    course = steady_course(range(49), HALF[36:85])
    assert (course.shape, course.changes) == ("too short", ())
    assert steady_course((0,), (5,)).levels_ns == pytest.approx((5,))


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=400))
def test_any_durations_give_levels_that_fit_the_changes(durations: list[int]) -> None:
    course = steady_course(range(len(durations)), durations)
    places = [change.index for change in course.changes]
    assert places == sorted(set(places))
    assert all(0 < place < len(durations) for place in places)
    assert len(course.levels_ns) == (2 if course.shape == "drifting" else len(places) + 1)
    assert course.extent >= 0


def test_looking_into_hundreds_of_launches_takes_a_fraction_of_a_second() -> None:
    """0.2 s on a core of its own; here it shares one."""
    assert min(seconds_for(200, 1000, None) for _ in range(3)) < 0.2
