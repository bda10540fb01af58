"""Verdicts on hand-made records: what each claim needs to hold, and what leaves it open."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.results.records import Artifact, Evaluation, PhoneFacts
from harness.stats.claims import (
    BASELINES,
    SUBJECT,
    Claim,
    ClaimKey,
    is_papers_comparison,
    is_subject,
    network,
)
from harness.stats.judging import judge
from harness.stats.summary import CellSummary
from tests.reports.paper_runs import DIGITS, evaluation, failed_evaluation, of_artifacts, trained
from tests.reports.runs import make_artifact, make_phone
from tests.stats.cells import PHONE, cell

ELNET = replace(make_artifact(0, SUBJECT), macs=30_000_000, parameters=700_000)
BIG = replace(make_artifact(1, "big"), macs=60_000_000, parameters=1_400_000)
SMALL = replace(make_artifact(2, "small"), macs=20_000_000, parameters=700_000)
FAST, SLOW, NOISY = (6.0, 6.1, 5.9), (9.0, 9.1, 8.9), (4.0, 9.0, 6.1)


def timed(artifact: Artifact, medians_ms: Sequence[float], *, failed: int = 0) -> CellSummary:
    made = cell(artifact.model, medians_ms, failed=failed)
    return replace(made, key=made.key._replace(artifact_sha256=artifact.sha256))


def claims(
    artifacts: Sequence[Artifact],
    cells: Sequence[CellSummary] = (),
    evaluations: Sequence[Evaluation] = (),
    phone: PhoneFacts = PHONE,
) -> dict[ClaimKey, Claim]:
    run = of_artifacts(tuple(artifacts), phone, launches=1)
    return {claim.key: claim for claim in judge(run, cells, evaluations)}


def test_computation_and_parameters_are_compared_exactly() -> None:
    found = claims([ELNET, BIG])
    assert found["computation"].text == found["parameters"].text == "holds"
    [comparison] = found["computation"].comparisons
    assert (comparison.baseline, comparison.value, comparison.low, comparison.high) == ("big", 0.5, 0.5, 0.5)


def test_a_claim_that_fails_against_one_names_those_that_it_holds_against() -> None:
    found = claims([ELNET, BIG, SMALL])
    assert found["computation"].verdict == "holds in part"
    assert found["computation"].text == "holds against 1 of 2 (big)"


def test_as_many_parameters_are_not_fewer() -> None:
    assert claims([ELNET, SMALL])["parameters"].text == "does not hold"


def test_a_baseline_whose_macs_nobody_knows_is_not_beaten() -> None:
    unknown = replace(BIG, macs=None, missing={"macs": "unknown for a file"})
    assert claims([ELNET, unknown])["computation"].text == "not measured (unknown for a file)"
    assert claims([ELNET, unknown, BIG])["computation"].text == "holds against 1 of 2 (big)"


@pytest.mark.parametrize(
    ("elnet", "big", "text"),
    [
        (FAST, SLOW, "holds"),
        (SLOW, FAST, "does not hold"),
        (FAST, NOISY, "not decided"),
        (FAST, (9.0,), "not measured (an interval needs at least 2 pairs of launches, there is 1)"),
        (FAST, (), "not measured (nothing was measured)"),
    ],
)
def test_inference_is_shorter_only_where_the_whole_interval_says_so(
    elnet: Sequence[float], big: Sequence[float], text: str
) -> None:
    assert claims([ELNET, BIG], [timed(ELNET, elnet), timed(BIG, big)])["latency"].text == text


def test_a_lost_and_an_open_comparison_together_do_not_hold() -> None:
    cells = [timed(ELNET, FAST), timed(BIG, NOISY), timed(SMALL, (5.0, 5.1, 4.9))]
    found = claims([ELNET, BIG, SMALL], cells)["latency"]
    assert [one.standing for one in found.comparisons] == ["undecided", "against"]
    assert found.verdict == "does not hold"


def test_the_latency_claim_carries_the_paired_ratio() -> None:
    found = claims([ELNET, BIG], [timed(ELNET, (6.0, 6.6)), timed(BIG, (12.0, 13.2))])["latency"]
    [comparison] = found.comparisons
    assert comparison.value == pytest.approx(0.5)
    assert (found.phone_id, found.threads) == (PHONE.phone_id, 1)


def test_invented_times_decide_nothing() -> None:
    phone = make_phone(is_virtual=True, engine="modelled")
    found = claims([ELNET, BIG], [timed(ELNET, FAST), timed(BIG, SLOW)], phone=phone)
    assert found["latency"].text == "not measured (this virtual phone invents its times)"


@pytest.mark.parametrize(
    "change", [{"recipe": "documented"}, {"precision": "int8"}, {"runtime": "executorch"}]
)
def test_nothing_is_compared_across_setups(change: dict[str, str]) -> None:
    found = claims([ELNET, replace(BIG, **change)], [timed(ELNET, FAST), timed(BIG, SLOW)])
    reason = "not measured (no baseline of the same input, recipe, precision and runtime)"
    assert {found[key].text for key in ("computation", "parameters", "latency")} == {reason}


def test_small_and_large_inputs_are_judged_apart() -> None:
    nets = [ELNET, BIG, trained(ELNET), trained(BIG)]
    run = of_artifacts(tuple(nets), PHONE, launches=1)
    found = [claim for claim in judge(run, [timed(net, FAST) for net in nets], ()) if claim.key == "latency"]
    assert [(one.subject, [other.baseline for other in one.comparisons]) for one in found] == [
        (SUBJECT, ["big"]),
        (f"{SUBJECT}@weights=digits", ["big@weights=digits"]),
    ]


@pytest.mark.parametrize(
    ("elnet", "big", "text"),
    [
        (495, 470, "holds"),
        (470, 495, "does not hold"),
        (490, 491, "not decided"),
    ],
)
def test_accuracy_is_kept_where_less_than_a_point_is_surely_lost(elnet: int, big: int, text: str) -> None:
    nets = trained(ELNET), trained(BIG)
    evaluations = [evaluation(net, PHONE, right) for net, right in zip(nets, (elnet, big), strict=True)]
    found = claims(nets, (), evaluations)["accuracy"]
    assert found.text == text
    assert found.data == "digits"
    assert found.comparisons[0].value == pytest.approx((elnet - big) / 500)


def test_accuracies_on_different_images_are_not_compared() -> None:
    nets = trained(ELNET), trained(BIG)
    other = replace(DIGITS, sha256="0f" * 32)
    found = claims(nets, (), [evaluation(nets[0], PHONE, 490), evaluation(nets[1], PHONE, 2, data=other)])
    assert found["accuracy"].text == "not measured (not evaluated on these images)"


def test_without_an_evaluated_elnet_accuracy_is_not_measured() -> None:
    expected = "not measured (no ELNet-1.0 with trained weights was evaluated)"
    assert claims([ELNET, BIG])["accuracy"].text == expected


def test_an_evaluation_that_failed_leaves_accuracy_open() -> None:
    nets = trained(ELNET), trained(BIG)
    evaluations = [evaluation(nets[0], PHONE, 490), failed_evaluation(nets[1], PHONE)]
    assert claims(nets, (), evaluations)["accuracy"].text == "not measured (crashed)"


@pytest.mark.parametrize(
    ("phone", "medians", "failed", "text"),
    [
        (PHONE, FAST, 0, "holds"),
        (PHONE, FAST, 1, "does not hold (1 of 4 launches failed or were invalid)"),
        (PHONE, (), 0, "not measured (nothing was launched)"),
        (make_phone(is_virtual=True), FAST, 0, "not measured (a virtual phone is no Android phone)"),
    ],
)
def test_it_runs_on_android_phones_only_where_every_launch_on_a_real_one_did(
    phone: PhoneFacts, medians: Sequence[float], failed: int, text: str
) -> None:
    assert claims([ELNET, BIG], [timed(ELNET, medians, failed=failed)], phone=phone)["phones"].text == text


def test_a_run_without_elnet_has_no_claims() -> None:
    assert claims([BIG, SMALL]) == {}


def test_other_elnets_are_neither_judged_nor_beaten() -> None:
    others = [make_artifact(place, name) for place, name in enumerate(("elnet_0.5", "elnet_1.0@g=8"), 1)]
    assert not any(map(is_subject, others))
    assert claims([ELNET, *others])["computation"].comparisons == ()


def test_a_file_that_is_called_elnet_is_not_the_catalogues() -> None:
    assert not is_subject(replace(ELNET, source="file"))


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("elnet_1.0", "elnet_1.0"),
        ("elnet_1.0@weights=digits", "elnet_1.0"),
        ("elnet_1.0@input=32,classes=10", "elnet_1.0"),
        ("elnet_1.0@g=8,residual=relu,weights=my,net", "elnet_1.0@g=8,residual=relu"),
        ("timm:ghostnet_100@input=32", "timm:ghostnet_100"),
    ],
)
def test_a_network_is_known_without_its_input_classes_and_weights(model: str, name: str) -> None:
    assert network(model) == name


def test_the_papers_comparison_is_elnet_and_every_baseline() -> None:
    nets = tuple(make_artifact(place, name) for place, name in enumerate((SUBJECT, *BASELINES)))
    assert is_papers_comparison(of_artifacts(nets, PHONE, launches=1))
    assert not is_papers_comparison(of_artifacts(nets[:-1], PHONE, launches=1))
