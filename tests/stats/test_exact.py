"""Two files without any difference show none; every difference is named with its size."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.results.records import Allocation, Artifact, LaunchRecord, OutputProof
from harness.stats.exact import compare_exactly
from harness.stats.exact_change import ExactChange
from harness.stats.outputs import output_findings
from tests.reports.runs import make_artifact, make_count, make_run, measure

ALLOCATION = Allocation(allocated_bytes=12_531_900, allocations=79, measured_with="torch 2.12.1, x86_64")
NET = replace(make_artifact(1, "net"), file_bytes=3_411_904, parameters=1_198_440, allocation=ALLOCATION)
OTHER = replace(NET, sha256="ff" * 32)
RIGHT = OutputProof(sha256="ab" * 32, shape=(1, 10), argmax=3, relative_error=3e-7)


def launches(artifact: Artifact, outputs: Sequence[OutputProof], *, threads: int = 1) -> list[LaunchRecord]:
    schedule = make_run(launches=len(outputs), models=("net",)).schedule
    return [
        replace(
            measure(replace(request, artifact_sha256=artifact.sha256, threads=threads), samples=2),
            output=output,
        )
        for request, output in zip(schedule, outputs, strict=True)
    ]


def by_metric(changes: Sequence[ExactChange]) -> dict[str, ExactChange]:
    assert len({change.metric for change in changes}) == len(changes)
    return {change.metric: change for change in changes}


def compared(before: Artifact, now: Artifact) -> dict[str, ExactChange]:
    return by_metric(compare_exactly(before, now))


def output_change(
    before: Sequence[OutputProof], now: Sequence[OutputProof], candidate: Artifact = OTHER
) -> ExactChange:
    changes = compare_exactly(
        NET,
        candidate,
        baseline_launches=launches(NET, before),
        candidate_launches=launches(candidate, now),
    )
    return by_metric(changes)["output"]


def test_an_equal_model_with_equal_outputs_shows_no_change() -> None:
    journal = launches(NET, [RIGHT] * 3)
    count = make_count(NET, "a76")
    changes = compare_exactly(
        NET,
        NET,
        baseline_launches=journal,
        candidate_launches=journal,
        baseline_counts=[count],
        candidate_counts=[count],
    )
    assert {change.verdict for change in changes} == {"equal"}
    assert not any(change.changed for change in changes)
    assert [change.metric for change in changes] == [
        "parameters",
        "macs",
        "file_bytes",
        "allocated_bytes",
        "allocations",
        "operators",
        "output",
        "instructions",
    ]


@pytest.mark.parametrize(
    ("change", "metric", "verdict", "words"),
    [
        ({"file_bytes": 3_413_108}, "file_bytes", "larger", "file is 1,204 bytes larger (+0.035 %)"),
        ({"file_bytes": 3_411_903}, "file_bytes", "smaller", "file is 1 byte smaller (−0.000029 %)"),
        ({"parameters": 2_396_880}, "parameters", "larger", "1,198,440 parameters more (+100 %)"),
        ({"macs": NET.macs}, "macs", "equal", f"{NET.macs:,} MACs in both"),
        (
            {"allocation": replace(ALLOCATION, allocated_bytes=12_527_804)},
            "allocated_bytes",
            "smaller",
            "one forward allocates 4,096 bytes less (−0.033 %)",
        ),
        (
            {"allocation": replace(ALLOCATION, allocations=80)},
            "allocations",
            "larger",
            "1 allocation more in one forward (+1.3 %)",
        ),
    ],
)
def test_each_number_says_by_how_much_it_changed(
    change: dict[str, object], metric: str, verdict: str, words: str
) -> None:
    found = compared(NET, replace(NET, **change))
    assert (found[metric].verdict, found[metric].words) == (verdict, words)
    others = [one for one in found.values() if one.metric not in (metric, "output")]
    assert {one.verdict for one in others} == {"equal"}


@given(before=st.integers(0, 10**12), now=st.integers(0, 10**12))
def test_the_verdict_on_a_size_is_exact(before: int, now: int) -> None:
    found = compared(replace(NET, file_bytes=before), replace(NET, file_bytes=now))["file_bytes"]
    assert found.verdict == ("larger" if now > before else "smaller" if now < before else "equal")
    assert found.changed == (now != before)


def test_what_was_nothing_before_has_no_percentage() -> None:
    found = compared(replace(NET, parameters=0), replace(NET, parameters=5))
    assert found["parameters"].words == "5 parameters more"


def test_operators_that_came_and_went_are_named() -> None:
    now = replace(NET, operators=("aten::add.out", "aten::cat", "aten::relu"))
    found = compared(NET, now)["operators"]
    assert found.verdict == "different"
    assert (
        found.words
        == "2 more operators: aten::cat, aten::relu; 1 fewer operator: prepacked::conv2d_clamp_run"
    )


def test_what_is_not_known_of_one_is_not_compared_and_says_why() -> None:
    unknown = replace(NET, macs=None, missing={"macs": "a prepacked file does not show them"})
    found = compared(unknown, NET)["macs"]
    assert (found.verdict, found.changed, found.baseline, found.candidate) == (
        "not comparable",
        False,
        None,
        NET.macs,
    )
    assert found.words == "not compared: a prepacked file does not show them"


def test_allocations_of_another_torch_or_processor_are_not_compared() -> None:
    other = replace(NET, allocation=replace(ALLOCATION, measured_with="torch 2.12.1, aarch64"))
    found = compared(NET, other)["allocated_bytes"]
    assert found.verdict == "not comparable"
    assert found.words == "not compared: measured with torch 2.12.1, x86_64 and with torch 2.12.1, aarch64"


def test_an_output_that_differs_names_digests_class_and_distance_from_the_reference() -> None:
    now = OutputProof(sha256="cd" * 32, shape=(1, 10), argmax=5, relative_error=4e-7)
    found = output_change([RIGHT] * 2, [now] * 2)
    assert found.verdict == "different"
    assert (found.baseline, found.candidate) == (("ab" * 32,), ("cd" * 32,))
    assert found.words == (
        "digest was abababababab and is cdcdcdcdcdcd; its largest value was at 3 and is at 5;"
        " max|Δ| / max|y| against the same reference was 3.0e-07 and is 4.0e-07,"
        " so they are at most the sum apart"
    )


def test_no_distance_is_claimed_from_different_references() -> None:
    now = replace(RIGHT, sha256="cd" * 32)
    found = output_change([RIGHT], [now], replace(OTHER, reference_sha256="99" * 32))
    assert found.words == "digest was abababababab and is cdcdcdcdcdcd"


def test_an_output_of_another_shape_says_so() -> None:
    now = replace(RIGHT, sha256="cd" * 32, shape=(1, 5))
    assert output_change([RIGHT], [now]).words == "its shape was 1×10 and is 1×5"


def test_a_candidate_whose_launches_disagree_differs_from_one_whose_agree() -> None:
    found = output_change([RIGHT] * 3, [RIGHT, replace(RIGHT, sha256="cd" * 32), RIGHT])
    assert found.verdict == "different"
    assert found.words == "only the candidate is not deterministic: 2 outputs in 3 launches"


def test_two_outputs_that_are_both_random_cannot_be_compared() -> None:
    random = [RIGHT, replace(RIGHT, sha256="cd" * 32)]
    found = output_change(random, random)
    assert found.verdict == "not comparable"
    assert not found.changed


def test_launches_that_disagree_are_a_finding_of_their_own() -> None:
    random = launches(NET, [RIGHT, replace(RIGHT, sha256="cd" * 32)])
    found = output_findings(random)
    assert found.keys() == {launch.request.launch_id for launch in random}
    (finding,) = set(found.values())
    assert finding.code == "nondeterministic_output"
    assert "2 different outputs for the same input in 2 launches" in finding.message
    assert output_findings(launches(NET, [RIGHT] * 4)) == {}


def test_other_threads_may_compute_other_bits_without_a_finding() -> None:
    one, two = launches(NET, [RIGHT]), launches(NET, [replace(RIGHT, sha256="cd" * 32)], threads=2)
    two = [replace(record, request=replace(record.request, launch_id="two")) for record in two]
    assert output_findings(one + two) == {}
    changes = compare_exactly(NET, NET, baseline_launches=one + two, candidate_launches=one + two)
    outputs = [change for change in changes if change.metric == "output"]
    assert [(change.where, change.verdict) for change in outputs] == [
        ("1 thread", "equal"),
        ("2 threads", "equal"),
    ]


def test_outputs_of_another_thread_count_another_input_or_no_launch_are_not_compared() -> None:
    one, two = launches(NET, [RIGHT]), launches(OTHER, [RIGHT], threads=2)
    elsewhere = by_metric(compare_exactly(NET, OTHER, baseline_launches=one, candidate_launches=two))
    assert elsewhere["output"].verdict == "not comparable"
    assert compared(NET, OTHER)["output"].verdict == "not comparable"
    found = output_change([RIGHT], [RIGHT], replace(OTHER, input_sha256="99" * 32))
    assert found.words == "not compared: their inputs are not the same"


def test_counts_of_one_core_and_runtime_alone_are_compared() -> None:
    before = [make_count(NET, "a55"), make_count(NET, "a76")]
    little, big = make_count(OTHER, "a55"), make_count(OTHER, "a76")
    now = [
        replace(little, instructions=little.instructions + 1),
        replace(big, runtime="another"),
        make_count(OTHER, "x1"),
    ]
    changes = compare_exactly(NET, OTHER, baseline_counts=before, candidate_counts=now)
    found = [change for change in changes if change.metric == "instructions"]
    assert [(change.where, change.verdict) for change in found] == [
        ("core a55", "larger"),
        ("core a76", "not comparable"),
    ]
    assert found[0].words.startswith("1 instruction more (+0.0000")
