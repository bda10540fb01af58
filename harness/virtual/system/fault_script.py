"""When each scripted fault of one phone is due: by bytes, by time, by service, by phase of a launch.

It only listens and says which fault happens now; what that does to the phone is `misfortunes`' business. Each
fault happens once, but for one at a phase of every launch.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence

from harness.virtual.app.launch_order import Phase
from harness.virtual.faults import AfterBytes, AfterSeconds, AtCommand, AtPhase, Fault


class FaultScript:
    """The faults of one phone that have not happened yet.

    Args:
        faults: all of them, in the file's order.
        happen: told of each fault that is due, once.
    """

    def __init__(self, faults: Sequence[Fault], happen: Callable[[Fault], None]) -> None:
        self._waiting = list(faults)
        self._happen = happen
        self._bytes = 0
        self._services: dict[int, int] = {}
        self._timers: list[asyncio.TimerHandle] = []

    def begin(self) -> None:
        """The phone is served from now on."""
        self._start_timers(None)

    def end(self) -> None:
        """The phone is served no more: nothing happens from now on."""
        self._waiting.clear()
        for timer in self._timers:
            timer.cancel()

    def hear_bytes(self, count: int) -> None:
        """So many more bytes have passed."""
        self._bytes += count
        for fault in list(self._waiting):
            if isinstance(fault.trigger, AfterBytes) and self._bytes >= fault.trigger.count:
                self._let_happen(fault)

    def hear_service(self, name: str) -> None:
        """The adb server has asked for a service."""
        for fault in list(self._waiting):
            if isinstance(fault.trigger, AtCommand) and fault.trigger.pattern.search(name):
                heard = self._services[id(fault)] = self._services.get(id(fault), 0) + 1
                if heard >= fault.trigger.nth:
                    self._let_happen(fault)

    def hear_launch(self, number: int) -> None:
        """A launch has started."""
        self._start_timers(number)

    def at_phases_of(self, launch: int, models: Collection[str]) -> list[tuple[Phase, Fault]]:
        """The faults that will befall a launch of these models as it ends a phase, with that phase."""
        return [
            (fault.trigger.phase, fault)
            for fault in self._waiting
            if isinstance(fault.trigger, AtPhase)
            and fault.trigger.launch in (None, launch)
            and (fault.trigger.model is None or fault.trigger.model in models)
        ]

    def hear_phase(self, launch: int, models: Collection[str], phase: Phase) -> list[Fault]:
        """A launch of these models has ended a phase; returns what happened there."""
        due = [fault for at, fault in self.at_phases_of(launch, models) if at == phase]
        for fault in due:
            self._let_happen(fault)
        return due

    def _start_timers(self, launch: int | None) -> None:
        loop = asyncio.get_running_loop()
        self._timers = [timer for timer in self._timers if timer.when() > loop.time()]
        for fault in self._waiting:
            if isinstance(fault.trigger, AfterSeconds) and fault.trigger.launch == launch:
                self._timers.append(loop.call_later(fault.trigger.seconds, self._let_happen, fault))

    def _let_happen(self, fault: Fault) -> None:
        if fault not in self._waiting:
            return
        is_repeated = isinstance(fault.trigger, AtPhase) and fault.trigger.launch is None
        if not is_repeated:
            self._waiting.remove(fault)
        self._happen(fault)
