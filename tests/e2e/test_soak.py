"""Runs in a row leave nothing behind; `python -m benchmarks.soak` does a hundred."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.soak import Left, left_since, soak

RUNS = 8
BEFORE = Left(
    processes=("adb", "harness.virtual"),
    descriptors=("adb pipe", "adb socket"),
    threads=("adb adb",),
    listening=("adb",),
    temporary_files=("adb.0.log",),
    phone_files=(),
    phone_settings=("[global] stay_on=0",),
    cache_files=(),
)


def test_runs_in_a_row_leave_nothing_behind(tmp_path: Path, cache: Path) -> None:
    folder, own_cache = tmp_path / "runs", tmp_path / "cache"
    folder.mkdir()
    unfinished = shutil.ignore_patterns(".*")  # of another test that exports meanwhile
    shutil.copytree(cache / "artifacts", own_cache / "artifacts", ignore=unfinished)
    soaked = soak(RUNS, folder, own_cache)
    assert soaked.leaks == {}
    assert soaked.after.processes == ("adb", "harness.virtual", "harness.virtual.app.zygote")
    assert soaked.after.listening == ("adb", "harness.virtual")
    assert soaked.after.temporary_files == ("adb.0.log",)
    assert [file for file in soaked.after.phone_files if "/launches/" in file] == []


def test_what_ends_by_itself_is_no_leak_however_many_looks_see_it() -> None:
    passing = replace(BEFORE, descriptors=("adb pipe", "adb socket", "adb socket"))
    looks = iter([passing, passing, passing, BEFORE])
    assert left_since(BEFORE, lambda: next(looks)) == BEFORE
    assert BEFORE.leaks_since(passing) == {}


@pytest.mark.parametrize(
    ("left", "leaks"),
    [
        (replace(BEFORE, descriptors=("adb pipe", *["adb socket"] * 11)), {"descriptors": "+10 adb socket"}),
        (replace(BEFORE, descriptors=("adb pipe", "adb pipe")), {"descriptors": "+1 adb pipe"}),
        (replace(BEFORE, processes=("adb",)), {"processes": "-1 harness.virtual"}),
        (
            replace(BEFORE, phone_settings=("[global] stay_on=3",)),
            {"phone_settings": "+1 [global] stay_on=3, -1 [global] stay_on=0"},
        ),
    ],
)
def test_what_stays_is_a_leak_and_named(left: Left, leaks: dict[str, str]) -> None:
    assert left_since(BEFORE, lambda: left, settled_s=0.0).leaks_since(BEFORE) == leaks
