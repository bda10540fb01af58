"""Accuracy on the phone, from outside: the phone's classes beside the host's, and what a stop leaves."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PrivateAdb
from tests.e2e.conftest import Elbench, connected_phones, journal, stop_after

NET = "elnet_0.5@input=32,classes=10"
DIGITS = ("--model", NET, "--evaluate", "digits", "--evaluate-images", "200")


def evaluations(run: Path) -> list[dict[str, Any]]:
    """The lines of a run's journal of evaluations."""
    file = run / "evaluations.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("engine", ["lite", "android"])
def test_a_phone_takes_every_image_for_what_this_machine_takes_it_for(elbench: Elbench, engine: str) -> None:
    said = elbench.measure("--virtual", "--engine", engine, *DIGITS, "--out", "run").stderr
    (found,) = evaluations(elbench.folder / "run")
    assert found["outcome"] == "ok"
    assert (found["data"]["name"], found["data"]["images"], found["data"]["classes"]) == ("digits", 200, 10)
    assert found["equal_predictions"] == 200
    assert found["top1_right"] == found["host_top1_right"]
    assert found["top5_right"] == found["host_top5_right"]
    assert 0 <= found["top1_right"] <= found["top5_right"] <= 200
    assert f"{NET} has {found['top1_right']} of 200 digits right, 200 as on this machine" in said
    launches = journal(elbench.folder / "run")
    assert all(launch["outcome"] == "ok" for launch in launches)


def test_a_cable_pulled_while_a_phone_evaluates_loses_nothing(elbench: Elbench, adb: PrivateAdb) -> None:
    faults = elbench.folder / "faults.toml"
    faults.write_text('[[fault]]\nkind = "disconnect"\nlaunch = 3\nphase = "loaded"\nfor_seconds = 1.0\n')
    with connected_phones(adb, 1, engine="lite", faults=faults) as (serial,):
        elbench.measure("--device", serial, *DIGITS, "--out", "run")
    (found,) = evaluations(elbench.folder / "run")
    assert (found["outcome"], found["equal_predictions"]) == ("ok", 200)
    assert len(journal(elbench.folder / "run")) == 2


def test_an_app_that_keeps_crashing_while_it_evaluates_is_evidence_and_resume_asks_again(
    elbench: Elbench, adb: PrivateAdb
) -> None:
    faults = elbench.folder / "faults.toml"
    crash = '[[fault]]\nkind = "crash"\nlaunch = {}\nphase = "loaded"\n'
    faults.write_text(crash.format(2) + crash.format(3))
    with connected_phones(adb, 1, engine="lite", faults=faults) as (serial,):
        what = ("--launches", "1", "--device", serial, *DIGITS, "--out", "run")
        ran = elbench("run", "--plan", "plan.toml", *what)
        assert ran.returncode == 5
        assert f"there is no accuracy of {NET}" in ran.stderr
        (failed,) = evaluations(elbench.folder / "run")
        assert failed["outcome"] == "crashed"
        assert failed["top1_right"] is None
        assert failed["host_top1_right"] is not None
        launches = (elbench.folder / "run" / "launches.jsonl").read_bytes()
        resumed = elbench("run", "--resume", "run")
        assert resumed.returncode == 0, resumed.stderr
    assert [one["outcome"] for one in evaluations(elbench.folder / "run")] == ["crashed", "ok"]
    assert (elbench.folder / "run" / "launches.jsonl").read_bytes() == launches


def test_a_run_that_is_stopped_while_a_phone_evaluates_goes_on_there(elbench: Elbench) -> None:
    with elbench.measuring(1, "--virtual", "--engine", "lite", *DIGITS) as run:
        _, said = stop_after(run, "evaluating", signal.SIGINT)
        assert run.returncode == 130
    assert "Traceback" not in said
    launches = (elbench.folder / "run" / "launches.jsonl").read_bytes()
    resumed = elbench("run", "--resume", "run")
    assert resumed.returncode == 0, resumed.stderr
    (found,) = evaluations(elbench.folder / "run")
    assert (found["outcome"], found["equal_predictions"]) == ("ok", 200)
    assert (elbench.folder / "run" / "launches.jsonl").read_bytes() == launches


def test_a_model_with_other_classes_is_refused_before_anything_is_exported(elbench: Elbench) -> None:
    ran = elbench("run", "--virtual", "--model", NET, "--model", "squeezenet1_1", "--evaluate", "digits")
    assert ran.returncode == 2
    assert ran.stderr.startswith("elbench: squeezenet1_1: has 1000 classes and digits has 10.")
    assert ran.stderr.count("\n") == 1


def test_a_dry_run_says_what_would_be_evaluated(elbench: Elbench) -> None:
    ran = elbench("run", "--or-virtual", "--dry-run", *DIGITS)
    assert f"accuracy {NET} on digits, 200 images at most" in ran.stdout
