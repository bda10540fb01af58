from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from harness.results.records import MetricName
from harness.stats.answers import HOPELESS_AFTER, Question, paired_verdicts, unpaired_verdicts
from harness.stats.launches import LaunchFigures
from harness.stats.rule import Design
from harness.stats.verdict import Verdict
from tests.stats.cells import PHONE, figures

DESIGN = Design.sequential(40)
STRICT = Design.sequential(40, strict=True)


def launches(
    count: int, *, slower: float = 1.0, sd: float = 0.01, disturbed: Sequence[int] = (), by: float = 1.0
) -> list[LaunchFigures]:
    """One launch a block, whose noise alternates; disturbed ones take `by` times as long."""
    return [
        replace(
            figures(block, 5e6 * slower * (by if block in disturbed else 1.0) * float(np.exp(sd * sign))),
            disturbed=block in disturbed,
        )
        for block, sign in enumerate(np.resize([1.0, -1.0], count))
    ]


def question(
    above: Sequence[LaunchFigures],
    below: Sequence[LaunchFigures],
    *,
    metric: MetricName = "steady",
    margin: float = 0.03,
) -> Question:
    return Question(
        phone_id=PHONE.phone_id,
        threads=1,
        baseline_sha256="ab" * 32,
        candidate_sha256="cd" * 32,
        metric=metric,
        margin=margin,
        above=above,
        below=below,
    )


def answer(one: Question, blocks: int, *, design: Design = DESIGN) -> Verdict:
    (found,) = paired_verdicts([one], design, blocks)
    return found


@pytest.mark.parametrize(
    ("slower", "name"), [(1.1, "regressed"), (0.9, "improved"), (1.0, "equivalent"), (1.03, "inconclusive")]
)
def test_launches_are_paired_by_block_and_answered(slower: float, name: str) -> None:
    above = launches(10, slower=slower)[::-1]
    found = answer(question(above, launches(10, sd=-0.01)), 10)
    assert found.verdict == name
    assert found.ratio.count == 10
    assert found.ratio.value == pytest.approx(slower)
    assert found.metric == "steady"
    assert (found.reason == "") == found.is_decided


def test_the_ratio_is_that_of_the_last_planned_look_and_later_blocks_wait() -> None:
    above = [*launches(20), *launches(24, slower=2.0)[20:]]
    at_look = answer(question(above[:20], launches(20)), 20)
    assert answer(question(above, launches(24)), 21) == at_look
    assert answer(question(above, launches(24)), 22) != at_look


@pytest.mark.parametrize("blocks", [0, 1, 3, 5])
def test_before_the_first_look_nothing_is_said_however_clear_it_seems(blocks: int) -> None:
    for slower in (1.0, 3.0):
        found = answer(question(launches(blocks, slower=slower, sd=0.0), launches(blocks, sd=0.0)), blocks)
        assert found.verdict == "inconclusive"
        assert not found.futile
        assert found.reason


def test_a_plan_of_fewer_than_six_pairs_never_answers() -> None:
    one = question(launches(3, sd=0.0), launches(3, sd=0.0))
    found = answer(one, 3, design=Design.sequential(3))
    assert found.words == "inconclusive (a verdict needs at least 6 pairs, there are 3)"


def test_a_block_of_which_one_launch_is_lacking_makes_no_pair() -> None:
    above, below = launches(10, slower=1.1), launches(10)
    found = answer(question([one for one in above if one.block not in (2, 5)], below[:-1]), 10)
    assert found.ratio.count == 7
    assert found.verdict == "regressed"


def test_where_every_pair_failed_more_launches_are_not_hoped_for() -> None:
    found = answer(question([], launches(6)), 6)
    assert found.verdict == "inconclusive"
    assert found.futile
    assert found.reason == found.missing["p"] == "no block holds a usable launch of both"
    assert found.ratio.value is None


def test_a_figure_that_no_launch_has_gives_its_reason() -> None:
    reason = {"peak_kib": "measured in one process with the other"}
    lacking = [replace(one, peak_kib=None, missing=reason) for one in launches(6)]
    found = answer(question(lacking, lacking, metric="peak_memory"), 6)
    assert found.reason == reason["peak_kib"]
    assert found.futile


def test_one_pair_has_a_ratio_and_no_interval() -> None:
    found = answer(question(launches(6)[3:4], launches(6)), 6)
    assert found.ratio.value == pytest.approx(1.0)
    assert (found.ratio.low, found.ratio.high, found.p) == (None, None, None)
    assert not found.futile
    assert found.reason == found.missing["p"] == "an interval needs at least 2 pairs, there is 1"


def test_an_undecided_difference_says_where_it_lies_and_whether_to_go_on() -> None:
    wide = question(launches(20, slower=1.03, sd=0.02), launches(20, sd=-0.02))
    reason = answer(wide, 20).reason
    assert reason.startswith("the ratio lies between 1.0")
    assert reason.endswith("the margin is 3.0 %")
    noisy = question(launches(20, sd=0.2), launches(20, sd=-0.2))
    assert answer(noisy, 20).reason.endswith("; more pairs would hardly decide")
    assert "more pairs" not in answer(noisy, 20, design=Design.sequential(20)).reason


