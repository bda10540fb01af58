"""What a comparison takes on phones whose noise is known, or given by hand."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.main import run_command
from harness.phone.server import AdbServer
from harness.results.noise_store import keep_noise
from tests.results.noise import NOISE

QUICK = ["plan", "--detect", "10%", "--max-pairs", "10"]


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("ELBENCH_DATA", str(tmp_path))
    return tmp_path / "noise"


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert run_command(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_without_a_calibration_it_says_how_to_get_one(capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal([*QUICK, "--threads", "4"], capsys)
    assert "elbench calibrate --threads 4" in said
    assert "--sd 3%" in said


def test_every_calibrated_phone_is_planned_for_with_its_minutes(capsys: pytest.CaptureFixture[str]) -> None:
    virtual = replace(NOISE, phone_id="ffff", engine="lite", missing={}, seconds_per_launch=0.5)
    for one in (NOISE, virtual, replace(NOISE, phone_id="eeee", threads=2)):
        keep_noise(one)
    assert run_command(QUICK) == 0
    said = capsys.readouterr().out
    assert "elbench compare A B --metric steady --max-pairs 10` to find 10.0 %" in said
    assert "phone 0123456789ab, 1 thread, 4.2 s a launch; noise of elnet_1.0, 12 pairs, 2026-01-01" in said
    assert "phone ffff (virtual, engine lite)" in said
    assert "eeee" not in said
    minutes = [line.split()[-1] for line in said.splitlines() if line.startswith("at most")]
    assert minutes == ["1.4", "0.2"]
    assert said.count("With --strict:") == 2


def test_a_noise_given_by_hand_needs_no_phone_and_knows_no_minutes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command([*QUICK, "--sd", "2%", "--strict"]) == 0
    said = capsys.readouterr().out
    assert "steady median: 2.0 % between launches, margin 3.0 %" in said
    assert next(line for line in said.splitlines() if line.startswith("at most")).endswith("–")
    assert "With --strict:" not in said


def test_json_holds_both_rules_and_equal_models(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([*QUICK, "--sd", "0.02", "--power", "90%", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["wanted"]["difference"], said["wanted"]["power"]) == (0.1, 0.9)
    (phone,) = said["phones"]
    assert phone["noise"] is None
    assert phone["usual"]["expected"]["mean_pairs"] <= phone["strict"]["expected"]["mean_pairs"]
    assert phone["equal"]["looks"][-1] == 10


def test_a_phone_noisier_than_the_margin_is_planned_with_its_floor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    steady, memory = NOISE.metrics
    keep_noise(replace(NOISE, metrics=(replace(steady, pair_log_sd=0.2, floor=0.115), memory)))
    assert run_command(QUICK) == 0
    said = capsys.readouterr().out
    assert "margin 11.5 %" in said
    assert "8 times as many are too few as well" in said


def test_a_metric_without_noise_is_refused_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    keep_noise(NOISE)
    assert "the noise of peak_memory is not known (denied)" in refusal(
        [*QUICK, "--metric", "peak_memory"], capsys
    )
    assert "it was not measured" in refusal([*QUICK, "--metric", "load"], capsys)


def test_a_phone_that_is_not_connected_is_no_failed_launch(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(AdbServer, "start", lambda _: None)
    monkeypatch.setattr(AdbServer, "devices", lambda _: ())
    assert run_command([*QUICK, "--on", "absent"]) == 4
    assert "absent: no phone of this serial is connected" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--detect", "0%"], "--detect is '0%'"),
        (["--detect", "5%", "--power", "100%"], "--power is '100%'"),
        (["--detect", "5%", "--sd", "nan"], "--sd is 'nan'"),
        (["--detect", "5%", "--metric", "speed"], "choose of steady"),
        (["--detect", "5%", "--sd", "3%", "--on", "x"], "leave out --sd or --on"),
    ],
)
def test_what_cannot_be_planned_is_named(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words.lower() in refusal(["plan", *arguments], capsys).lower()
