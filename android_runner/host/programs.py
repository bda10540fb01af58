"""One run of another program, whose failure is one line."""

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
    where: str,
    name: str | None = None,
    folder: Path | None = None,
    remedy: str = "mend what it says, then try again",
    deadline_s: float = DEADLINE_S,
) -> "subprocess.CompletedProcess[bytes]":
    """Run a program to its end, in English.

    Args:
        command: the program, found on the environment's PATH, and its arguments.
        environment: all that it sees of the user's settings, such as proxies.
        where: what it is run for, for messages.
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
        raise SetupIncomplete(f"{name} cannot be found", remedy=remedy, where=where)
    try:
        return subprocess.run(
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
        raise SetupIncomplete(cause, remedy=remedy, where=where) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupIncomplete(f"{name} does not run: {error}", remedy=remedy, where=where) from error


def _reason(said: bytes) -> str:
    """The first line that speaks of an error, else the last one."""
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower() or "undefined" in line]
    return [*telling, *lines[-1:], ""][0]
