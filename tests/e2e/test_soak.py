"""Runs in a row leave nothing behind; `python -m benchmarks.soak` does a hundred."""

from pathlib import Path

from benchmarks.soak import soak

RUNS = 12


def test_runs_in_a_row_leave_nothing_behind(tmp_path: Path, cache: Path) -> None:
    soaked = soak(RUNS, tmp_path, cache)
    assert soaked.leaks == {}
    assert soaked.after.processes == ("adb", "harness.virtual", "harness.virtual.app.zygote")
    assert soaked.after.listening == 2
    assert soaked.after.temporary_files == ("adb.0.log",)
    assert [file for file in soaked.after.phone_files if "/launches/" in file] == []
