"""The journal of evaluations: whole lines, the last of each model and phone, none in old runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import BadRunDirectory
from harness.results.records import DataFacts, Evaluation
from harness.results.rundir import EVALUATIONS_FILE, RunDirectory
from tests.results.records import ARTIFACT, PHONE, run

DONE = Evaluation(
    phone_id=PHONE.phone_id,
    artifact_sha256=ARTIFACT.sha256,
    model="net",
    data=DataFacts(name="digits", source="500 digits", images=500, classes=10, sha256="aa" * 32),
    outcome="ok",
    evidence="",
    top1_right=480,
    top5_right=499,
    host_top1_right=480,
    host_top5_right=499,
    equal_predictions=500,
    wall_ns=1_000_000,
)
NOTHING = "the phone did not evaluate (crashed)"
FAILED = replace(
    DONE,
    outcome="crashed",
    evidence="Process crashed.",
    top1_right=None,
    top5_right=None,
    equal_predictions=None,
    missing={"top1_right": NOTHING, "top5_right": NOTHING, "equal_predictions": NOTHING},
)


@pytest.fixture
def directory(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(tmp_path, run())


def test_a_run_that_evaluated_nothing_has_no_evaluations(directory: RunDirectory) -> None:
    assert directory.evaluations() == ()


def test_what_was_written_is_read_again(directory: RunDirectory) -> None:
    other = replace(DONE, artifact_sha256="ef" * 32)
    directory.append_evaluation(DONE)
    directory.append_evaluation(other)
    assert directory.evaluations() == (DONE, other)


def test_of_several_attempts_the_last_one_counts(directory: RunDirectory) -> None:
    directory.append_evaluation(FAILED)
    directory.append_evaluation(DONE)
    assert directory.evaluations() == (DONE,)
    directory.append_evaluation(FAILED)
    assert directory.evaluations() == (FAILED,)


def test_a_line_that_a_kill_cut_short_does_not_count_and_goes_when_the_run_goes_on(
    directory: RunDirectory,
) -> None:
    directory.append_evaluation(FAILED)
    journal = directory.path / EVALUATIONS_FILE
    whole = journal.read_bytes()
    journal.write_bytes(whole + whole[: len(whole) // 2])
    assert directory.evaluations() == (FAILED,)
    with directory.writing():
        directory.append_evaluation(DONE)
    assert journal.read_bytes().startswith(whole)
    assert directory.evaluations() == (DONE,)


def test_a_damaged_line_is_named(directory: RunDirectory) -> None:
    directory.append_evaluation(DONE)
    journal = directory.path / EVALUATIONS_FILE
    journal.write_bytes(journal.read_bytes() + b"{}\n")
    with pytest.raises(BadRunDirectory, match=r"evaluations\.jsonl line 2"):
        directory.evaluations()
