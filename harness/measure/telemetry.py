"""Telemetry beside a launch: clocks, caps, temperatures and battery, sampled by a loop on the phone.

The loop is `phone.telemetry_format`'s. Here it is started, listened to in a thread of its own, and ended with
the launch. Nothing that goes wrong with it reaches the launch: then there is a reason instead of telemetry.
"""

import math
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import cast

from harness.errors import NoUsablePhone, PhoneError
from harness.phone.telemetry_format import (
    PACES,
    ZONES_COMMAND,
    Column,
    Pace,
    battery_columns,
    clock_columns,
    parse_sample,
    sampling_command,
    zone_columns,
)
from harness.phone.transport import Transport
from harness.results.records import ClusterClock, Telemetry, TelemetrySeries, Temperature

_SHORT_COMMAND_S = 10.0
_MOST_SILENCE_S = 10.0
_SWITCHED_OFF = "telemetry.hertz is 0"


@dataclass(frozen=True, slots=True)
class _Sample:
    uptime_ns: int
    arrived_ns: int
    """Host, monotonic."""
    values: tuple[int | None, ...]


@dataclass(slots=True)
class Sampler:
    """The telemetry of one launch, while it grows and afterwards."""

    transport: Transport
    clocks: Sequence[ClusterClock]
    temperatures: Sequence[Temperature]
    period_s: float
    limit_s: float
    _columns: tuple[Column, ...] = ()
    _samples: list[_Sample] = field(default_factory=list)
    _reason: str = "the launch ended before the first sample"
    _launch_ns: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def result(self) -> Telemetry | str:
        """What was sampled, or why nothing was."""
        samples = tuple(self._samples)
        if not samples:
            return self._reason
        series = tuple(
            TelemetrySeries(name=column.name, quantity=column.quantity, values=values)
            for column, values in zip(
                self._columns, zip(*(s.values for s in samples), strict=True), strict=True
            )
            if any(value is not None for value in values)
        )
        if not series:
            return "the phone lets no clock, temperature or battery file be read"
        # The least delayed line tells best how far the phone's clock is from ours.
        ahead_ns = max(sample.uptime_ns - sample.arrived_ns for sample in samples)
        return Telemetry(
            uptime_ns=tuple(sample.uptime_ns for sample in samples),
            launch_ns=max(0, self._launch_ns + ahead_ns),
            series=series,
        )

    def begin(self) -> None:
        """Start listening; the launch starts now."""
        self._launch_ns = time.monotonic_ns()
        threading.Thread(target=self._run, name="telemetry", daemon=True).start()

    def end(self) -> None:
        """Keep what has come so far, and let the thread and the phone's loop end with the next sample."""
        self._ended.set()

    def _run(self) -> None:
        try:
            zones = self.transport.shell(ZONES_COMMAND, deadline_s=_SHORT_COMMAND_S).stdout
            self._columns = (
                *clock_columns(self.clocks),
                *zone_columns(zones, self.temperatures),
                *battery_columns(),
            )
            for pace in PACES:
                if self._ended.is_set() or self._listen(pace):
                    return
        except (PhoneError, NoUsablePhone) as error:
            self._reason = error.cause

    def _listen(self, pace: Pace) -> bool:
        """Take samples until the launch has ended; false if the loop does not wait between them."""
        command = sampling_command(
            self._columns,
            period_s=self.period_s,
            samples=math.ceil(self.limit_s / self.period_s),
            pace=pace,
        )
        silence_s = max(_MOST_SILENCE_S, 4 * self.period_s)
        stream = self.transport.lines(command, deadline_s=self.limit_s + silence_s, silence_s=silence_s)
        began = len(self._samples)
        with closing(cast("Generator[str]", stream)) as lines:
            for line in lines:
                arrived_ns = time.monotonic_ns()
                if self._ended.is_set():
                    return True
                if not (sample := parse_sample(line, self._columns)):
                    continue
                self._samples.append(_Sample(sample[0], arrived_ns, sample[1]))
                if len(self._samples) == began + 2 and pace != PACES[-1] and not self._waits():
                    del self._samples[-1]
                    return False
        return True

    def _waits(self) -> bool:
        first, second = self._samples[-2:]
        return second.uptime_ns - first.uptime_ns > self.period_s * 1e9 / 2


@contextmanager
def sampling(
    transport: Transport,
    clocks: tuple[ClusterClock, ...] | None,
    temperatures: tuple[Temperature, ...] | None,
    *,
    hertz: float,
    limit_s: float,
) -> Iterator[Sampler]:
    """Sample a phone while the block runs, which is the launch; never raises for what the phone does.

    Args:
        transport: the phone; sampling has a connection of its own.
        clocks: as they were just before; files that were denied then are not tried again.
        temperatures: likewise; the hottest sensors are sampled.
        hertz: samples a second; 0 samples nothing.
        limit_s: after so long the phone's loop ends by itself.
    """
    sampler = Sampler(transport, clocks or (), temperatures or (), 1 / hertz if hertz else 1.0, limit_s)
    if not hertz:
        sampler._reason = _SWITCHED_OFF
        yield sampler
        return
    sampler.begin()
    try:
        yield sampler
    finally:
        sampler.end()
