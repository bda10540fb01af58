"""How the commands speak: talk goes to stderr, data alone to stdout, and nothing that a phone sent can steer
a terminal.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer

from harness.errors import OutputFolderUnusable
from harness.units import printable

_LAYOUT = "\n\t"


def say(line: str) -> None:
    """Tell the person one line, on stderr; if nobody listens or the disk is full, the work goes on."""
    with suppress(OSError):
        typer.echo(printable(line, keep=_LAYOUT), err=True)


def show(text: str) -> None:
    """Print a result for people, on stdout."""
    _print(printable(text, keep=_LAYOUT))


def show_json(data: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print a result for programs, on stdout; never a bare NaN."""
    _print(json.dumps(data, indent=2, allow_nan=False))


def _print(text: str) -> None:
    """Write to stdout at once. Nobody may be listening any more: the exit code still tells how it went."""
    try:
        typer.echo(text)
    except BrokenPipeError:
        with Path(os.devnull).open("w") as nowhere:  # or Python complains about the rest when it ends
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
    except OSError as error:
        raise OutputFolderUnusable(
            f"cannot be written ({error.strerror})", remedy="redirect it to a place with room", where="stdout"
        ) from error
