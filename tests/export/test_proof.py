"""The measure of an output's error."""

import math

import numpy as np
import pytest

from harness.export.proof import TOLERANCE, relative_error


def test_the_error_is_relative_to_the_largest_output() -> None:
    assert relative_error(np.array([1.0, -4.5]), np.array([1.0, -5.0])) == pytest.approx(0.1)


@pytest.mark.parametrize("wrong", [[math.nan, 1.0], [math.inf, 1.0], [1.0]])
def test_nan_infinity_and_another_shape_never_pass(wrong: list[float]) -> None:
    assert not relative_error(np.array(wrong), np.array([1.0, 1.0])) <= TOLERANCE


def test_only_zero_equals_an_all_zero_reference() -> None:
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(np.array([0.0, 1e-30, 0.0]), np.zeros(3)) == math.inf
