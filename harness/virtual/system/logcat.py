"""The phone's log: buffers of entries, the oldest forgotten first, and the formats that show them."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from harness.virtual.system.phone_clock import PhoneClock

CAPACITY_ENTRIES = 5000
SYSTEM_PID = 1234
"""The invented system server's process id."""
FIRST_SDK_WITH_CRASH_BUFFER = 21
FIRST_SDK_WITH_THREADTIME = 24
"""From Android 7 on `threadtime` is what `logcat` shows unasked; before, `brief`."""

Buffer = Literal["main", "system", "crash", "events", "radio", "kernel"]
PRIORITIES = "VDIWEF"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One message."""

    number: int
    """Counts up over all buffers."""
    when: datetime
    uptime_s: float
    buffer: Buffer
    priority: str
    tag: str
    message: str
    pid: int


class Logcat:
    """The log of one phone.

    Args:
        clock: stamps the entries.
        sdk: API level, which decides which buffers there are.
    """

    def __init__(self, clock: PhoneClock, *, sdk: int) -> None:
        self._clock = clock
        self._entries: deque[LogEntry] = deque(maxlen=CAPACITY_ENTRIES)
        self._written = 0
        self._news = asyncio.Event()
        has_crash = sdk >= FIRST_SDK_WITH_CRASH_BUFFER
        self.default_buffers: tuple[Buffer, ...] = ("main", "system", *(("crash",) if has_crash else ()))
        self.all_buffers: tuple[Buffer, ...] = (
            "main",
            "radio",
            "events",
            "system",
            *(("crash", "kernel") if has_crash else ()),
        )
        self.default_format = "threadtime" if sdk >= FIRST_SDK_WITH_THREADTIME else "brief"

    def write(
        self, priority: str, tag: str, message: str, *, pid: int = SYSTEM_PID, buffer: Buffer = "main"
    ) -> None:
        """Log a message; each of its lines is an entry, as liblog's readers show it."""
        now, uptime_s = self._clock.now(), self._clock.uptime_s()
        for line in message.split("\n"):
            self._entries.append(LogEntry(self._written, now, uptime_s, buffer, priority, tag, line, pid))
            self._written += 1
        self._news.set()

    def entries(self, buffers: Collection[Buffer]) -> list[LogEntry]:
        """All entries of some buffers, oldest first."""
        return [entry for entry in self._entries if entry.buffer in buffers]

    def clear(self, buffers: Collection[Buffer] = ()) -> None:
        """Forget everything, or what some buffers hold."""
        kept = [entry for entry in self._entries if buffers and entry.buffer not in buffers]
        self._entries = deque(kept, maxlen=CAPACITY_ENTRIES)

    async def news(self) -> None:
        """Wait for the next entry."""
        self._news.clear()
        await self._news.wait()


def _brief(entry: LogEntry) -> str:
    return f"{entry.priority}/{entry.tag:<8}({entry.pid:5d}): {entry.message}"


def _stamped(entry: LogEntry, stamp: str) -> str:
    return f"{stamp} {entry.pid:5d} {entry.pid:5d} {entry.priority} {entry.tag:<8}: {entry.message}"


def _date(when: datetime) -> str:
    return f"{when:%m-%d %H:%M:%S}.{when.microsecond // 1000:03d}"


FORMATS: dict[str, Callable[[LogEntry], str]] = {
    "brief": _brief,
    "tag": lambda entry: f"{entry.priority}/{entry.tag:<8}: {entry.message}",
    "process": lambda entry: f"{entry.priority}({entry.pid:5d}) {entry.message}  ({entry.tag})",
    "raw": lambda entry: entry.message,
    "time": lambda entry: f"{_date(entry.when)} {_brief(entry)}",
    "threadtime": lambda entry: _stamped(entry, _date(entry.when)),
    "epoch": lambda entry: _stamped(entry, f"{entry.when.timestamp():19.3f}"),
    "monotonic": lambda entry: _stamped(entry, f"{entry.uptime_s:15.3f}"),
}
"""How `logcat -v` shows an entry. Source: liblog's logprint.cpp (AOSP)."""
