"""Progress for people, on stderr: a bar with the time left on a terminal, a line a block elsewhere."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from harness.results.records import LaunchRecord, LaunchRequest
from harness.units import format_duration_ns

Say = Callable[[str], None]
_WAITING_LINE_EVERY_S = 15.0
"""Where no line can be drawn over; what a phone waits for changes every few seconds."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, for whoever measures it. Both may be called from several threads."""

    observe: Callable[[LaunchRecord], None]
    """Hears each new record."""
    waiting: Callable[[str], None]
    """Hears what is waited for."""


@contextmanager
def progress(planned: Sequence[LaunchRequest], done: int, say: Say) -> Iterator[Progress]:
    """Show how far a run is."""
    can_draw = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    shown = _bar(len(planned), done, say) if can_draw else _lines(planned, done, say)
    with shown as observed:
        yield observed


@contextmanager
def _bar(planned: int, done: int, say: Say) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("launches", total=planned, completed=done)
        ended = _EndedLaunches(done)

        def observe(record: LaunchRecord) -> None:
            if record.outcome != "ok":
                say(_failure_line(record))
            bar.update(task, completed=ended.count(record), description=record.request.model)

        yield Progress(observe, lambda line: bar.update(task, description=line))


@contextmanager
def _lines(planned: Sequence[LaunchRequest], done: int, say: Say) -> Iterator[Progress]:
    started_s = time.monotonic()
    launches_a_block = sum(request.block == 0 for request in planned)
    lock = threading.Lock()
    ended = _EndedLaunches(done)
    said_s: dict[str, float] = {}

    def observe(record: LaunchRecord) -> None:
        with lock:
            before, now = ended.total, ended.count(record)
            if record.outcome != "ok":
                say(_failure_line(record))
            if now > before and (now % launches_a_block == 0 or now == len(planned)):
                elapsed = format_duration_ns((time.monotonic() - started_s) * 1e9)
                say(f"{now} of {len(planned)} launches, {elapsed}")

    def waiting(line: str) -> None:
        with lock:
            subject, now_s = line.partition(",")[0], time.monotonic()
            if now_s - said_s.get(subject, -_WAITING_LINE_EVERY_S) >= _WAITING_LINE_EVERY_S:
                said_s[subject] = now_s
                say(line)

    yield Progress(observe, waiting)


class _EndedLaunches:
    """Launches that have ended: each once, however often it was attempted."""

    def __init__(self, done: int) -> None:
        self._done = done
        self._ids: set[str] = set()

    @property
    def total(self) -> int:
        return self._done + len(self._ids)

    def count(self, record: LaunchRecord) -> int:
        self._ids.add(record.request.launch_id)
        return self.total


def _failure_line(record: LaunchRecord) -> str:
    request = record.request
    again = f", attempt {record.attempt}" if record.attempt > 1 else ""
    what = f"launch {request.index} ({request.model}, {request.threads} threads{again}) {record.outcome}"
    return f"{what}: {(record.evidence.splitlines() or ['no evidence'])[0]}"
