"""A command whose terminal is closed (SIGHUP) ends as orderly as after Ctrl-C, unless told to go on."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import COMMAND, Elbench, stop_after

SERVE = ("phone", "serve", "--engine", "modelled")
READY = "virtual phone(s) ready"


def test_a_closed_terminal_ends_a_command_and_leaves_nothing_behind(elbench: Elbench, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with elbench.with_environment(TMPDIR=str(temporary)).started(*SERVE) as process:
        stop_after(process, READY, signal.SIGHUP)
    assert process.returncode == 130
    assert list(temporary.iterdir()) == []


def test_under_nohup_a_command_outlives_its_terminal(elbench: Elbench) -> None:
    with subprocess.Popen(
        ["nohup", COMMAND, *SERVE],
        env=elbench.environment,
        cwd=elbench.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline()
            process.send_signal(signal.SIGHUP)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.7)
            stop_after(process, READY, signal.SIGTERM)
        finally:
            process.kill()
