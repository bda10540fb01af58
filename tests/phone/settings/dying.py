"""Processes that change a phone's settings and are killed in the middle, at a chosen step or by the clock."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import durable
from harness.phone.connection import Address
from harness.phone.facts import read_facts
from harness.phone.settings import WantedSettings, changed
from harness.phone.transport import ShellAnswer, Transport

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__, "pytest"])  # each process runs the main script's imports
END_S = 60


class Moment:
    """Kills its own process at the n-th call; counts from 1, and 0 never comes."""

    def __init__(self, nth: int) -> None:
        self._left = nth

    def passes(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class DyingTransport(Transport):
    """Dies at the n-th of its commands, before it is sent or after it was answered."""

    before, after = Moment(0), Moment(0)

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        self.before.passes()
        answer = super().shell(command, deadline_s=deadline_s)
        self.after.passes()
        return answer


def start(
    phone: Transport, folder: Path, wanted: WantedSettings, *, dies: str = "", nth: int = 0
) -> "multiprocessing.process.BaseProcess":
    """A process that changes the phone and puts it back, over and over if nothing kills it."""
    process = _PROCESSES.Process(
        target=_live, args=(tuple(phone._address), phone.serial, folder, wanted, dies, nth)
    )
    process.start()
    return process


def survives(phone: Transport, folder: Path, wanted: WantedSettings, *, dies: str, nth: int) -> bool:
    """Run it once to its end; whether that was its own."""
    process = start(phone, folder, wanted, dies=dies, nth=nth)
    process.join(END_S)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode == 0


def _live(
    address: tuple[str, int], serial: str, folder: Path, wanted: WantedSettings, dies: str, nth: int
) -> None:
    moment = Moment(nth)
    kind = type("Dying", (DyingTransport,), {dies: moment} if dies in ("before", "after") else {})
    if dies in ("fsync", "replace"):
        _die_in(dies, moment)
    phone = kind(Address(*address), serial)
    facts = read_facts(Transport(Address(*address), serial))
    while True:
        with changed(phone, facts, wanted, folder, _ignore):
            pass
        if dies:
            return


def _die_in(name: str, moment: Moment) -> None:
    """Die in a step of writing the journal."""
    if name == "fsync":
        durable.os.fsync = _preceded(os.fsync, moment)  # type: ignore[attr-defined]
    else:
        Path.replace = _preceded(Path.replace, moment)  # type: ignore[method-assign]


def _preceded(step: Callable[..., Any], moment: Moment) -> Callable[..., Any]:
    def dying(*arguments: Any) -> Any:
        moment.passes()
        return step(*arguments)

    return dying


def _ignore(_line: str) -> None:
    pass
