import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from harness.stats.difference import paired
from harness.stats.rule import INTERVAL_SHAPE, TEST_SHAPE, planned_looks
from harness.stats.spending import (
    PAIRS_FOR_THE_SPREAD,
    SMALLEST_LEVEL,
    Boundaries,
    _critical,
    boundaries,
    spent,
)

MAX_PAIRS = 40
LOOKS = planned_looks(MAX_PAIRS)
GRID = boundaries(LOOKS, shape=TEST_SHAPE)
MILLION = 10**6
"""Pairs beside which those for the spread are nothing."""


def critical_at(looks: tuple[int, ...], *, shape: float, level: float) -> NDArray[np.float64]:
    return boundaries(looks, shape=shape, level=level).critical[:, 0]


def of_equal_steps(cumulative: NDArray[np.float64]) -> NDArray[np.float64]:
    """Critical values of equally spaced looks that may have spent so much by each."""
    shares = np.arange(1, cumulative.size + 1) / cumulative.size
    return _critical(shares, np.diff(cumulative, prepend=0.0)[:, None])[:, 0]


@pytest.mark.parametrize(
    ("count", "published"),
    [
        (3, [3.0107, 2.5465, 1.9992]),
        (5, [3.25, 2.99, 2.69, 2.37, 2.03]),
    ],
)
def test_late_spending_has_the_bounds_that_gsdesign_gives_by_default(
    count: int, published: list[float]
) -> None:
    looks = tuple(MILLION * place for place in range(1, count + 1))
    tolerance = 1e-4 if count == 3 else 0.006
    assert critical_at(looks, shape=-4, level=0.05) == pytest.approx(published, abs=tolerance)


def test_the_recursion_gives_the_published_values_of_lan_and_demets() -> None:
    shares = np.arange(1, 6) / 5
    like_pocock = 0.05 * np.log1p((np.e - 1) * shares)
    tails = -ndtri(0.05 / 4) / np.sqrt(shares)
    like_obrien_fleming = 4 * ndtr(-tails)
    assert of_equal_steps(like_pocock) == pytest.approx([2.438, 2.427, 2.410, 2.397, 2.386], abs=6e-4)
    assert of_equal_steps(like_obrien_fleming) == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=6e-4)


@pytest.mark.parametrize("shape", [TEST_SHAPE, INTERVAL_SHAPE])
def test_a_score_with_a_known_spread_crosses_at_each_look_as_often_as_may_be_spent(shape: float) -> None:
    rng = np.random.default_rng(1)
    paths = 10_000
    information = np.array(LOOKS, dtype=np.float64) - PAIRS_FOR_THE_SPREAD
    steps = np.sqrt(np.diff(information, prepend=0.0))
    score = np.cumsum(rng.standard_normal((paths, len(LOOKS))) * steps, axis=1)
    crossed = np.abs(score) / np.sqrt(information) >= critical_at(LOOKS, shape=shape, level=0.05)
    by_look = np.logical_or.accumulate(crossed, axis=1).mean(axis=0)
    may = np.array([spent(look / MAX_PAIRS, 0.05, shape) for look in LOOKS])
    errors = np.sqrt(may * (1 - may) / paths)
    assert np.abs(by_look - may).max() < 4 * errors.max()
    assert by_look[-1] == pytest.approx(0.05, abs=4 * errors[-1])


@pytest.mark.parametrize("shape", [TEST_SHAPE, INTERVAL_SHAPE])
def test_tests_whose_spread_is_estimated_keep_their_level(shape: float) -> None:
    log_ratios = np.random.default_rng(2).standard_normal((10_000, MAX_PAIRS))
    bounds = boundaries(LOOKS, shape=shape, level=0.05)
    rejected = np.zeros(len(log_ratios), dtype=np.bool_)
    for look, pairs in enumerate(LOOKS):
        rejected |= paired(log_ratios[:, :pairs]).p() <= bounds.nominal_p(look)[0]
    assert rejected.mean() == pytest.approx(0.05, rel=0.15)


def test_all_that_may_be_spent_is_spent_at_the_end_and_nothing_before_the_beginning() -> None:
    for shape in (-4.0, -1.0, 0.0, 2.5):
        assert spent(0.0, 0.01, shape) == 0
        assert spent(1.0, 0.01, shape) == pytest.approx(0.01)
    assert spent(0.25, 0.01, 0.0) == pytest.approx(0.0025)
    assert spent(0.25, 0.01, -1.0) < 0.0025 < spent(0.25, 0.01, 2.5)
    assert spent(0.25, 0.01, 1e-9) == pytest.approx(0.0025)


def test_a_single_look_asks_for_the_ordinary_p_value() -> None:
    for pairs in (1, 2, 6, 40):
        once = boundaries((pairs,), shape=TEST_SHAPE, level=0.05)
        assert once.nominal_p(0) == pytest.approx([0.05])
        grid = boundaries((pairs,), shape=TEST_SHAPE)
        assert grid.repeated_p(0, np.array([0.3, 0.05, 1e-4])) == pytest.approx([0.3, 0.05, 1e-4], rel=0.01)


@pytest.mark.parametrize("max_pairs", [7, MAX_PAIRS])
def test_a_repeated_p_value_is_the_level_whose_critical_value_was_just_reached(max_pairs: int) -> None:
    looks = planned_looks(max_pairs)
    grid = boundaries(looks, shape=TEST_SHAPE)
    for level in (0.01, 0.0004):
        asked = boundaries(looks, shape=TEST_SHAPE, level=level)
        for look in range(len(looks)):
            assert grid.repeated_p(look, asked.nominal_p(look)) == pytest.approx([level], rel=0.02)


@settings(max_examples=40)
@given(look=st.integers(0, len(LOOKS) - 1), p=st.lists(st.floats(0, 1), min_size=2, max_size=5))
def test_repeated_p_values_keep_the_order_of_p_values_and_are_never_below_them(
    look: int, p: list[float]
) -> None:
    ordinary = np.sort(p)
    repeated = GRID.repeated_p(look, ordinary)
    assert (np.diff(repeated) >= 0).all()
    assert (repeated >= np.maximum(ordinary, SMALLEST_LEVEL) * (1 - 1e-6)).all()
    assert (repeated <= 1).all()


@pytest.mark.parametrize("max_pairs", [6, MAX_PAIRS, 300])
def test_stricter_levels_ask_for_more_at_every_look(max_pairs: int) -> None:
    found: Boundaries = boundaries(planned_looks(max_pairs), shape=TEST_SHAPE)
    assert np.isfinite(found.critical).all()
    assert (np.diff(found.critical, axis=1) < 0).all()
