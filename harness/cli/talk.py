"""How the commands speak: talk goes to stderr, data alone to stdout, and nothing that a phone sent can steer
a terminal.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import typer


def say(line: str) -> None:
    """Tell the person one line, on stderr."""
    typer.echo(printable(line), err=True)


def show(text: str) -> None:
    """Print a result for people, on stdout."""
    typer.echo(printable(text))


def show_json(data: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print a result for programs, on stdout; never a bare NaN."""
    typer.echo(json.dumps(data, indent=2, allow_nan=False, ensure_ascii=False))


def printable(text: str) -> str:
    """The text without control characters other than newline and tab, which could steer a terminal."""
    return "".join(char if char.isprintable() or char in "\n\t" else "�" for char in text)
