import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.ratio import paired_ratio
from tests.stats.cells import figures

PAIRS = st.lists(st.tuples(st.floats(1e6, 1e8), st.floats(1e6, 1e8)), min_size=2, max_size=20)


def test_the_ratio_of_pairs_is_the_one_worked_out_by_hand() -> None:
    # Ratios 2 and 8: geometric mean 4.
    ratio = paired_ratio([figures(0, 2e6), figures(1, 8e6)], [figures(0, 1e6), figures(1, 1e6)])
    assert ratio.value == pytest.approx(4)
    assert ratio.count == 2


def test_drift_that_both_share_cancels() -> None:
    drift = np.linspace(1, 2, 10)
    slow = [figures(block, 1.1 * 6e6 * factor) for block, factor in enumerate(drift)]
    fast = [figures(block, 6e6 * factor) for block, factor in enumerate(drift)]
    ratio = paired_ratio(slow, fast)
    assert (ratio.low, ratio.value, ratio.high) == pytest.approx((1.1, 1.1, 1.1))


def test_launches_are_paired_by_block_and_not_by_position() -> None:
    above = [figures(2, 8e6), figures(0, 2e6)]
    below = [figures(0, 1e6), figures(1, 5e6), figures(2, 4e6)]
    ratio = paired_ratio(above, below)
    assert (ratio.count, ratio.value) == (2, pytest.approx(2))


@given(PAIRS)
def test_turning_the_comparison_round_turns_the_ratio_round(pairs: list[tuple[float, float]]) -> None:
    first = [figures(block, pair[0]) for block, pair in enumerate(pairs)]
    second = [figures(block, pair[1]) for block, pair in enumerate(pairs)]
    there, back = paired_ratio(first, second), paired_ratio(second, first)
    assert None not in (there.value, there.low, there.high)
    np.testing.assert_allclose(
        np.log([there.value, there.low, there.high]),
        -np.log([back.value, back.high, back.low]),
        atol=1e-6,
    )


def test_a_single_pair_gives_a_ratio_but_no_interval() -> None:
    ratio = paired_ratio([figures(0, 2e6), figures(1, 2e6)], [figures(0, 1e6)])
    assert ratio.value == pytest.approx(2)
    assert ratio.low is None
    assert "at least 2 pairs of launches, there is 1" in ratio.missing["low"]


def test_without_a_common_block_there_is_no_ratio_and_a_reason() -> None:
    ratio = paired_ratio([figures(0, 2e6)], [figures(1, 1e6)])
    assert ratio.value is None
    assert "no block" in ratio.missing["value"]
