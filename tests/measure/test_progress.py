"""Progress for people: drawn where it can be drawn, told where it cannot."""

import io
import sys

import pytest

from harness.measure.progress import progress
from tests.results.records import launch, request


class Terminal(io.StringIO):
    """Text that says it goes to a terminal."""

    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, kind: str) -> tuple[str, list[str]]:
    """What a run of two launches draws on a terminal of this kind, and what it says."""
    monkeypatch.setenv("TERM", kind)
    monkeypatch.setattr(sys, "stderr", Terminal())
    said: list[str] = []
    with progress([request(0), request(1)], 0, said.append) as observe:
        observe(launch(0))
        observe(launch(1))
    return sys.stderr.getvalue(), said


def test_a_terminal_gets_a_bar_that_is_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, said = shown(monkeypatch, "xterm")
    assert "2/2" in drawn
    assert drawn.endswith("\x1b[2K")
    assert said == []


def test_a_terminal_that_cannot_draw_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, said = shown(monkeypatch, "dumb")
    assert drawn == ""
    assert said[-1].startswith("2 of 2 launches")
