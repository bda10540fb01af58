"""An app's memory and state as the phone sees them from outside: `dumpsys meminfo` and /proc/PID/status.

What the app measures of itself is in its own events; this is evidence about an app that no longer speaks.
"""

import re
from dataclasses import dataclass

from harness.phone.answers import unreadable
from harness.results.records import Explained

_KIB = r"[0-9]{1,10}"
_HEADER = re.compile(r"^\*\* MEMINFO in pid ([0-9]{1,7}) \[([^\]\n]{0,128})\]", re.MULTILINE)
_NO_HEADER = "the answer's first lines are missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppMemory(Explained):
    """Memory of one process, as Android accounts for it."""

    pid: int | None
    process: str | None
    pss_kib: int | None
    """Proportional set size."""
    rss_kib: int | None
    """Resident set size, shared pages in full (Android 11 and later)."""
    swap_pss_kib: int | None
    """Swapped out, shared pages in proportion."""
    swap_kib: int | None
    """Swapped out, on kernels that do not tell the proportional size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStatus(Explained):
    """One process, as the kernel accounts for it."""

    name: str
    """The kernel keeps 15 bytes: the end of a package's name, and not all of it."""
    state: str
    """`R` runs, `S` sleeps, `D` waits for a disk or driver, `T` and `t` are stopped, `Z` is dead."""
    pid: int
    parent_pid: int | None
    tracer_pid: int | None
    """Debugger or crash dumper that holds it; 0 for none."""
    uid: int | None
    threads: int | None
    rss_kib: int | None
    peak_rss_kib: int | None
    swap_kib: int | None


def parse_app_meminfo(text: str) -> AppMemory:
    """Read the answer of `dumpsys meminfo PACKAGE` or `PID`, Android 5 to 16; of several processes the first.

    Raises:
        UnreadableAnswer: neither a process nor a total, such as for an app that does not run.
    """
    first = _first_process(text)
    header, values = _HEADER.search(first), _totals(first)
    if header is None and values["pss_kib"] is None:
        raise unreadable("dumpsys meminfo", text)
    missing = {name: "the answer does not state it" for name, value in values.items() if value is None}
    if header is None:
        missing |= {"pid": _NO_HEADER, "process": _NO_HEADER}
    return AppMemory(
        pid=int(header[1]) if header else None,
        process=header[2] if header else None,
        **values,
        missing=missing,
    )


def parse_process_status(text: str) -> ProcessStatus:
    """Read /proc/PID/status.

    Raises:
        UnreadableAnswer: no name, state or number, such as of a process that is gone.
    """
    name = re.search(r"^Name:\t?([^\r\n]{1,64})", text, re.MULTILINE)
    state = re.search(r"^State:[ \t]+([A-Za-z])\b", text, re.MULTILINE)
    pid = _field("Pid", text)
    if name is None or state is None or pid is None:
        raise unreadable("cat /proc/PID/status", text)
    numbers = {
        "parent_pid": _field("PPid", text),
        "tracer_pid": _field("TracerPid", text),
        "uid": _field("Uid", text),
        "threads": _field("Threads", text),
        "rss_kib": _field("VmRSS", text),
        "peak_rss_kib": _field("VmHWM", text),
        "swap_kib": _field("VmSwap", text),
    }
    missing = {key: "the kernel does not state it" for key, value in numbers.items() if value is None}
    return ProcessStatus(name=name[1].strip(), state=state[1], pid=pid, **numbers, missing=missing)


def _first_process(text: str) -> str:
    headers = list(_HEADER.finditer(text))
    return text[: headers[1].start()] if len(headers) > 1 else text


def _totals(text: str) -> dict[str, int | None]:
    """The summary says it in words (Android 6 and later); before it stands a table with a row TOTAL."""
    row = re.search(rf"^[ \t]*TOTAL((?:[ \t]+{_KIB})+)[ \t]*\r?$", text, re.MULTILINE)
    columns = [int(number) for number in row[1].split()] if row else []
    has_rss = re.search(r"^[ \t]*Pss .*\bSwapPss[ \t]+Rss\b", text, re.MULTILINE) is not None
    pss, rss = _total("TOTAL(?: PSS)?", text), _total("TOTAL RSS", text)
    return {
        "pss_kib": pss if pss is not None else next(iter(columns), None),
        "rss_kib": rss if rss is not None or not has_rss else next(iter(columns[4:]), None),
        "swap_pss_kib": _total("TOTAL SWAP PSS", text),
        "swap_kib": _total(r"TOTAL SWAP \(KB\)", text),
    }


def _total(name: str, text: str) -> int | None:
    found = re.search(rf"(?:^|[ \t]){name}:[ \t]+({_KIB})\b", text, re.MULTILINE)
    return int(found[1]) if found else None


def _field(key: str, text: str) -> int | None:
    found = re.search(rf"^{key}:[ \t]+({_KIB})\b", text, re.MULTILINE)
    return int(found[1]) if found else None
