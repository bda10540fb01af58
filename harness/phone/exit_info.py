"""Why Android says that an app's process ended: `dumpsys activity exit-info` (Android 11 and later).

Reasons are those of android.app.ApplicationExitInfo; the form is that of its `dump` (AOSP,
core/java/android/app/ApplicationExitInfo.java).
"""

import re
from dataclasses import dataclass

from harness.phone.transport import quoted

FIRST_API_LEVEL = 30
_ENTRY = re.compile(r"ApplicationExitInfo(?:\s*#\d+)?\s*:?(.*?)(?=ApplicationExitInfo\b|\Z)", re.DOTALL)
_NAMES = {
    0: "unknown",
    1: "it ended itself",
    2: "ended by a signal",
    3: "killed for lack of memory",
    4: "Java crash",
    5: "native crash",
    6: "ANR",
    7: "failed to start",
    8: "a permission changed",
    9: "used too many resources",
    10: "ended at the user's request",
    11: "the user was stopped",
    12: "something that it depends on died",
    13: "other",
    14: "frozen",
    15: "its package changed state",
    16: "its package was updated",
}
LOW_MEMORY, ANR = 3, 6
CRASHES = (4, 5, 7)


@dataclass(frozen=True, slots=True)
class ProcessExit:
    """One end of a process, as Android remembers it."""

    pid: int
    reason: int
    """A constant of ApplicationExitInfo."""
    described: str
    """The reason in words, and what Android adds to it."""


def exit_info_command(package: str) -> str:
    """The command that prints the last ends of an app's processes."""
    return quoted("dumpsys", "activity", "exit-info", package)


def parse_exits(text: str) -> tuple[ProcessExit, ...]:
    """The ends that the answer tells, in its order, the newest first; none of an answer of another kind."""
    found = (_exit(entry[1]) for entry in _ENTRY.finditer(text.replace("\r\n", "\n")))
    return tuple(one for one in found if one is not None)


def _exit(entry: str) -> ProcessExit | None:
    pid, reason = re.search(r"\bpid=(\d{1,10})\b", entry), re.search(r"\breason=(\d{1,3})\b", entry)
    if not pid or not reason:
        return None
    number = int(reason[1])
    described = _NAMES.get(number, f"reason {number}")
    if said := re.search(r"\bdescription=(?!null\b)(.+?)(?=\s+(?:state|trace)=|\n|$)", entry):
        described += f" ({said[1].strip()[:200]})"
    return ProcessExit(int(pid[1]), number, described)
