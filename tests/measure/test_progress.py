"""Progress for people: drawn where it can be drawn, told where it cannot."""

import io
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.measure.progress import progress
from harness.results.records import LaunchRecord
from tests.results.records import launch, request


class Terminal(io.StringIO):
    """Text that says it goes to a terminal."""

    def isatty(self) -> bool:
        return True


def shown(
    monkeypatch: pytest.MonkeyPatch, kind: str, records: Sequence[LaunchRecord] = (launch(0), launch(1))
) -> tuple[str, list[str]]:
    """What a run of two launches draws on a terminal of this kind, and what it says."""
    monkeypatch.setenv("TERM", kind)
    monkeypatch.setattr(sys, "stderr", Terminal())
    said: list[str] = []
    with progress([request(0), request(1)], 0, said.append) as run:
        for record in records:
            run.observe(record)
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


def test_a_repeated_launch_counts_once_and_its_failure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = replace(launch(0), outcome="timed_out", evidence="nothing arrived for 5 s")
    attempts = (failed, replace(failed, attempt=2), replace(launch(0), attempt=3), launch(1))
    _, said = shown(monkeypatch, "dumb", attempts)
    assert [line.partition(",")[0] for line in said if "of 2" in line] == [
        "1 of 2 launches",
        "2 of 2 launches",
    ]
    assert "launch 0 (net, 1 threads) timed_out: nothing arrived for 5 s" in said
    assert "launch 0 (net, 1 threads, attempt 2) timed_out: nothing arrived for 5 s" in said


def test_what_is_waited_for_is_told_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "dumb")
    said: list[str] = []
    with progress([request(0)], 0, said.append) as run:
        for seconds in range(10):
            run.waiting(f"cpu7 capped at 1.80 of 2.80 GHz, {seconds} s of at most 180 s")
        run.waiting("the screen is off, 0 s of at most 180 s")
    assert said == [
        "cpu7 capped at 1.80 of 2.80 GHz, 0 s of at most 180 s",
        "the screen is off, 0 s of at most 180 s",
    ]
