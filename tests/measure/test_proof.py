"""Whether an output is right."""

from dataclasses import replace

import numpy as np
import pytest

from harness.errors import ContractViolation
from harness.measure.proof import prove
from tests.measure.streams import VALUES, output

REFERENCE = VALUES.astype(np.float64)


def test_the_right_output_has_no_error() -> None:
    proof = prove(output(), REFERENCE)
    assert proof.relative_error == 0
    assert proof.argmax == 2


def test_the_error_is_relative_to_the_largest_value() -> None:
    proof = prove(output(), REFERENCE + np.array([[0, 0.5, 0]]))
    assert proof.relative_error == pytest.approx(0.5 / 4)


def test_values_that_are_not_finite_are_no_number_but_a_reason() -> None:
    proof = prove(output(np.array([[1.0, np.nan, 2.0]])), REFERENCE)
    assert proof.relative_error is None
    assert "not finite" in proof.missing["relative_error"]


def test_another_shape_is_a_reason() -> None:
    proof = prove(output(VALUES[:, :2]), REFERENCE)
    assert proof.relative_error is None
    assert "shape" in proof.missing["relative_error"]


@pytest.mark.parametrize("values", ["????", "AAAA"])
def test_data_that_does_not_fit_the_stated_shape_breaks_the_contract(values: str) -> None:
    with pytest.raises(ContractViolation, match="no float32 data"):
        prove(replace(output(), values_f32=values), REFERENCE)
