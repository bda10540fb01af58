"""How the commands speak: talk goes to stderr, data alone to stdout, and nothing that a phone sent can steer
a terminal.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import typer

from harness.errors import OutputFolderUnusable
from harness.units import printable

_LAYOUT = "\n\t"


def say(line: str) -> None:
    """Tell the person one line, on stderr; if nobody listens or the disk is full, the work goes on."""
    try:
        typer.echo(printable(line, keep=_LAYOUT), err=True)
    except OSError:
        _let_go(sys.stderr)


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
        _let_go(sys.stdout)
    except OSError as error:
        _let_go(sys.stdout)
        raise OutputFolderUnusable(
            f"cannot be written ({error.strerror})", remedy="redirect it to a place with room", where="stdout"
        ) from error


def _let_go(stream: TextIO) -> None:
    """Send nowhere what the stream still holds; Python would fail to write it when it ends, with exit 120."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
