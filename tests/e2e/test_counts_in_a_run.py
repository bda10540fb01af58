"""`elbench run --count`, as a user asks for it."""

import json
import shutil
from pathlib import Path

import pytest

from harness.results.rundir import RunDirectory
from tests.e2e.conftest import JOURNAL, MODEL, Elbench, journal


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (
            "a99",
            "count.0: input should be 'a53', 'a55', 'a72', 'a73', 'a75', 'a76', 'a78' or 'x1', got 'a99'",
        ),
        ("a55,a76,a55", "count names a55 twice"),
        ("", "got ''"),
    ],
)
def test_a_core_that_nobody_knows_is_refused_in_one_line(elbench: Elbench, wish: str, said: str) -> None:
    ran = elbench("run", "--virtual", "--count", wish)
    assert ran.returncode == 2
    (line,) = ran.stderr.splitlines()
    assert said in line


def test_what_counting_lacks_is_said_before_anything_else_happens(elbench: Elbench, tmp_path: Path) -> None:
    nothing = elbench.with_environment(ELBENCH_CACHE=str(tmp_path / "cache"))
    for options in ((), ("--dry-run",)):
        ran = nothing("run", "--virtual", "--count", "a55, a76", "--out", "run", *options)
        assert ran.returncode == 2, ran.stderr
        assert "make arm64" in ran.stderr
        assert len(ran.stderr.splitlines()) == 1
    assert not (elbench.folder / "run").exists()
    assert not list(tmp_path.glob("cache/**/*.ptl"))


def test_the_counts_of_a_run_cannot_be_changed_later(elbench: Elbench) -> None:
    ran = elbench("run", "--resume", "run", "--count", "a76")
    assert ran.returncode == 2
    assert "--resume cannot be changed by --count" in ran.stderr


def test_a_run_counts_first_records_it_and_keeps_it_when_it_goes_on(counting: Elbench, cache: Path) -> None:
    shutil.rmtree(cache / "counts", ignore_errors=True)
    options = ("--virtual", "--engine", "lite", "--launches", "1", "--out", "run")
    said = counting.measure("--count", "a76", *options).stderr
    assert said.index(f"counting {MODEL} on a76") < said.index("ready,") < said.index("1 of 1 launches")
    run = RunDirectory(counting.folder / "run").run()
    (count,) = run.counts
    assert (count.artifact_sha256, count.core) == (run.artifacts[0].sha256, "a76")
    assert run.plan["count"] == ["a76"]

    (counting.folder / "run" / JOURNAL).write_bytes(b"")
    again = counting("run", "--resume", "run", "--json")
    assert "counting" not in again.stderr
    (shown,) = json.loads(again.stdout)["counts"]
    assert shown["instructions"] == count.instructions
    assert len(journal(counting.folder / "run")) == 1


def test_a_dry_run_says_what_would_be_counted(counting: Elbench) -> None:
    ran = counting("run", "--virtual", "--count", "a55,a76", "--dry-run")
    assert "counts   instructions on a55, a76" in ran.stdout
