"""Comparisons on a modelled phone, whose models are as slow as a file says: each verdict, each exit code."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PrivateAdb
from tests.e2e.conftest import MODEL, Elbench, connected_phones, in_environment, journal, stop_after

OTHER = f"{MODEL}@classes=990"
"""Nearly as large a file."""
PLAN = """
[warmup]
rule = "fixed"
min_iterations = 3
min_seconds = 0.0
[measure]
min_iterations = 20
min_seconds = 0.0
[telemetry]
hertz = 0
[ready]
poll_seconds = 0.2
"""
TIMING = """
[default]
cost_ms = 5.0
launch_sd = 0.01
drift = 0.0
"""
SLOWER = f'{TIMING}\n[model."{OTHER}"]\nslower = 1.05\n'
THROTTLES = f"""
[[fault]]
kind = "throttle"
model = "{OTHER}"
phase = "loaded"
rest_of_launch = true
for_seconds = 0.3
"""


@contextmanager
def phone(adb: PrivateAdb, folder: Path, timing: str = TIMING, faults: str = "") -> Iterator[None]:
    (folder / "timing.toml").write_text(timing, encoding="utf-8")
    (folder / "faults.toml").write_text(faults, encoding="utf-8")
    options = {"faults": folder / "faults.toml"} if faults else {}
    with connected_phones(adb, 1, timing=folder / "timing.toml", **options):
        yield


@dataclass(frozen=True)
class Compared:
    code: int
    result: dict[str, Any]
    said: str
    folder: Path

    @property
    def on_phone(self) -> dict[str, Any]:
        (phone,) = self.result["comparison"]["phones"]
        return phone

    @property
    def steady(self) -> dict[str, Any]:
        (verdict,) = (one for one in self.on_phone["verdicts"] if one["metric"] == "steady")
        return verdict


def compared(elbench: Elbench, *arguments: str, out: str = "run") -> Compared:
    plan = ("--plan", str(elbench.plan), "--metric", "steady", "--out", out)
    ran = elbench("compare", *arguments, *plan, "--json")
    assert ran.stdout, ran.stderr
    return Compared(ran.returncode, json.loads(ran.stdout), ran.stderr, elbench.folder / out)


@pytest.fixture(scope="module")
def here(adb: PrivateAdb, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Elbench:
    elbench = in_environment(adb, cache, tmp_path_factory.mktemp("compare"))
    elbench.plan.write_text(PLAN, encoding="utf-8")
    return elbench


@pytest.fixture(scope="module")
def slower(here: Elbench, adb: PrivateAdb) -> Compared:
    with phone(adb, here.folder, SLOWER):
        return compared(here, MODEL, OTHER, out="slower")


def test_two_recipes_of_equal_speed_are_equivalent(here: Elbench, adb: PrivateAdb) -> None:
    with phone(adb, here.folder):
        found = compared(here, MODEL, "--recipes", "fast,documented", out="equal")
    assert found.code == 0, found.said
    assert found.steady["verdict"] == "equivalent"
    assert found.on_phone["words"] in found.said
    assert found.on_phone["pairs"] < found.on_phone["max_pairs"] == 40
    assert found.result["complete"] is True
    assert found.result["measured_launches"] == 2 * found.on_phone["pairs"] == len(journal(found.folder))
    page = (found.folder / "report.html").read_text(encoding="utf-8")
    assert "the rest was not needed" in page


def test_a_model_that_is_5_percent_slower_has_regressed(slower: Compared) -> None:
    assert slower.code == 1
    assert slower.steady["verdict"] == "regressed"
    assert slower.steady["ratio"]["low"] > 1
    assert slower.steady["ratio"]["value"] == pytest.approx(1.05, abs=0.02)
    assert 6 <= slower.on_phone["pairs"] <= 10


def test_a_comparison_that_was_cut_and_continued_ends_as_if_it_had_not_been(
    here: Elbench, adb: PrivateAdb, slower: Compared
) -> None:
    arguments = ("compare", MODEL, OTHER, "--plan", str(here.plan), "--metric", "steady")
    with phone(adb, here.folder, SLOWER):
        with here.started(*arguments, "--out", "cut") as run:
            _, said = stop_after(run, "6 of 80 launches", signal.SIGINT)
        assert run.returncode == 130
        assert said.splitlines()[-1].endswith("elbench compare --resume cut.")
        resumed = here("compare", "--resume", "cut", "--json")
    assert resumed.returncode == 1, resumed.stderr
    again = Compared(1, json.loads(resumed.stdout), resumed.stderr, here.folder / "cut")
    assert again.on_phone["pairs"] == slower.on_phone["pairs"]
    assert again.steady["ratio"] == slower.steady["ratio"]
    assert [one["duration_ns"] for one in journal(again.folder)] == [
        one["duration_ns"] for one in journal(slower.folder)
    ]


def test_three_pairs_decide_nothing_and_a_required_verdict_minds(here: Elbench, adb: PrivateAdb) -> None:
    with phone(adb, here.folder):
        found = compared(here, MODEL, OTHER, "--max-pairs", "3", "--require-verdict", out="few")
    assert found.code == 3, found.said
    assert found.steady["verdict"] == "inconclusive"
    assert "at least 6 pairs" in found.steady["reason"]
    assert len(journal(found.folder)) == 6


def test_a_model_during_which_alone_the_phone_throttles_has_not_regressed(
    here: Elbench, adb: PrivateAdb
) -> None:
    with phone(adb, here.folder, faults=THROTTLES):
        found = compared(here, MODEL, OTHER, out="throttled")
    assert found.code == 0, found.said
    assert found.steady["ratio"]["value"] > 1.5
    assert found.steady["verdict"] == "inconclusive"
    assert [one["code"] for one in found.steady["findings"]] == ["disturbed_unevenly"]
    assert "disturbed_unevenly" in (found.folder / "report.html").read_text(encoding="utf-8")


def test_a_dry_run_says_how_many_launches_it_takes_at_most(here: Elbench) -> None:
    ran = here("compare", MODEL, "--recipes", "fast,documented", "--virtual", "--max-pairs", "9", "--dry-run")
    assert ran.returncode == 0, ran.stderr
    assert "recipes  fast, documented" in ran.stdout
    assert "launches at most 2 × 9 on each phone" in ran.stdout
