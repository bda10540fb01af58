"""The phone's memory as /proc/meminfo states it. An app's own memory is read by the runner."""

import re
from dataclasses import dataclass

from harness.phone.answers import unreadable
from harness.results.records import Explained

MEMORY_COMMAND = "cat /proc/meminfo"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemMemory(Explained):
    """Memory of the whole phone."""

    total_kib: int
    available_kib: int | None
    """What new apps could have without swapping."""


def parse_memory(text: str) -> SystemMemory:
    """Read /proc/meminfo.

    Raises:
        UnreadableAnswer: no MemTotal.
    """
    total_kib, available_kib = _kib("MemTotal", text), _kib("MemAvailable", text)
    if not total_kib:
        raise unreadable(MEMORY_COMMAND, text)
    missing = {} if available_kib is not None else {"available_kib": "Linux states it from 3.14 on"}
    return SystemMemory(total_kib=total_kib, available_kib=available_kib, missing=missing)


def _kib(key: str, text: str) -> int | None:
    found = re.search(rf"^{key}:[ \t]+([0-9]{{1,12}}) kB[ \t\r]*$", text, re.MULTILINE)
    return int(found[1]) if found else None