def test_memory_has_an_interval_that_is_resampled_too_and_load_has_students() -> None:
    skewed = np.random.default_rng(1).exponential(0.2, 20)
    below = [replace(one, peak_kib=5e7, load_ns=50_000_000) for one in launches(20)]
    above = [
        replace(one, peak_kib=5e7 * np.exp(shift), load_ns=int(5e7 * np.exp(shift)))
        for one, shift in zip(below, skewed, strict=True)
    ]
    once = Design.fixed(20)
    memory = answer(question(above, below, metric="peak_memory"), 20, design=once).ratio
    load = answer(question(above, below, metric="load"), 20, design=once).ratio
    assert memory.value == pytest.approx(load.value, rel=1e-6)
    assert memory.low == pytest.approx(load.low, rel=1e-6)
    assert load.high is not None
    assert memory.includes(load.high * 1.001)


def test_questions_are_corrected_together() -> None:
    slower = question(launches(8, slower=1.1), launches(8, sd=-0.004))
    equal = question(launches(8, sd=0.004), launches(8, sd=-0.004))
    alone = answer(slower, 8)
    found = paired_verdicts([equal, slower, equal], Design.sequential(40, cells=3), 8)
    assert [one.verdict for one in found] == ["equivalent", "regressed", "equivalent"]
    assert alone.p is not None
    assert found[1].p == pytest.approx(3 * alone.p)


def test_a_regression_that_rests_on_a_throttled_candidate_is_none() -> None:
    throttled = launches(10, disturbed=range(10), by=1.4)
    found = answer(question(throttled, launches(10, sd=-0.01)), 10)
    assert found.verdict == "inconclusive"
    assert "regressed, 40.0 % slower would rest on launches" in found.reason
    assert [one.code for one in found.findings] == ["disturbed_unevenly"]
    assert "10 of 10 launches of the candidate and in 0 of the baseline" in found.findings[0].message


def test_equality_that_rests_on_a_throttled_baseline_is_none() -> None:
    throttled = launches(10, sd=-0.01, disturbed=range(10), by=1.2)
    found = answer(question(launches(10, slower=1.2), throttled), 10)
    assert found.verdict == "inconclusive"
    assert "equivalent would rest on launches" in found.reason
    assert [one.code for one in found.findings] == ["disturbed_unevenly"]


def test_it_is_given_up_once_nearly_all_pairs_are_lopsided() -> None:
    for blocks, disturbed, futile in ((7, 7, False), (HOPELESS_AFTER, 6, True), (HOPELESS_AFTER, 5, False)):
        throttled = launches(blocks, slower=1.3, disturbed=range(disturbed), by=1.05)
        found = answer(question(throttled, launches(blocks, sd=-0.01)), blocks)
        assert "regressed" in found.reason
        assert found.futile == futile


def test_an_answer_that_the_other_pairs_give_as_well_stands_and_names_the_disturbance() -> None:
    for slower, name in ((1.2, "regressed"), (1.0, "equivalent"), (0.8, "improved")):
        mostly = launches(12, slower=slower, disturbed=(3,))
        found = answer(question(mostly, launches(12, sd=-0.01)), 12)
        assert found.verdict == name
        assert [one.code for one in found.findings] == ["disturbed_unevenly"]


def test_a_disturbance_of_both_launches_of_a_pair_is_no_reason_to_doubt() -> None:
    both = (launches(10, slower=slower, disturbed=range(4), by=1.4) for slower in (1.2, 1.0))
    found = answer(question(*both), 10)
    assert found.verdict == "regressed"
    assert found.findings == ()


def test_a_strict_answer_must_hold_strictly_without_the_lopsided_pairs() -> None:
    throttled = launches(20, slower=1.045, sd=0.012, disturbed=range(10), by=1.1)
    one = question(throttled, launches(20, sd=-0.012))
    assert answer(one, 20).verdict == "regressed"
    assert answer(one, 20, design=STRICT).verdict == "inconclusive"
    assert "would rest on" in answer(one, 20, design=STRICT).reason


@pytest.mark.parametrize(
    ("slower", "name"), [(1.1, "regressed"), (0.9, "improved"), (1.0, "equivalent"), (1.03, "inconclusive")]
)
def test_two_runs_are_answered_at_one_look_and_may_differ_in_length(slower: float, name: str) -> None:
    (found,) = unpaired_verdicts([question(launches(10, slower=slower), launches(13))])
    assert found.verdict == name
    assert found.ratio.count == 10
    assert not found.futile
    assert "more pairs" not in found.reason


@pytest.mark.parametrize(
    ("count", "reason"),
    [
        (0, "one of the runs has no usable launch of it"),
        (1, "an interval needs at least 2 launches of each, there is 1"),
        (3, "a verdict needs at least 6 launches of each, there are 3"),
    ],
)
def test_two_runs_of_few_launches_are_not_answered(count: int, reason: str) -> None:
    (found,) = unpaired_verdicts([question(launches(count, sd=0.0), launches(9, sd=0.0))])
    assert found.verdict == "inconclusive"
    assert found.reason == reason


def test_no_question_has_no_answer() -> None:
    assert paired_verdicts([], DESIGN, 8) == ()
    assert unpaired_verdicts([]) == ()
