from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.errors import BadRunDirectory
from harness.measure.plan_sections import Compare
from harness.results.records import (
    Finding,
    LaunchRecord,
    MetricNoise,
    PhoneNoise,
    Run,
)
from harness.stats.comparison import (
    PhoneComparison,
    compare,
    compare_on,
    is_comparison,
    margin_on,
    size_verdict,
)
from tests.reports.comparisons import make_comparison, measure_pairs
from tests.reports.runs import GATE, fail, make_artifact, make_phone, make_run

RUN = make_comparison()
(PHONE,) = RUN.phones
EVERY_METRIC = list(Compare().metrics)


def standing(run: Run, launches: Sequence[LaunchRecord]) -> PhoneComparison:
    (found,) = compare(run, launches)
    return found


def names(found: PhoneComparison) -> dict[str, str]:
    return {one.metric: one.verdict for one in found.verdicts}


def carried_out(
    run: Run, launches: Sequence[LaunchRecord], done: Sequence[LaunchRecord] = ()
) -> list[LaunchRecord]:
    """The journal of a run that asks before each block whether to go on."""
    journal = list(done)
    for block in range(40):
        here = [one for one in launches if one.request.block == block and one not in journal]
        if here and standing(run, journal).is_over:
            break
        journal += here
    return journal


def noise(floor: float | None, *, phone_id: str = PHONE.phone_id, threads: int = 1) -> PhoneNoise:
    missing = {} if floor is not None else {"floor": "too few pairs", "pair_log_sd": "too few pairs"}
    return PhoneNoise(
        phone_id=phone_id,
        engine=None,
        model="net",
        artifact_sha256="ab" * 32,
        threads=threads,
        mode="burst",
        measured_at="2026-11-25T09:00:00Z",
        pairs=12,
        seconds_per_launch=4.0,
        metrics=(
            MetricNoise(
                metric="steady", pair_log_sd=None if floor is None else 0.04, floor=floor, missing=missing
            ),
        ),
        missing={"engine": "a real phone"},
    )


def test_a_run_is_a_comparison_when_its_plan_compares() -> None:
    assert is_comparison(RUN)
    assert not is_comparison(make_run())
    assert not is_comparison(replace(RUN, plan={**RUN.plan, "compare": None}))


def test_nothing_measured_yet_is_undecided() -> None:
    found = standing(RUN, ())
    assert (found.pairs, found.minutes, found.is_over) == (0, 0, False)
    assert found.words == "undecided after 0 of at most 40 pairs"
    assert names(found) == {"steady": "inconclusive", "size": "equivalent"}


@pytest.mark.parametrize(("slower", "name"), [(1.1, "regressed"), (0.9, "improved")])
def test_a_clear_difference_is_decided_at_the_first_look(slower: float, name: str) -> None:
    found = standing(RUN, measure_pairs(RUN, 6, slower=slower))
    assert names(found)["steady"] == name
    assert found.is_decided
    assert found.is_over
    assert found.words == "decided after 6 of at most 40 pairs"


def test_five_pairs_are_too_early() -> None:
    found = standing(RUN, measure_pairs(RUN, 5, slower=1.5))
    assert not found.is_over
    assert found.verdicts[0].reason == "a verdict needs at least 6 pairs, there are 5"


def test_a_block_counts_when_all_its_launches_have_ended_well_or_badly() -> None:
    launches = measure_pairs(RUN, 8)
    assert standing(RUN, launches[:-1]).pairs == 7
    assert standing(RUN, measure_pairs(RUN, 8, failed=(7,))).pairs == 8
    assert standing(RUN, [one for one in launches if one.request.block != 2]).pairs == 2


def test_what_was_measured_since_the_last_look_changes_no_verdict() -> None:
    at_look = standing(RUN, measure_pairs(RUN, 20))
    for launches in (measure_pairs(RUN, 21), measure_pairs(RUN, 22)[:-1]):
        later = standing(RUN, launches)
        assert later.pairs == 21
        assert later.verdicts == at_look.verdicts
    assert standing(RUN, measure_pairs(RUN, 22)).verdicts != at_look.verdicts


