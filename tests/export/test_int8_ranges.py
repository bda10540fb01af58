"""Which range of 256 numbers is chosen for values that were seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.export.int8_ranges import HIGHEST, LOWEST, choose_range, rounded


def test_values_that_fill_256_numbers_evenly_keep_all_of_them() -> None:
    steps = np.arange(0, 256, dtype=np.float32) / np.float32(10)
    chosen = choose_range(np.tile(steps, 4))
    assert chosen.zero_point == LOWEST
    assert chosen.scale == pytest.approx(0.1)


def test_a_range_is_as_lopsided_as_its_values() -> None:
    chosen = choose_range(np.linspace(-1, 4.1, 511, dtype=np.float32))
    assert chosen.scale == pytest.approx(5.1 / 255, rel=0.03)
    assert chosen.zero_point == pytest.approx(-78, abs=2)  # 50 numbers below zero, 205 above


def test_bounds_cut_what_lies_outside() -> None:
    """A ReLU6: nothing is spent on what it cuts away."""
    chosen = choose_range(np.linspace(-20, 20, 401, dtype=np.float32), 0.0, 6.0)
    assert chosen.scale == pytest.approx(6 / 255, rel=0.03)
    assert chosen.zero_point == LOWEST


def test_one_outlier_does_not_take_the_steps_of_all_others() -> None:
    values = np.concatenate([np.linspace(-1, 1, 1_000_000), [3.0]]).astype(np.float32)
    assert choose_range(values).scale < 0.75 * 4 / 255


def test_a_tensor_that_is_always_zero_has_a_range() -> None:
    chosen = choose_range(np.zeros(10, np.float32))
    assert chosen.scale > 0
    assert rounded(np.zeros(1), chosen).tolist() == [0.0]


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=50))
def test_zero_is_always_one_of_the_numbers(values: list[float]) -> None:
    chosen = choose_range(np.array(values, np.float32))
    assert LOWEST <= chosen.zero_point <= HIGHEST
    assert rounded(np.zeros(1), chosen).tolist() == [0.0]


@given(st.lists(st.floats(-100, 100, width=32), min_size=2, max_size=50))
def test_no_value_is_off_by_more_than_what_the_cut_takes(values: list[float]) -> None:
    array = np.array(values, np.float64)
    low, high = min(0.0, array.min()), max(0.0, array.max())
    error = np.abs(rounded(array, choose_range(array.astype(np.float32))) - array)
    assert error.max() <= 0.7 * max(-low, high) + (high - low) / 255 + 1e-6
