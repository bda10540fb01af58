import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats.difference import Floats, paired
from harness.stats.power import Outcomes, simulate
from harness.stats.rule import (
    EQUIVALENT,
    FEWEST_PAIRS,
    IMPROVED,
    INCONCLUSIVE,
    REGRESSED,
    Decisions,
    Design,
    decide,
    planned_looks,
)

MARGIN = 0.03
COMPARISONS = 2000
SD = 0.03 * np.sqrt(2)
"""Of the log ratio of two launches that spread by 3 % each."""


def judged(log_ratios: Floats, *, design: Design | None = None, margin: float = MARGIN) -> Decisions:
    """The answers after all these pairs, which are the last unless the design plans more."""
    pairs = log_ratios.shape[-1]
    design = design or Design.sequential(pairs)
    return decide(paired(log_ratios), design, design.looks.index(pairs), margin)


def pairs_around(change: float, *, sd: float = 0.01, count: int = 20) -> Floats:
    """One cell's log ratios with exactly this mean and about this spread."""
    scores = np.resize([-1.0, 1.0], count)
    return np.asarray(np.log1p(change) + sd * scores[None])


def carried_out(
    change: float, *, strict: bool = False, cells: int = 1, max_pairs: int = 40, sd: float = SD
) -> Outcomes:
    """Comparisons that each stop where they are settled; every cell changes as much."""
    rng = np.random.default_rng([round(1000 * change), cells])
    log_ratios = rng.normal(np.log1p(change), sd, (COMPARISONS // cells, cells, max_pairs))
    return simulate(log_ratios, Design.sequential(max_pairs, cells=cells, strict=strict), MARGIN)


@pytest.mark.parametrize(
    ("change", "sd", "verdict"),
    [
        (0.05, 0.01, REGRESSED),
        (-0.05, 0.01, IMPROVED),
        (0.0, 0.01, EQUIVALENT),
        (0.02, 0.001, EQUIVALENT),
        (0.05, 0.1, INCONCLUSIVE),
        (0.03, 0.01, INCONCLUSIVE),
        (0.0, 0.1, INCONCLUSIVE),
    ],
)
def test_the_answer_is_the_one_that_the_numbers_are_made_for(change: float, sd: float, verdict: int) -> None:
    assert judged(pairs_around(change, sd=sd)).verdict == [verdict]


def test_a_sure_difference_within_the_margin_is_equivalent_whatever_its_sign() -> None:
    for change in (0.02, -0.02):
        found = judged(pairs_around(change, sd=0.002))
        assert found.verdict == [EQUIVALENT]
        assert found.adjusted_p < 0.001
        assert not found.low <= 0 <= found.high


def test_the_strict_rule_asks_for_the_whole_interval_beyond_the_margin() -> None:
    log_ratios = pairs_around(0.05, sd=0.06, count=40)
    strict = Design.sequential(40, strict=True)
    assert judged(log_ratios).verdict == [REGRESSED]
    assert judged(log_ratios, design=strict).verdict == [INCONCLUSIVE]
    assert judged(pairs_around(0.08, sd=0.06, count=40), design=strict).verdict == [REGRESSED]
    assert judged(pairs_around(-0.08, sd=0.06, count=40), design=strict).verdict == [IMPROVED]


@pytest.mark.parametrize("change", [0.0, 0.5])
@pytest.mark.parametrize("pairs", [1, 2, 3, 5])
def test_fewer_than_six_pairs_decide_nothing_however_well_they_agree(change: float, pairs: int) -> None:
    alike = np.full((1, pairs), np.log1p(change))
    assert judged(alike, design=Design.fixed(pairs)).verdict == [INCONCLUSIVE]


def test_pairs_that_failed_are_not_counted_among_the_six() -> None:
    log_ratios = np.full((2, 9), 0.0)
    log_ratios[0, 5:] = np.nan
    log_ratios[1, 6:] = np.nan
    assert judged(log_ratios, design=Design.sequential(40)).verdict.tolist() == [INCONCLUSIVE, EQUIVALENT]


def test_six_pairs_that_agree_decide() -> None:
    for change, verdict in ((0.0, EQUIVALENT), (0.5, REGRESSED), (-0.5, IMPROVED)):
        alike = np.full((1, FEWEST_PAIRS), np.log1p(change))
        assert judged(alike, design=Design.sequential(40)).verdict == [verdict]


def test_a_cell_without_any_pair_is_given_up_and_one_with_a_single_pair_is_not() -> None:
    log_ratios = np.full((3, 8), np.nan)
    log_ratios[1, 2] = 0.1
    log_ratios[2] = 0.0
    found = judged(log_ratios, design=Design.sequential(40))
    assert found.verdict.tolist() == [INCONCLUSIVE, INCONCLUSIVE, EQUIVALENT]
    assert found.futile.tolist() == [True, False, False]
    assert np.isnan(found.low[:2]).all()


def test_no_pair_and_no_cell_are_answered_without_complaint() -> None:
    assert judged(np.full((2, 40), np.nan)).verdict.tolist() == [INCONCLUSIVE] * 2
    assert judged(np.empty((0, 6))).verdict.size == 0


def test_what_hardly_can_be_told_is_futile_before_the_end_but_not_at_it() -> None:
    between = pairs_around(0.03, sd=0.001, count=20)
    equal_but_noisy = pairs_around(0.0, sd=0.2, count=20)
    for log_ratios in (between + 0.0001, equal_but_noisy):
        assert not judged(log_ratios).futile.any()
    assert judged(equal_but_noisy, design=Design.sequential(40)).futile.all()
    assert not judged(pairs_around(0.03, sd=0.02), design=Design.sequential(40)).futile.any()


def test_pairs_that_failed_do_not_come_back_to_give_hope() -> None:
    log_ratios = np.full((1, 38), np.nan)
    log_ratios[0, ::2] = pairs_around(0.0, sd=0.055, count=19)
    assert judged(log_ratios, design=Design.sequential(40)).futile.all()
    assert not judged(log_ratios[:, ::2], design=Design.sequential(40)).futile.any()


def test_many_questions_make_each_answer_harder() -> None:
    log_ratios = pairs_around(0.05, sd=0.03, count=15)
    alone, among_many = (judged(log_ratios, design=Design.sequential(40, cells=cells)) for cells in (1, 50))
    assert alone.verdict == [REGRESSED]
    assert among_many.verdict == [INCONCLUSIVE]
    assert among_many.adjusted_p == pytest.approx(50 * alone.adjusted_p)


def test_an_interval_is_never_narrower_than_the_resampled_one_and_changes_the_answer() -> None:
    found = paired(pairs_around(0.0))
    design = Design.sequential(20)
    plain = decide(found, design, design.looks.index(20), MARGIN)
    for low, high in ((-0.05, 0.001), (-0.001, 0.05)):
        wider = decide(
            found, design, design.looks.index(20), MARGIN, resampled=(np.array([low]), np.array([high]))
        )
        assert (wider.low, wider.high) == (min(low, plain.low[0]), max(high, plain.high[0]))
        assert wider.verdict == [INCONCLUSIVE]
    lacking = np.array([np.nan])
    same = decide(found, design, design.looks.index(20), MARGIN, resampled=(lacking, lacking))
    assert (same.low, same.high) == (plain.low, plain.high)


def test_a_margin_of_100_percent_and_more_leaves_no_room_below() -> None:
    log_ratios = np.concatenate([pairs_around(change, sd=0.01) for change in (-0.9, 0.5, 3.0)])
    assert judged(log_ratios, margin=1.5).verdict.tolist() == [EQUIVALENT, EQUIVALENT, REGRESSED]


DESIGN = Design.sequential(20)
LOG_RATIOS = st.lists(st.floats(-0.2, 0.2), min_size=FEWEST_PAIRS, max_size=20)


@settings(max_examples=40)
@given(log_ratios=LOG_RATIOS, unit=st.floats(1e-3, 1e9))
def test_the_unit_of_the_durations_does_not_matter(log_ratios: list[float], unit: float) -> None:
    baseline = 1 + np.arange(len(log_ratios)) / 10
    candidate = baseline * np.exp(log_ratios)
    plain, scaled = (
        judged(np.log(candidate * one / (baseline * one))[None], design=DESIGN) for one in (1.0, unit)
    )
    assert plain.low == pytest.approx(scaled.low, abs=1e-12)
    assert plain.high == pytest.approx(scaled.high, abs=1e-12)


@settings(max_examples=40)
@given(log_ratios=LOG_RATIOS)
def test_swapping_the_models_mirrors_the_interval_and_the_direction(log_ratios: list[float]) -> None:
    there, back = (judged(sign * np.array(log_ratios)[None], design=DESIGN) for sign in (1, -1))
    assert there.low == pytest.approx(-back.high)
    assert there.repeated_p == pytest.approx(back.repeated_p)
    directions = [REGRESSED, IMPROVED]
    assert there.verdict != back.verdict or there.verdict not in directions


@pytest.mark.parametrize(("change", "mirrored"), [(0.05, IMPROVED), (0.5, IMPROVED), (0.0, EQUIVALENT)])
def test_swapping_the_models_mirrors_regressed_and_improved(change: float, mirrored: int) -> None:
    there = judged(pairs_around(change))
    assert judged(-pairs_around(change)).verdict == [mirrored]
    assert there.verdict == [REGRESSED if mirrored == IMPROVED else EQUIVALENT]


def test_looks_are_at_each_pair_first_then_at_each_second_then_rarer_and_end_with_the_plan() -> None:
    assert planned_looks(3) == (3,)
    assert planned_looks(6) == (6,)
    assert planned_looks(9) == (6, 7, 8, 9)
    assert planned_looks(23)[-3:] == (20, 22, 23)
    assert planned_looks(50)[-4:] == (40, 44, 48, 50)
    for most in range(1, 1200, 7):
        looks = planned_looks(most)
        assert looks[-1] == most
        assert (np.diff(looks) > 0).all()


def test_equal_models_are_called_different_in_at_most_1_of_100_and_mostly_equivalent() -> None:
    ended = carried_out(0.0)
    assert ended.share(REGRESSED, IMPROVED) <= 0.01
    assert ended.share(EQUIVALENT) > 0.94


def test_a_model_5_percent_slower_is_found_in_99_of_100_with_14_pairs_on_average() -> None:
    ended = carried_out(0.05)
    assert ended.share(REGRESSED) >= 0.99
    assert ended.share(EQUIVALENT, IMPROVED) <= 0.001
    assert ended.pairs.mean() <= 14


def test_a_model_15_percent_slower_is_found_within_7_pairs_on_average() -> None:
    ended = carried_out(0.15)
    assert ended.share(REGRESSED) >= 0.999
    assert ended.pairs.mean() <= 7


def test_a_change_as_large_as_the_margin_is_hardly_ever_called_equivalent() -> None:
    assert carried_out(0.03).share(EQUIVALENT) <= 0.025 + 0.01


@pytest.mark.parametrize("change", [0.0, 0.05])
def test_the_interval_shown_at_a_stop_covers_the_true_change(change: float) -> None:
    ended = carried_out(change)
    true = np.log1p(change)
    assert ((ended.low <= true) & (true <= ended.high)).mean() >= 0.94


def test_a_plan_of_one_look_has_the_ordinary_interval() -> None:
    log_ratios = np.random.default_rng(3).normal(0.0, SD, (COMPARISONS, 1, 12))
    found = judged(log_ratios, design=Design.fixed(12))
    assert ((found.low <= 0) & (found.high >= 0)).mean() == pytest.approx(0.95, abs=0.015)


def test_of_runs_of_20_equal_cells_at_most_2_of_100_hold_a_false_alarm() -> None:
    ended = carried_out(0.0, cells=20)
    assert (ended.verdict <= IMPROVED).any(axis=1).mean() <= 0.02


def test_being_strict_costs_pairs() -> None:
    plain, strict = (carried_out(0.05, strict=strict, max_pairs=60) for strict in (False, True))
    assert strict.pairs.mean() > 2 * plain.pairs.mean()
    assert 0.5 < strict.share(REGRESSED) < plain.share(REGRESSED)


def test_what_a_noisy_phone_cannot_tell_ends_before_all_pairs_are_spent() -> None:
    ended = carried_out(0.0, sd=0.3)
    assert ended.share(INCONCLUSIVE) > 0.98
    assert ended.pairs.mean() < 20
