"""The run directory: nothing measured is ever lost, and nothing damaged is ever read as data."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.durable import write_durably
from harness.errors import BadRunDirectory
from harness.results.records import Count, LaunchRecord
from harness.results.rundir import JOURNAL_FILE, RUN_FILE, RunDirectory
from tests.results.records import ARTIFACT, count, launch, run


@pytest.fixture
def directory(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(tmp_path, run())


def fill(directory: RunDirectory, count: int) -> None:
    with directory.writing():
        for index in range(count):
            directory.append(launch(index))


def test_what_is_written_is_read_back_equal(directory: RunDirectory) -> None:
    fill(directory, 3)
    again = RunDirectory(directory.path)
    assert again.run() == run()
    assert again.launches() == tuple(launch(index) for index in range(3))


def test_counts_are_read_back_equal(tmp_path: Path) -> None:
    counted = replace(run(), counts=(count("a55"), count("a76")))
    assert RunDirectory.create(tmp_path, counted).run() == counted


def test_a_run_from_before_there_were_counts_is_read_without_any(directory: RunDirectory) -> None:
    content = json.loads((directory.path / RUN_FILE).read_bytes())
    del content["run"]["counts"]
    (directory.path / RUN_FILE).write_text(json.dumps(content))
    assert directory.run() == run()


def test_a_run_from_before_allocations_were_measured_says_why_it_has_none(directory: RunDirectory) -> None:
    content = json.loads((directory.path / RUN_FILE).read_bytes())
    del content["run"]["artifacts"][0]["allocation"]
    (directory.path / RUN_FILE).write_text(json.dumps(content))
    (artifact,) = directory.run().artifacts
    assert artifact.allocation.allocated_bytes is None
    assert artifact.allocation.missing["allocated_bytes"].endswith("an elbench that did not measure it")


@pytest.mark.parametrize(
    "counts", [(replace(count("a55"), artifact_sha256="zzz"),), (count("a55"), count("a76"), count("a55"))]
)
def test_counts_that_belong_to_no_model_or_stand_twice_are_refused(
    tmp_path: Path, counts: tuple[Count, ...]
) -> None:
    directory = RunDirectory.create(tmp_path, replace(run(), counts=counts))
    with pytest.raises(BadRunDirectory, match="counts a model that it does not describe, or one twice"):
        directory.run()


def test_a_damaged_count_is_no_count(tmp_path: Path) -> None:
    directory = RunDirectory.create(tmp_path, replace(run(), counts=(count("a55"),)))
    content = json.loads((directory.path / RUN_FILE).read_bytes())
    content["run"]["counts"][0]["instructions"] = "many"
    (directory.path / RUN_FILE).write_text(json.dumps(content))
    with pytest.raises(BadRunDirectory, match=r"run\.json cannot be read"):
        directory.run()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(data=st.data())
def test_a_kill_at_any_byte_loses_no_finished_launch(directory: RunDirectory, data: st.DataObject) -> None:
    journal = directory.path / JOURNAL_FILE
    journal.write_bytes(b"")
    fill(directory, 2)
    two = journal.read_bytes()
    fill(directory, 1)
    whole = journal.read_bytes()
    cut = data.draw(st.integers(len(two), len(whole) - 1))
    journal.write_bytes(whole[:cut])
    assert directory.launches() == (launch(0), launch(1))
    with directory.writing():
        directory.append(launch(2))
    assert directory.launches() == (launch(0), launch(1), launch(2))
    assert journal.read_bytes().startswith(two)


def test_two_processes_cannot_measure_into_one_run(directory: RunDirectory) -> None:
    script = (
        "import sys; from pathlib import Path; from harness.results.rundir import RunDirectory\n"
        "with RunDirectory(Path(sys.argv[1])).writing(): pass"
    )
    with directory.writing():
        other = subprocess.run(
            [sys.executable, "-c", script, str(directory.path)], capture_output=True, text=True, check=False
        )
    assert "another elbench is measuring into this run" in other.stderr


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        (RUN_FILE, b"{", "run.json cannot be read"),
        (RUN_FILE, b"[]", "no JSON object"),
        (RUN_FILE, b"[" * 100_000, "run.json cannot be read"),
        (RUN_FILE, b"\xca\xfe", "run.json cannot be read"),
        (RUN_FILE, b'{"format": 1}', "format 1, this elbench reads 2"),
        (RUN_FILE, b'{"format": 2, "run": {}}', "run.json cannot be read"),
        (JOURNAL_FILE, b"\n", "launches.jsonl line 1 cannot be read"),
        (JOURNAL_FILE, b"{}\n", "launches.jsonl line 1 cannot be read"),
        (JOURNAL_FILE, b"\xff\xfe\n", "launches.jsonl line 1 cannot be read"),
    ],
)
def test_a_damaged_file_is_named_with_its_line(
    directory: RunDirectory, file: str, content: bytes, said: str
) -> None:
    (directory.path / file).write_bytes(content)
    with pytest.raises(BadRunDirectory, match=said):
        _ = (directory.run(), directory.launches())


def test_a_folder_without_a_run_is_answered_so(tmp_path: Path) -> None:
    with pytest.raises(BadRunDirectory, match="is no run directory"):
        RunDirectory(tmp_path).run()


def test_an_unexplained_missing_value_is_no_record(directory: RunDirectory) -> None:
    content = json.loads((directory.path / RUN_FILE).read_bytes())
    content["run"]["missing"] = {}
    (directory.path / RUN_FILE).write_text(json.dumps(content))
    with pytest.raises(BadRunDirectory, match="no reason given why git_commit is None"):
        directory.run()


@pytest.mark.parametrize("unknown", ["phone_id", "artifact_sha256"])
def test_a_schedule_of_what_the_run_does_not_describe_is_refused(
    directory: RunDirectory, unknown: str
) -> None:
    content = json.loads((directory.path / RUN_FILE).read_bytes())
    content["run"]["schedule"][0][unknown] = "zzz"
    (directory.path / RUN_FILE).write_text(json.dumps(content))
    with pytest.raises(BadRunDirectory, match="names a phone or a model that it does not describe"):
        directory.run()


def test_a_file_that_cannot_take_its_place_leaves_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(IsADirectoryError):
        write_durably(tmp_path / "report.html", b"page")
    with pytest.raises(IsADirectoryError):
        write_durably(Path(), b"page")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_full_disk_leaves_no_part_of_a_file(tmp_path: Path) -> None:
    limited = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from harness.durable import write_durably\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "write_durably(Path(sys.argv[1]), bytes(100))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", limited, str(tmp_path / "page")], capture_output=True, text=True, check=False
    )
    assert "File too large" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_stops_the_journal_without_a_torn_line(directory: RunDirectory) -> None:
    fill(directory, 1)
    before = (directory.path / JOURNAL_FILE).read_bytes()
    limited = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from harness.results.rundir import RunDirectory\n"
        "from tests.results.records import launch\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 100},) * 2)\n"
        "directory = RunDirectory(Path(sys.argv[1]))\n"
        "with directory.writing(): directory.append(launch(1))"
    )
    other = subprocess.run(
        [sys.executable, "-c", limited, str(directory.path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert "OutputFolderUnusable" in other.stderr
    assert (directory.path / JOURNAL_FILE).read_bytes() == before


def duet(attempt: int, started_at: str) -> tuple[LaunchRecord, LaunchRecord]:
    """Both records of a process that measured two models."""
    one, other = (replace(launch(index), attempt=attempt, started_at=started_at) for index in (0, 1))
    other_sha256 = "12" * 32
    return (
        replace(one, request=replace(one.request, beside=other_sha256, beside_model="other")),
        replace(
            other,
            request=replace(
                other.request,
                block=0,
                artifact_sha256=other_sha256,
                model="other",
                beside=ARTIFACT.sha256,
                beside_model="net",
            ),
        ),
    )


def test_a_kill_at_any_byte_of_a_duet_leaves_both_of_its_launches_or_none(directory: RunDirectory) -> None:
    first, second = duet(1, "2026-01-01T00:00:00Z"), duet(2, "2026-01-01T00:00:09Z")
    with directory.writing():
        directory.append(*first)
        directory.append(*second)
    journal = directory.path / JOURNAL_FILE
    whole = journal.read_bytes()
    lines = whole.splitlines(keepends=True)
    half = len(b"".join(lines[:3]))
    for cut in (half - 1, half, half + 1, len(whole) - 1):
        journal.write_bytes(whole[:cut])
        assert directory.launches() == first
        with directory.writing():
            directory.append(*second)
        assert directory.launches() == (*first, *second)
    journal.write_bytes(whole)
    assert directory.launches() == (*first, *second)
