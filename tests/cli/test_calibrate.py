"""Noise taken from a run that was measured: shown, kept, or refused with a reason."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.main import run_command
from harness.results.records import LaunchRecord, Run
from harness.results.rundir import RunDirectory
from tests.results.records import launch, run
from tests.stats.neighbours import launches


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("ELBENCH_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "noise"


def measured(folder: Path, journal: list[LaunchRecord], of: Run) -> str:
    folder.mkdir()
    directory = RunDirectory.create(folder, of)
    with directory.writing():
        for record in journal:
            directory.append(record)
    return str(folder)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Four launches of one file, ten seconds apart."""
    return measured(tmp_path / "run", launches([1e6, 1.1e6, 1.1e6, 1e6]), run(4))


def test_every_metric_is_shown_with_its_noise_and_what_can_be_told(
    folder: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["calibrate", "--from", folder]) == 0
    said = capsys.readouterr().out
    assert "Acme Phone, 0123456789ab: net against itself, 1 thread, 2 pairs of launches" in said
    steady = next(line for line in said.splitlines() if line.startswith("steady median"))
    assert steady.split()[2:4] == ["6.7", "%"]  # ln(1.1) / √2
    assert "A launch takes 10.0 s" in said
    assert "40 pairs of two models 13.3 minutes" in said
    assert f"Kept in {data / '0123456789ab.json'}" in said


def test_json_holds_the_noise_and_what_was_kept(
    folder: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["calibrate", "--from", folder, "--json"]) == 0
    (phone,) = json.loads(capsys.readouterr().out)["phones"]
    assert phone["is_virtual"] is False
    assert set(phone["told_apart"]) == {"steady", "p95", "first", "load", "peak_memory"}
    kept = json.loads((data / "0123456789ab.json").read_text())
    assert kept["noise"] == [phone["noise"]]


def test_a_run_without_two_usable_neighbours_keeps_nothing(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = replace(launch(1), outcome="crashed", evidence="SIGSEGV")
    folder = measured(tmp_path / "failed", [launch(0), failed], run(2))
    assert run_command(["calibrate", "--from", folder]) == 5
    assert "no two neighbouring launches could be used" in capsys.readouterr().err
    assert not data.exists()


def test_what_is_known_and_cannot_be_read_stops_it_before_anything_is_measured(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data.mkdir(parents=True)
    (data / "another.json").write_text("{")
    assert run_command(["calibrate", "--on", "nobody"]) == 2
    assert "another.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option",
    [
        ["--virtual"],
        ["--on", "x"],
        ["--out", "x"],
        ["--engine", "lite"],
        ["--model", "elnet_0.5"],
        ["--pairs", "30"],
        ["--threads", "1"],
    ],
)
def test_a_run_that_was_measured_cannot_be_changed(
    option: list[str], folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["calibrate", "--from", folder, *option]) == 2
    assert f"--from cannot be changed by {option[0]}" in capsys.readouterr().err