@pytest.mark.parametrize("slower", [1.0, 1.03, 1.05])
def test_an_interrupted_comparison_ends_as_if_it_had_not_been(slower: float) -> None:
    launches = measure_pairs(RUN, 40, slower=slower)
    at_once = carried_out(RUN, launches)
    assert 12 <= len(at_once) < 80 or slower == 1.03
    for cut in (1, 7, 11, len(at_once) - 1):
        assert carried_out(RUN, launches, at_once[:cut]) == at_once


def test_of_a_repeated_launch_the_attempt_that_worked_counts_wherever_it_stands() -> None:
    launches = measure_pairs(RUN, 6, slower=1.1)
    broken = fail(launches[4])
    assert standing(RUN, [*launches[:4], broken, *launches[4:]]).verdicts == standing(RUN, launches).verdicts
    resumed = [*launches[:4], broken, *launches[5:], launches[4]]
    assert standing(RUN, resumed).verdicts == standing(RUN, launches).verdicts


def test_a_candidate_that_never_runs_ends_the_comparison_without_a_verdict() -> None:
    found = standing(RUN, measure_pairs(RUN, 6, failed=range(6)))
    assert found.is_over
    assert not found.is_decided
    assert found.words == "stopped after 6 of at most 40 pairs: none of them could be used"


def test_all_pairs_without_a_verdict_are_the_end() -> None:
    run = make_comparison(max_pairs=7)
    found = standing(run, measure_pairs(run, 7, slower=1.03))
    assert found.words == "undecided after 7 of at most 7 pairs"
    assert not found.verdicts[0].futile


def test_every_metric_of_every_candidate_with_every_thread_count_is_asked() -> None:
    run = make_comparison(models=("old", "new", "newer"), threads=(4, 1), metrics=EVERY_METRIC)
    found = standing(run, measure_pairs(run, 6))
    asked = [(one.threads, one.candidate_sha256, one.metric) for one in found.verdicts]
    candidates = [one.sha256 for one in run.artifacts[1:]]
    assert asked == [
        *(
            (threads, sha256, metric)
            for threads in (1, 4)
            for sha256 in candidates
            for metric in EVERY_METRIC
        ),
        *((1, sha256, "size") for sha256 in candidates),
    ]
    assert {one.baseline_sha256 for one in found.verdicts} == {run.artifacts[0].sha256}
    assert {one.ratio.count for one in found.verdicts if one.metric != "size"} == {6}


def test_the_cells_of_all_phones_are_corrected_together_and_none_waits_for_another() -> None:
    run = make_comparison(phones=(make_phone(1), make_phone(2)))
    launches = measure_pairs(run, 6, slower=1.1)
    on_first = [one for one in launches if one.request.phone_id == run.phones[0].phone_id]
    alone = standing(replace(run, phones=run.phones[:1]), on_first)
    first, second = compare(run, on_first)
    assert alone.verdicts[0].p is not None
    assert first.verdicts[0].p == pytest.approx(2 * alone.verdicts[0].p)
    assert first == compare_on(run.phones[0], run, launches)
    assert (first.pairs, second.pairs) == (6, 0)


def test_minutes_are_those_of_every_attempt_of_finished_blocks_and_of_the_gates() -> None:
    run = make_comparison(max_minutes=1)
    launches = measure_pairs(run, 6, slower=1.03)
    launch_s = 3.0
    assert standing(run, launches).minutes == pytest.approx(12 * launch_s / 60)
    again = [*launches, fail(launches[0])]
    assert standing(run, again).minutes == pytest.approx(13 * launch_s / 60)
    begun = measure_pairs(run, 7)[:13]
    assert standing(run, begun).minutes == pytest.approx(12 * launch_s / 60)
    nothing = {name: why for name, why in launches[0].missing.items() if name != "readiness"}
    gated = [replace(launches[0], readiness=GATE, missing=nothing), *launches[1:]]
    assert standing(run, gated).minutes == pytest.approx((12 * launch_s + GATE.waited_ns / 1e9) / 60)


