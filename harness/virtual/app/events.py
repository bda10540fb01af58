"""The app's event stream: numbered, stamped, to `am` and at the same time into the recovery copy."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from android_runner.contract import Envelope, Event, Finished, result_lines, status_lines
from harness.virtual.app.clock import Clock


class EventStream:
    """Sends a launch's events.

    Args:
        launch: repeated in every event.
        clock: stamps the events.
        output: descriptor of the pipe to `am`.
        recovery: host file of the recovery copy, one envelope as JSON a line.
    """

    def __init__(self, launch: str, clock: Clock, output: int, recovery: Path) -> None:
        self._launch = launch
        self._clock = clock
        self._output = output
        self._recovery = recovery.open("w", encoding="utf-8")
        self._seq = 0

    def emit(self, event: Event) -> None:
        """Send one event. Never called between two timed iterations."""
        envelope = Envelope(launch=self._launch, seq=self._seq, t_ns=self._clock.now_ns(), body=event)
        self._seq += 1
        self._recovery.write(json.dumps(asdict(envelope), separators=(",", ":")) + "\n")
        self._recovery.flush()
        self._write(status_lines(envelope))

    def finish(self, *, ok: bool) -> None:
        """Send `finished` and the result that ends the stream."""
        self.emit(Finished(events=self._seq + 1))
        self._recovery.close()
        self._write(result_lines(ok=ok, events=self._seq))

    def _write(self, text: str) -> None:
        data = memoryview(text.encode())
        while data:
            data = data[os.write(self._output, data) :]
