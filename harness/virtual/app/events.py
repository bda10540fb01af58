"""The app's event stream: numbered, stamped, to `am` and at the same time into the recovery copy."""

import json
import os
from dataclasses import asdict
from pathlib import Path, PurePosixPath

from android_runner.contract import (
    Envelope,
    Event,
    Failure,
    Finished,
    recovery_path,
    result_lines,
    status_lines,
)
from harness.virtual.app.clock import Clock
from harness.virtual.app.launch_order import LaunchOrder
from harness.virtual.system.filesystem import PhoneFiles


class EventStream:
    """Sends a launch's events.

    Args:
        launch: repeated in every event.
        clock: stamps the events.
        output: descriptor of the pipe to `am`.
        recovery: host file of the recovery copy, one envelope as JSON a line; None where there is no room.
    """

    def __init__(self, launch: str, clock: Clock, output: int, recovery: Path | None) -> None:
        self.launch = launch
        self._clock = clock
        self._output = output
        self._recovery = recovery.open("w", encoding="utf-8") if recovery else None
        self._seq = 0

    def emit(self, event: Event) -> None:
        """Send one event. Never called between two timed iterations."""
        envelope = Envelope(launch=self.launch, seq=self._seq, t_ns=self._clock.now_ns(), body=event)
        self._seq += 1
        if self._recovery:
            self._recovery.write(json.dumps(asdict(envelope), separators=(",", ":")) + "\n")
            self._recovery.flush()
        self._write(status_lines(envelope))

    def fail(self, failure: Failure) -> None:
        """Send why the launch ends here, and end the stream."""
        self.emit(failure)
        self.finish(ok=False)

    def finish(self, *, ok: bool) -> None:
        """Send `finished` and the result that ends the stream."""
        self.emit(Finished(events=self._seq + 1))
        if self._recovery:
            self._recovery.close()
        self._write(result_lines(ok=ok, events=self._seq))

    def _write(self, text: str) -> None:
        data = memoryview(text.encode())
        while data:
            data = data[os.write(self._output, data) :]


def open_stream(order: LaunchOrder, clock: Clock, output: int) -> EventStream:
    """The stream of a launch, which bears the name of its request's folder."""
    launch = PurePosixPath(order.request).parent.name
    recovery = PhoneFiles(Path(order.root), capacity_bytes=0).host_path(recovery_path(launch))
    recovery.parent.mkdir(parents=True, exist_ok=True)
    return EventStream(launch, clock, output, recovery if order.keeps_copy else None)
