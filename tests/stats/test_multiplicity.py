import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import false_discovery_control

from harness.stats.difference import Floats
from harness.stats.multiplicity import adjusted

P_VALUES = arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 1))


@settings(max_examples=40)
@given(p=P_VALUES)
def test_adjusted_p_values_are_those_of_scipy(p: Floats) -> None:
    assert adjusted(p) == pytest.approx(false_discovery_control(p, method="bh"))


@settings(max_examples=40)
@given(p=P_VALUES, elsewhere=st.integers(0, 20))
def test_questions_answered_elsewhere_count_as_if_nothing_were_found_there(p: Floats, elsewhere: int) -> None:
    together = adjusted(np.concatenate([p, np.ones(elsewhere)]))
    assert adjusted(p, p.size + elsewhere) == pytest.approx(together[: p.size])


@settings(max_examples=40)
@given(p=P_VALUES, seed=st.integers(0, 99))
def test_the_order_of_questions_does_not_matter(p: Floats, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(p.size)
    assert adjusted(p[order]) == pytest.approx(adjusted(p)[order])


def test_runs_beside_each_other_are_corrected_each_by_itself() -> None:
    p = np.random.default_rng(0).random((3, 4, 5))
    assert adjusted(p, 9)[2, 1] == pytest.approx(adjusted(p[2, 1], 9))


def test_one_question_needs_no_correction_and_none_gives_none() -> None:
    assert adjusted(np.array([0.03])) == pytest.approx([0.03])
    assert adjusted(np.array([])).size == 0


def test_of_runs_in_which_nothing_differs_hardly_more_than_the_level_reject_anything() -> None:
    p = np.random.default_rng(4).random((20_000, 20))
    assert (adjusted(p) <= 0.02).any(axis=1).mean() == pytest.approx(0.02, abs=0.004)
