"""What a careless user does, and the one line that answers it."""

import pickle
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import COMMAND, MODEL, Elbench

HEAVY = ("torch", "pandas", "scipy", "matplotlib", "numpy", "pydantic")


@pytest.mark.parametrize(
    "command",
    [
        "",
        "run",
        "compare",
        "devices",
        "models",
        "export",
        "report",
        "restore",
        "phone",
        "phone serve",
        "phone record",
        "phone profiles",
    ],
    ids=lambda command: command or "elbench",
)
def test_help_is_answered_without_loading_anything_heavy(command: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", COMMAND, *command.split(), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert "typer" in loaded
    assert loaded.isdisjoint(HEAVY)
    assert "Usage: elbench" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["run", "--virtual", "--model", "elnet_10"], 2, "The nearest is elnet_1"),
        (["run", "--virtual", "--dry-run", "--model", "elnet_10"], 2, "The nearest is elnet_1"),
        (["run", "--virtual", "--model", "missing.ptl"], 2, "missing.ptl"),
        (["run", "--virtual", "--model", "text.ptl"], 2, "text.ptl"),
        (["run", "--virtual", "--model", "pickle.pt"], 2, "pickle.pt"),
        (["run", "--virtual", "--model", "empty.ptl"], 2, "empty.ptl"),
        (["run", "--virtual", "--model", "."], 2, "."),
        (["run", "--virtual", "--launches", "0"], 2, "launches"),
        (["run", "--virtual", "--launches", "-3"], 2, "launches"),
        (["run", "--virtual", "--threads", "1,,2"], 2, "--threads is '1,,2'"),
        (["run", "--virtual", "--threads", "9" * 5000], 2, "Write numbers as in 1,2,4"),
        (["run", "--virtual", "--device", "a"], 2, "a virtual phone and the phone 'a'"),
        (["run", "--virtual", "--input-shape", "1x3x99999999x99999999"], 2, "input_shape holds more than"),
        (["run", "--virtual", "--threads", "1,1"], 2, "threads names 1 twice"),
        (["run", "--virtual", "--input-shape", "3x"], 2, "--input-shape is '3x'"),
        (["run", "--virtual", "--plan", "broken.toml"], 2, "unknown key launchs. Did you mean launches"),
        (["run", "--virtual", "--plan", "none.toml"], 2, "none.toml: cannot be read"),
        (["run", "--virtual", "--out", "full"], 2, "full: is not empty"),
        (["run", "--virtual", "--out", "/proc/elbench"], 2, "/proc/elbench: cannot be written"),
        (["run", "--virtual", "--out", "text.ptl/run"], 2, "cannot be written"),
        (["run", "--resume", "full"], 2, "is no run directory"),
        (["run", "--resume", "full", "--launches", "3"], 2, "cannot be changed by --launches"),
        (["run"], 4, "no usable phone"),
        (["run", "--device", "none"], 4, "none: no phone of this serial is connected"),
        (["report", "nowhere"], 2, "nowhere: is no run directory"),
        (["export", MODEL, "--seed", "-1", "--out", "models"], 2, "--seed"),
        (["export", "elnet_9", "--out", "models"], 2, "elnet_9"),
        (["export", MODEL, "--out", "text.ptl"], 2, "text.ptl"),
        (["export", MODEL, "--recipe", "slow", "--out", "models"], 2, "slow"),
        (["phone", "serve", "--count", "0"], 2, "--count is 0"),
        (["phone", "serve", "--port", "5556", "--engine", "modelled"], 2, "5554 to 5585"),
        (["phone", "serve", "--engine", "magic"], 2, "magic"),
        (["run", "--virtul"], 2, "--virtul"),
        (["rum"], 2, "rum"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_mistake_is_answered_in_one_line(
    elbench: Elbench, arguments: list[str], exit_code: int, words: str
) -> None:
    (elbench.folder / "text.ptl").write_text("this is no model")
    (elbench.folder / "empty.ptl").write_bytes(b"")
    (elbench.folder / "pickle.pt").write_bytes(pickle.dumps({"weights": [1, 2, 3]}))
    (elbench.folder / "broken.toml").write_text("launchs = 3")
    (elbench.folder / "full").mkdir()
    (elbench.folder / "full" / "thesis.tex").write_text("precious")
    before = sorted(elbench.folder.rglob("*"))
    ran = elbench(*arguments)
    assert ran.returncode == exit_code, ran.stderr
    assert ran.stdout == ""
    [line] = ran.stderr.splitlines()
    assert line.startswith("elbench: ")
    assert words in line
    assert sorted(elbench.folder.rglob("*")) == before


def test_a_port_that_is_held_by_something_else_is_no_adb_server(elbench: Elbench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        ran = elbench.with_environment(ANDROID_ADB_SERVER_PORT=str(held.getsockname()[1]))("devices")
    assert ran.returncode == 4
    assert ran.stderr.count("\n") == 1


def test_a_port_that_is_no_number_is_answered_in_one_line(elbench: Elbench) -> None:
    ran = elbench.with_environment(ANDROID_ADB_SERVER_PORT="a lot")("devices")
    assert ran.returncode == 4
    assert ran.stderr.startswith("elbench: ANDROID_ADB_SERVER_PORT: 'a lot' is not understood.")
    assert ran.stderr.count("\n") == 1


def test_an_adb_that_cannot_start_is_answered_in_one_line(elbench: Elbench, tmp_path: Path) -> None:
    broken = tmp_path / "adb"
    broken.write_text("#!/bin/sh\necho cannot do it >&2\nexit 1\n")
    broken.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        free = str(probe.getsockname()[1])
    with_broken_adb = elbench.with_environment(ADBUTILS_ADB_PATH=str(broken), ANDROID_ADB_SERVER_PORT=free)
    ran = with_broken_adb("devices")
    assert ran.returncode == 4
    assert "cannot do it" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_debug_shows_the_traceback_of_an_error(elbench: Elbench) -> None:
    ran = elbench("--debug", "report", "nowhere")
    assert ran.returncode == 2
    assert "Traceback" in ran.stderr
    assert ran.stderr.splitlines()[-1].startswith("elbench: nowhere: is no run directory")
