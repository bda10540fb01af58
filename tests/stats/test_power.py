import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats.power import Cell, enough_pairs, forecast, simulate, smallest_difference
from harness.stats.rule import EQUIVALENT, INCONCLUSIVE, REGRESSED, Design

LAUNCH_SD_3_PERCENT = Cell(pair_log_sd=0.0426)
QUIET = Cell(pair_log_sd=0.001)


def test_five_percent_are_found_in_fourteen_pairs_and_fifteen_percent_in_six() -> None:
    """The figures of docs/explanation/method.md for a launch sd of 3 %."""
    five = forecast([LAUNCH_SD_3_PERCENT], 0.05, max_pairs=40)
    assert five.mean_pairs == pytest.approx(13.8, abs=0.3)
    assert five.power == pytest.approx(0.999, abs=0.002)
    fifteen = forecast([LAUNCH_SD_3_PERCENT], 0.15, max_pairs=40)
    assert fifteen.mean_pairs == pytest.approx(6.1, abs=0.1)


def test_models_that_do_not_differ_are_called_equivalent_and_not_found() -> None:
    expected = forecast([LAUNCH_SD_3_PERCENT], 0.0, max_pairs=40, comparisons=1000)
    assert expected.equivalent > 0.94
    assert expected.power < 0.01
    assert expected.pairs_for(0.5) is None


def test_pairs_for_a_share_are_those_by_which_that_share_has_been_found() -> None:
    expected = forecast([LAUNCH_SD_3_PERCENT], 0.05, max_pairs=40, comparisons=1000)
    half, most = expected.pairs_for(0.5), expected.pairs_for(0.95)
    assert half is not None
    assert most is not None
    assert half < expected.mean_pairs + 2 < most
    found = dict(zip(expected.looks, expected.found, strict=True))
    assert found[half] >= 0.5 > found[half - 1]


def test_the_stricter_rule_costs_pairs_and_power() -> None:
    loose, strict = (
        forecast([LAUNCH_SD_3_PERCENT], 0.05, max_pairs=40, strict=strict, comparisons=500)
        for strict in (False, True)
    )
    assert strict.mean_pairs > 1.5 * loose.mean_pairs
    assert strict.power < 0.85 < loose.power


def test_a_spread_of_few_pairs_promises_less_than_one_that_is_known() -> None:
    known = forecast([LAUNCH_SD_3_PERCENT], 0.05, max_pairs=40, comparisons=1000)
    measured = forecast([Cell(pair_log_sd=0.0426, pairs=6)], 0.05, max_pairs=40, comparisons=1000)
    assert measured.power < 0.97 < known.power


def test_the_smallest_difference_is_just_found_and_a_smaller_one_is_not() -> None:
    cells = [LAUNCH_SD_3_PERCENT]
    smallest = smallest_difference(cells, max_pairs=20, power=0.9, comparisons=500)
    assert smallest is not None
    assert forecast(cells, smallest, max_pairs=20, comparisons=500).power >= 0.9
    assert forecast(cells, 0.95 * smallest, max_pairs=20, comparisons=500).power < 0.9


def test_on_a_quiet_phone_the_margin_is_what_limits() -> None:
    smallest = smallest_difference([QUIET], max_pairs=10, comparisons=200)
    assert smallest == pytest.approx(0.03, abs=0.003)
    assert enough_pairs([QUIET], 0.03, max_pairs=40) is None


def test_too_few_pairs_tell_nothing_however_quiet_the_phone() -> None:
    assert smallest_difference([QUIET], max_pairs=4, comparisons=50) is None
    assert forecast([QUIET], 0.5, max_pairs=4, comparisons=50).power == 0


def test_a_phone_without_any_noise_needs_the_fewest_pairs() -> None:
    expected = forecast([Cell(pair_log_sd=0.0)], 0.05, max_pairs=40, comparisons=20)
    assert (expected.mean_pairs, expected.power) == (6, 1)


def test_more_pairs_are_asked_for_where_those_planned_are_not_enough() -> None:
    noisy = [Cell(pair_log_sd=0.07)]
    assert enough_pairs(noisy, 0.20, max_pairs=10, power=0.9, comparisons=200) == 10
    assert enough_pairs(noisy, 0.10, max_pairs=10, power=0.9, comparisons=200) in (15, 20)
    assert enough_pairs(noisy, 0.01, max_pairs=10, comparisons=50) is None


def test_two_metrics_take_longer_than_the_easier_one() -> None:
    both = forecast([QUIET, LAUNCH_SD_3_PERCENT], 0.05, max_pairs=40, comparisons=500)
    easier = forecast([QUIET], 0.05, max_pairs=40, comparisons=500)
    assert both.mean_pairs > easier.mean_pairs + 3


def test_the_same_seed_forecasts_the_same() -> None:
    def ask(seed: int) -> float:
        return forecast([LAUNCH_SD_3_PERCENT], 0.05, max_pairs=20, comparisons=300, seed=seed).mean_pairs

    assert ask(7) == ask(7) != ask(8)


def test_a_simulated_comparison_goes_on_until_each_of_its_cells_is_settled() -> None:
    design = Design.sequential(20, cells=2)
    wave = 0.002 * np.tile((1.0, -1.0), 10)
    slow, equal, unclear = wave + math.log(1.2), wave, 20 * wave + math.log(1.03)
    ended = simulate(np.array([[slow, equal], [slow, unclear]]), design, 0.03)
    assert ended.verdict.tolist() == [[REGRESSED, EQUIVALENT], [REGRESSED, INCONCLUSIVE]]
    assert ended.pairs[0] == 6 < ended.pairs[1]


@settings(max_examples=15)
@given(st.floats(0.005, 0.1), st.floats(0.04, 0.3))
def test_a_larger_difference_is_never_harder_to_find(sd: float, difference: float) -> None:
    cells = [Cell(pair_log_sd=sd)]
    smaller, larger = (
        forecast(cells, one, max_pairs=20, comparisons=200) for one in (difference, 1.5 * difference)
    )
    assert larger.power >= smaller.power - 0.02
