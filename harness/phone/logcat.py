"""What Android's log says of an app's end: low-memory kills of every generation, ANRs, crashes.

Only finding and naming happens here; what an end means for a launch is decided by `measure.autopsy`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.phone.transport import quoted

_MOST_LINES = 3000
_MOST_SHOWN = 60
_TAG = "elbench"

AppEnd = Literal["killed_by_lmk", "anr", "crashed"]

# Kernel driver (Android 4 to 8): drivers/staging/android/lowmemorykiller.c names at most 15 characters, with
# or without `adj`. The daemon (Android 9 and later): system/memory/lmkd, `Kill 'NAME' (PID), uid …`.
_LMK = re.compile(
    r"lowmemorykiller\b.*?\b(?:Killing|Kill|send sigkill to)\s+'?(?P<name>[\w.:]+)'?\s*\((?P<pid>\d{1,10})\)"
)
# ActivityManagerService's own event: am_kill : [user,pid,process,adj,reason]; and its words before a kill.
_ANR = re.compile(r"\bANR in (?P<name>[\w.:]+)|\bam_anr\b.*?\[\d+,(?P<pid>\d{1,10}),(?P<event_name>[\w.:]+)")
_FATAL = re.compile(r"FATAL EXCEPTION|Fatal signal \d+|\bam_crash\b|has died|tombstoned?\b|DEBUG\s*:")
_KERNEL_NAME_CHARACTERS = 15
_SYSTEM_TAGS = re.compile(
    r"\b(?:lowmemorykiller|lmkd|AndroidRuntime|DEBUG|libc|crash_dump\w*|am_kill|am_anr)\b"
)


@dataclass(frozen=True, slots=True)
class LoggedEnd:
    """What the log says of how an app ended."""

    end: AppEnd | None
    """None: it says nothing about it."""
    line: str
    """The line that says it; empty if none does."""
    excerpt: str
    """Lines that are about the app, oldest first, at most 60."""


def mark_command(mark: str) -> str:
    """The command that writes a line into the log from which on it is read; clocks may be set meanwhile."""
    return quoted("log", "-t", _TAG, mark)


def read_command() -> str:
    """The command that prints the end of the log, with every buffer that the phone has and shows.

    Only the kernel's tells of low-memory kills before Android 9, and few phones show it; `crash` came with
    Android 5.
    """
    wanted = ("main", "system", "events", "crash", "kernel")
    tries = (wanted[:count] for count in (5, 4, 3))
    return " 2>/dev/null || ".join(_reading(buffers) for buffers in tries)


def _reading(buffers: Sequence[str]) -> str:
    chosen = [part for name in buffers for part in ("-b", name)]
    return quoted("logcat", *chosen, "-v", "threadtime", "-t", str(_MOST_LINES))


def parse_end(log: str, *, mark: str, package: str, pid: int | None) -> LoggedEnd:
    """Find what the log says, after the mark, of how an app ended.

    Args:
        log: the answer of `read_command`, in any order of buffers.
        mark: as given to `mark_command`; without it in the log, everything in it counts.
        package: the app.
        pid: its process, if known; then lines of earlier processes of the app do not count.
    """
    lines = _after(log.replace("\r\n", "\n").split("\n"), mark)
    about = [line for line in lines if _is_about(line, package, pid)]
    end, line = _named_end(about, package)
    return LoggedEnd(end, line, "\n".join(about[-_MOST_SHOWN:]))


def _after(lines: list[str], mark: str) -> list[str]:
    """The lines after the mark's last appearance; all of them if the log has forgotten it."""
    at = next((index for index in range(len(lines) - 1, -1, -1) if mark in lines[index]), None)
    return lines if at is None else lines[at + 1 :]


def _is_about(line: str, package: str, pid: int | None) -> bool:
    if kill := _LMK.search(line):
        return _is_killed(kill, package, pid)
    names_pid = pid is not None and re.search(rf"\b{pid}\b", line) is not None
    return package in line or (names_pid and _SYSTEM_TAGS.search(line) is not None)


def _is_killed(kill: re.Match[str], package: str, pid: int | None) -> bool:
    """The kernel keeps the last 15 characters of a name."""
    if pid is not None:
        return int(kill["pid"]) == pid
    return kill["name"] == package or (
        len(kill["name"]) == _KERNEL_NAME_CHARACTERS and package.endswith(kill["name"])
    )


def _named_end(lines: Iterable[str], package: str) -> tuple[AppEnd | None, str]:
    crashed = ""
    for line in lines:
        if _LMK.search(line):
            return "killed_by_lmk", line.strip()
        if (anr := _ANR.search(line)) and package in (anr["name"] or "", anr["event_name"] or ""):
            return "anr", line.strip()
        if _FATAL.search(line) and not crashed:
            crashed = line.strip()
    return ("crashed", crashed) if crashed else (None, "")
