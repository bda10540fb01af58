"""Progress for people, on stderr: a bar with the time left on a terminal, a line a block elsewhere."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from harness.results.records import LaunchRecord, LaunchRequest
from harness.units import format_duration_ns

Observe = Callable[[LaunchRecord], None]
Say = Callable[[str], None]


@contextmanager
def progress(planned: Sequence[LaunchRequest], done: int, say: Say) -> Iterator[Observe]:
    """Show how far a run is; yields the function to call with each new record."""
    can_draw = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    shown = _bar(len(planned), done, say) if can_draw else _lines(planned, done, say)
    with shown as observe:
        yield observe


@contextmanager
def _bar(planned: int, done: int, say: Say) -> Iterator[Observe]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("launches", total=planned, completed=done)

        def observe(record: LaunchRecord) -> None:
            if record.outcome != "ok":
                say(_failure_line(record))
            bar.update(task, advance=1, description=record.request.model)

        yield observe


@contextmanager
def _lines(planned: Sequence[LaunchRequest], done: int, say: Say) -> Iterator[Observe]:
    started_s = time.monotonic()
    launches_a_block = sum(request.block == 0 for request in planned)
    lock = threading.Lock()
    measured = done

    def observe(record: LaunchRecord) -> None:
        nonlocal measured
        with lock:
            measured += 1
            if record.outcome != "ok":
                say(_failure_line(record))
            if measured % launches_a_block == 0 or measured == len(planned):
                elapsed = format_duration_ns((time.monotonic() - started_s) * 1e9)
                say(f"{measured} of {len(planned)} launches, {elapsed}")

    yield observe


def _failure_line(record: LaunchRecord) -> str:
    request = record.request
    what = f"launch {request.index} ({request.model}, {request.threads} threads) {record.outcome}"
    return f"{what}: {(record.evidence.splitlines() or ['no evidence'])[0]}"
