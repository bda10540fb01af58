"""The memory of the app process itself: from /proc/self, at the borders of phases and now and then between.

Between two timed iterations only `/proc/self/status` is read, into memory set aside beforehand (tens of
microseconds, at most every 100 ms, never inside a timed span). PSS needs a walk over all mappings that takes
milliseconds, so it is read at phase borders alone. A thread of its own would do worse here: Python's
interpreter lock would let it interrupt timed spans.
"""

import ctypes
import os
import re
import time
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from android_runner.contract import Memory

STATUS = Path("/proc/self/status")
SMAPS_ROLLUP = Path("/proc/self/smaps_rollup")
MAX_SAMPLES = 4096
STATUS_BYTES = 2048
"""More than /proc/self/status has."""
PLACES = {
    "rss_kib": "/proc/self/status VmRSS",
    "swap_kib": "/proc/self/status VmSwap",
    "hwm_kib": "/proc/self/status VmHWM",
    "pss_kib": "/proc/self/smaps_rollup Pss",
    "native_heap_kib": "mallinfo2 uordblks + hblkhd",
}
"""Where each value is read."""
NOT_READ_AT_BORDERS = {"java_heap_kib": "none: a virtual phone's app has no Java heap"}
"""Values that are not even looked for, and why."""
NOT_READ_BETWEEN_BORDERS = {
    **NOT_READ_AT_BORDERS,
    "pss_kib": "not read: the walk over all mappings would disturb timed iterations",
    "native_heap_kib": "not read: mallinfo2 takes the allocator's lock",
}

MALLINFO2_FIELDS = (
    "arena",
    "ordblks",
    "smblks",
    "hblks",
    "hblkhd",
    "usmblks",
    "fsmblks",
    "uordblks",
    "fordblks",
    "keepcost",
)
"""Of glibc's malloc.h."""


class MemorySource(Protocol):
    """Where a launch's memory samples come from."""

    def at_border(self, phase: str) -> Memory:
        """A full sample, for the border of a phase."""

    def start(self, phase: str, period_ms: int) -> None:
        """Begin to sample every so often; a period of 0 samples nothing."""

    def sample_if_due(self, now_ns: int) -> None:
        """Sample if the period has passed; called between timed iterations, so it must allocate nothing."""

    def stop(self) -> list[Memory]:
        """End sampling and give the samples."""


class ProcMemory:
    """Samples of this very process; after MAX_SAMPLES in one phase it samples no more."""

    def __init__(self) -> None:
        self._status = os.open(STATUS, os.O_RDONLY | os.O_CLOEXEC)
        self._rows = [(row,) for row in _rows(MAX_SAMPLES, STATUS_BYTES)]
        self._at_ns = array("q", bytes(8 * MAX_SAMPLES))
        self._count = 0
        self._phase = ""
        self._period_ns = 0
        self._next_ns = 0

    def at_border(self, phase: str) -> Memory:
        """A full sample, for the border of a phase."""
        at_ns, status = time.monotonic_ns(), STATUS.read_text()
        return _sample(
            phase, at_ns, status, NOT_READ_AT_BORDERS, pss_kib=_pss_kib(), native_heap_kib=_native_heap_kib()
        )

    def start(self, phase: str, period_ms: int) -> None:
        """Begin to sample every so often; a period of 0 samples nothing."""
        self._phase, self._count, self._period_ns = phase, 0, period_ms * 1_000_000
        self._next_ns = time.monotonic_ns() + self._period_ns

    def sample_if_due(self, now_ns: int) -> None:
        """Sample if the period has passed; allocates nothing that outlives the call."""
        if now_ns >= self._next_ns and self._period_ns and self._count < MAX_SAMPLES:
            self._at_ns[self._count] = now_ns
            os.preadv(self._status, self._rows[self._count], 0)
            self._count += 1
            self._next_ns = now_ns + self._period_ns

    def stop(self) -> list[Memory]:
        """End sampling and give the samples."""
        self._period_ns = 0
        texts = [bytes(row).decode() for (row,) in self._rows[: self._count]]
        times = self._at_ns[: self._count]
        return [
            _sample(self._phase, at_ns, text, NOT_READ_BETWEEN_BORDERS)
            for at_ns, text in zip(times, texts, strict=True)
        ]


def _rows(count: int, size: int) -> list[memoryview]:
    """Equal parts of one piece of memory, which the system only gives as they are written to."""
    whole = memoryview(bytearray(count * size))
    return [whole[start : start + size] for start in range(0, count * size, size)]


def _sample(
    phase: str,
    at_ns: int,
    status: str,
    not_read: Mapping[str, str],
    *,
    pss_kib: int | None = None,
    native_heap_kib: int | None = None,
) -> Memory:
    values: dict[str, Any] = {
        "rss_kib": _kib(status, "VmRSS"),
        "swap_kib": _kib(status, "VmSwap"),
        "hwm_kib": _kib(status, "VmHWM"),
        "pss_kib": pss_kib,
        "native_heap_kib": native_heap_kib,
    }
    found = {
        name: place if values[name] is not None else f"none: this system has no {place}"
        for name, place in PLACES.items()
    }
    return Memory(phase=phase, at_ns=at_ns, **values, java_heap_kib=None, sources={**found, **not_read})


def _pss_kib() -> int | None:
    """None on kernels before 4.14, which have no smaps_rollup."""
    return _kib(SMAPS_ROLLUP.read_text(), "Pss") if SMAPS_ROLLUP.exists() else None


def _kib(text: str, name: str) -> int | None:
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found.group(1)) if found else None


class _Mallinfo2(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_size_t) for name in MALLINFO2_FIELDS)


def _native_heap_kib() -> int | None:
    mallinfo2 = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if mallinfo2 is None:
        return None
    mallinfo2.restype = _Mallinfo2
    usage = mallinfo2()
    return int(usage.uordblks + usage.hblkhd) // 1024
