"""What ends the serving of virtual phones: a signal, or the end of the standard input."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Waits for the end.

    A signal is noted and wakes the event loop, nothing more. An exception out of a signal's handler would hit
    asyncio amid a step, and leave locks taken and tasks that nobody wakes any more.
    """

    def __init__(self) -> None:
        self._signals: set[int] = set()
        self._come = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def noting_signals(self) -> Iterator[None]:
        """Note SIGINT, SIGTERM and SIGHUP for as long as the caller needs, but for those that are ignored.

        SIGINT and SIGTERM ask for nothing but the end. A closed terminal (SIGHUP) concerns whoever called as
        well, who hears of it afterwards.
        """
        before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
        noted = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
        try:
            for number in noted:
                signal.signal(number, self._note)
            yield
        finally:
            for number in noted:
                signal.signal(number, before[number])
        if signal.SIGHUP in self._signals:
            signal.raise_signal(signal.SIGHUP)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._signals.add(number)
        if self._loop:
            self._loop.call_soon_threadsafe(self._come.set)

    async def wait(self, *, until_eof: bool) -> None:
        """Wait for a signal, also one that came before, or, if wanted, for the end of the standard input."""
        self._loop = asyncio.get_running_loop()
        if self._signals:
            self._come.set()
        if until_eof:
            self._loop.add_reader(sys.stdin.fileno(), self._read_input)
        try:
            await self._come.wait()
        finally:
            self._loop = None

    def _read_input(self) -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            self._come.set()