def test_minutes_that_are_over_end_the_comparison_and_are_named() -> None:
    run = make_comparison(max_minutes=0.6)
    found = standing(run, measure_pairs(run, 6, slower=1.03))
    assert found.is_over
    assert not found.is_settled
    assert found.words == "undecided after 6 of at most 40 pairs: its 0.6 minutes are over"


def test_a_duet_takes_each_minute_once_and_has_no_memory_to_compare() -> None:
    run = make_comparison(metrics=["steady", "peak_memory"])
    alone = measure_pairs(run, 6)
    duet = [
        replace(one, request=replace(one.request, beside="ab" * 32, beside_model="other")) for one in alone
    ]
    found = standing(run, duet)
    assert found.minutes == pytest.approx(standing(run, alone).minutes / 2)
    memory = found.verdicts[1]
    assert (memory.metric, memory.verdict, memory.futile) == ("peak_memory", "inconclusive", True)
    assert memory.reason == "measured in one process with other"


def test_a_phone_that_throttles_during_the_candidate_alone_shows_no_regression() -> None:
    found = standing(RUN, measure_pairs(RUN, 8, slower=1.4, throttled=True))
    assert found.is_over
    assert found.verdicts[0].verdict == "inconclusive"
    assert [one.code for one in found.verdicts[0].findings] == ["disturbed_unevenly"]


def test_a_launch_with_a_wrong_output_makes_no_pair() -> None:
    wrong = Finding(code="wrong_output", severity="invalid", message="The output differs.")
    launches = measure_pairs(RUN, 7, slower=1.1)
    spoiled = [replace(one, findings=(wrong,)) if one.request.block == 3 else one for one in launches]
    assert standing(RUN, spoiled).verdicts[0].ratio.count == 6


def test_the_margin_is_the_noise_of_this_phone_where_that_is_larger() -> None:
    run = replace(RUN, noise=(noise(0.1), noise(0.5, threads=4), noise(0.4, phone_id="another")))
    assert margin_on(PHONE.phone_id, run, "steady", 1, 0.03) == 0.1
    assert margin_on(PHONE.phone_id, run, "steady", 1, 0.2) == 0.2
    assert margin_on(PHONE.phone_id, run, "steady", 2, 0.03) == 0.03
    assert margin_on(PHONE.phone_id, run, "p95", 1, 0.03) == 0.03
    assert margin_on(PHONE.phone_id, replace(run, noise=(noise(None),)), "steady", 1, 0.03) == 0.03
    launches = measure_pairs(run, 20, slower=1.05)
    assert names(standing(run, launches))["steady"] == "equivalent"
    assert names(standing(RUN, launches))["steady"] == "regressed"


@pytest.mark.parametrize(
    ("larger", "name"), [(1.1, "regressed"), (0.9, "improved"), (1.02, "equivalent"), (1.0, "equivalent")]
)
def test_the_size_of_a_file_is_compared_exactly(larger: float, name: str) -> None:
    baseline = make_artifact(0, "old")
    candidate = replace(make_artifact(1, "new"), file_bytes=round(larger * baseline.file_bytes))
    found = size_verdict(PHONE.phone_id, 1, baseline, candidate, 0.03)
    assert found.verdict == name
    assert found.ratio.low == found.ratio.value == found.ratio.high == pytest.approx(larger)
    assert found.missing == {"p": "a size is exact"}


def test_a_comparison_that_is_not_understood_is_a_bad_run_directory() -> None:
    run = make_comparison()
    broken = replace(run, plan={**run.plan, "compare": {"max_pairs": "many"}})
    with pytest.raises(BadRunDirectory, match="what it compares is not understood"):
        compare(broken, ())
