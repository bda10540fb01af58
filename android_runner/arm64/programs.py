"""One run of another program for set-up, whose failure is one line."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.errors import SetupIncomplete

DEADLINE_S = 900
"""For 33 MB over a slow line."""


def run_program(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    *,
    name: str | None = None,
    folder: Path | None = None,
    remedy: str = "mend what it says, then try again",
    deadline_s: float = DEADLINE_S,
) -> bytes:
    """Run a program to its end, in English; returns what it printed.

    Args:
        command: the program, found on the environment's PATH, and its arguments.
        environment: all that it sees of the user's settings, such as proxies.
        name: what it is called in messages; default: its file's name.
        folder: where it works; default: here.
        remedy: what to do where it fails.
        deadline_s: how long it may take.

    Raises:
        SetupIncomplete: it cannot be found, does not start, fails or does not end.
    """
    name = name or Path(command[0]).name
    program = shutil.which(command[0], path=environment.get("PATH", os.defpath))
    if program is None:
        raise SetupIncomplete(f"{name} cannot be found", remedy=remedy, where="arm64")
    try:
        ran = subprocess.run(
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**environment, "LC_ALL": "C.UTF-8"},
            cwd=folder,
            timeout=deadline_s,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        cause = f"{name} fails: {_reason(error.stderr) or f'exit code {error.returncode}'}"
        raise SetupIncomplete(cause, remedy=remedy, where="arm64") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupIncomplete(f"{name} does not run: {error}", remedy=remedy, where="arm64") from error
    return ran.stdout


def _reason(said: bytes) -> str:
    """The last line that calls itself an error, else the last one: apt's and pip's say most at the end."""
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("E:", "ERROR:"))]
    return (telling or lines or [""])[-1]
