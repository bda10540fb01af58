import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.special import ndtr, stdtrit

from harness.stats.difference import Floats, bootstrap_interval, paired, unpaired

LOG_RATIOS = arrays(
    np.float64,
    st.integers(2, 12),
    elements=st.floats(-0.5, 0.5, allow_subnormal=False).map(lambda x: round(x, 4)),
)


def launches(count: int, *, seed: int, slower: float = 1.0, sd: float = 0.03) -> Floats:
    return 5e6 * slower * np.exp(np.random.default_rng(seed).normal(0, sd, count))


def test_pairs_are_judged_as_scipys_paired_t_test_judges_their_logarithms() -> None:
    candidate, baseline = launches(12, seed=1, slower=1.02), launches(12, seed=2)
    expected = stats.ttest_rel(np.log(candidate), np.log(baseline))
    interval = expected.confidence_interval(0.98)
    found = paired(np.log(candidate / baseline))
    assert found.p() == pytest.approx(expected.pvalue)
    assert found.freedom == expected.df
    assert found.mean - found.reach(0.02) == pytest.approx(interval.low)
    assert found.mean + found.reach(0.02) == pytest.approx(interval.high)


@pytest.mark.parametrize(("more", "fewer"), [(15, 8), (8, 15)])
def test_unpaired_launches_are_judged_as_scipys_welch_test_judges_their_logarithms(
    more: int, fewer: int
) -> None:
    candidate, baseline = launches(more, seed=3, slower=1.02), launches(fewer, seed=4, sd=0.01)
    expected = stats.ttest_ind(np.log(candidate), np.log(baseline), equal_var=False)
    interval = expected.confidence_interval(0.95)
    found = unpaired(candidate, baseline)
    assert found.count == 8
    assert found.p() == pytest.approx(expected.pvalue)
    assert found.freedom == pytest.approx(expected.df)
    assert found.mean - found.reach(0.05) == pytest.approx(interval.low)
    assert found.mean + found.reach(0.05) == pytest.approx(interval.high)


def test_no_p_value_is_smaller_than_the_chance_that_all_launches_of_one_model_are_slower() -> None:
    alike = np.full(6, 0.4)
    assert paired(alike).p() == pytest.approx(2 / 924)
    assert paired(alike + 1e-9 * np.arange(6)).p() == pytest.approx(2 / 924)
    assert unpaired(np.full(6, 3.0), np.full(9, 2.0)).p() == pytest.approx(2 / 924)


def test_models_of_which_every_launch_agrees_do_not_differ() -> None:
    found = paired(np.zeros(6))
    assert found.mean == found.standard_error == 0
    assert found.p() == 1


@pytest.mark.parametrize("known", [0, 1])
def test_fewer_than_two_pairs_tell_no_spread_and_no_difference(known: int) -> None:
    log_ratios = np.full(5, np.nan)
    log_ratios[:known] = 0.2
    found = paired(log_ratios)
    assert found.count == known
    assert np.isnan(found.standard_error)
    assert np.isnan(found.reach(0.05))
    assert found.p() == 1


@pytest.mark.parametrize(("above", "below"), [(0, 0), (0, 5), (1, 5), (5, 1)])
def test_fewer_than_two_launches_of_either_run_tell_none(above: int, below: int) -> None:
    found = unpaired(launches(above, seed=5), launches(below, seed=6))
    assert found.count == min(above, below)
    assert np.isnan(found.standard_error)
    assert found.p() == 1


@settings(max_examples=40)
@given(log_ratios=LOG_RATIOS, shift=st.floats(-1, 1))
def test_a_shift_of_all_pairs_shifts_the_mean_alone(log_ratios: Floats, shift: float) -> None:
    before, after = paired(log_ratios), paired(log_ratios + shift)
    assert after.mean == pytest.approx(before.mean + shift, abs=1e-12)
    assert after.standard_error == pytest.approx(before.standard_error, abs=1e-12)


@settings(max_examples=40)
@given(log_ratios=LOG_RATIOS)
def test_swapping_the_models_changes_the_sign_alone(log_ratios: Floats) -> None:
    before, after = paired(log_ratios), paired(-log_ratios)
    assert after.mean == -before.mean
    assert after.standard_error == pytest.approx(before.standard_error, abs=1e-15)
    assert after.p() == pytest.approx(before.p())


@settings(max_examples=40)
@given(
    log_ratios=LOG_RATIOS,
    places=st.lists(st.integers(0, 12), max_size=6),
    reason=st.sampled_from([np.nan, np.inf]),
)
def test_lacking_pairs_are_as_if_they_had_not_been_planned(
    log_ratios: Floats, places: list[int], reason: float
) -> None:
    with_gaps = np.insert(log_ratios, [min(place, log_ratios.size) for place in places], reason)
    found, expected = paired(with_gaps), paired(log_ratios)
    assert found.count == expected.count == log_ratios.size
    assert found.mean == pytest.approx(expected.mean, abs=1e-12)
    assert found.standard_error == pytest.approx(expected.standard_error, abs=1e-12)


def test_many_cells_at_once_are_each_judged_by_itself() -> None:
    table = np.random.default_rng(7).normal(0.01, 0.04, (3, 4, 9))
    table[1, 2, 3:5] = np.nan
    together, alone = paired(table), paired(table[1, 2])
    assert together.p().shape == (3, 4)
    assert together.p()[1, 2] == pytest.approx(alone.p())
    assert together.reach(0.01)[1, 2] == pytest.approx(alone.reach(0.01))


@pytest.mark.parametrize("count", [10, 30])
def test_the_bootstrap_interval_is_scipys_at_the_expanded_level(count: int) -> None:
    log_ratios = np.random.default_rng(8).gamma(2.0, 0.02, count)
    tail = float(ndtr(np.sqrt(count / (count - 1)) * stdtrit(count - 1, 0.025)))
    expected = stats.bootstrap(
        (log_ratios,),
        np.mean,
        confidence_level=1 - 2 * tail,
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(9),
    ).confidence_interval
    width = expected.high - expected.low
    assert bootstrap_interval(log_ratios, 0.05) == pytest.approx(expected, abs=0.05 * width)


def test_of_normal_figures_the_bootstrap_interval_is_about_students() -> None:
    quantiles = stats.norm.ppf((np.arange(20) + 0.5) / 20)
    low, high = bootstrap_interval(quantiles, 0.05)
    assert (low, high) == pytest.approx(
        (-float(paired(quantiles).reach(0.05)), float(paired(quantiles).reach(0.05))), rel=0.08
    )


def test_the_bootstrap_interval_of_the_same_pairs_is_the_same_again() -> None:
    log_ratios = launches(9, seed=10)
    assert bootstrap_interval(log_ratios, 0.05) == bootstrap_interval(log_ratios.copy(), 0.05)
    assert bootstrap_interval(np.full(4, 0.25), 0.05) == pytest.approx((0.25, 0.25))
