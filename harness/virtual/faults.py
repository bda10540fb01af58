"""What goes wrong on a virtual phone, on purpose: for tests of everything that must survive it.

A fault file (TOML) holds any number of

    [[fault]]
    kind = "crash"      # or lmk, hang, disconnect
    phone = 0           # which of the served phones; 0 if absent
    launch = 2          # crash, lmk, hang: which launch since the phone was switched on; every one if absent
    phase = "steady"    # crash, lmk, hang: start, loaded, first, warmup, steady, end or destroyed
    after_bytes = 50000 # disconnect: once this many bytes have passed, all connections drop, once
"""

import signal
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from android_runner.contract import Event, Memory, decode_event
from harness.errors import ContractViolation, UsageError
from harness.virtual.app.launch_order import Phase

FaultKind = Literal["crash", "lmk", "hang"]
SIGNALS = {"crash": signal.SIGSEGV, "lmk": signal.SIGKILL}
STATUS = b"INSTRUMENTATION_STATUS: elbench="
DISCONNECT = "disconnect"
KEYS = {"kind", "phone", "launch", "phase", "after_bytes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFault:
    """Something that happens to an app process at the end of a phase."""

    kind: FaultKind
    """`crash` is a segmentation fault, `lmk` the low-memory killer, `hang` silence for ever."""
    phase: Phase
    """The phase after whose memory event it happens; the app itself stops there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The faults of one phone."""

    app_faults: tuple[tuple[int | None, AppFault], ...] = ()
    """Each with the launch that it befalls; None is every launch."""
    disconnect_after_bytes: int | None = None

    def of_launch(self, number: int) -> AppFault | None:
        """The fault that befalls a launch, counted from 1."""
        return next((fault for launch, fault in self.app_faults if launch in (None, number)), None)


class Fate:
    """Hears an app's output and knows when its fault is due; without a fault it never is."""

    def __init__(self, fault: AppFault | None) -> None:
        self._fault = fault
        self._last: Event | None = None

    def signal_after(self, line: bytes) -> signal.Signals | None:
        """The signal that the app is to get after this line of its output.

        A phase ends with the memory event of its name that follows no other one, but for `destroyed`, which
        follows that of `end`; those before were sampled in between.
        """
        if self._fault is None or not line.startswith(STATUS):
            return None
        before, self._last = self._last, _event(line)
        if not isinstance(self._last, Memory) or self._last.phase != self._fault.phase:
            return None
        is_border = not isinstance(before, Memory) or self._fault.phase == "destroyed"
        return SIGNALS.get(self._fault.kind) if is_border else None


def _event(line: bytes) -> Event | None:
    """The event of a status line; None where it is the last part of a long one."""
    try:
        return decode_event(line.removeprefix(STATUS).decode().strip()).body
    except ContractViolation:
        return None


def read_faults(file: Path | None, *, count: int) -> list[Faults]:
    """The faults of each of `count` phones.

    Raises:
        UsageError: the file cannot be read, or says something else than the form above.
    """
    if file is None:
        return [Faults()] * count
    try:
        entries = _checked(tomllib.loads(file.read_text(encoding="utf-8")), count)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the fault file is not understood: {error}",
            remedy="write [[fault]] tables with kind, phone, launch, phase and after_bytes",
            where=str(file),
        ) from error
    return [_faults([e for e in entries if e.get("phone", 0) == phone]) for phone in range(count)]


def _checked(tables: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The entries, each with exactly the keys and values that its kind needs and that can befall a phone."""
    entries = _entries(tables)
    for entry in entries:
        kinds = (*get_args(FaultKind), DISCONNECT)
        _require(entry, "kind", entry.get("kind") in kinds, f"one of {', '.join(kinds)}")
        if entry["kind"] == DISCONNECT:
            _require(entry, "after_bytes", _is_count(entry.get("after_bytes")), "a number of bytes")
        else:
            phases = get_args(Phase)
            _require(entry, "phase", entry.get("phase") in phases, f"one of {', '.join(phases)}")
        phone, launch = entry.get("phone", 0), entry.get("launch", 1)
        _require(entry, "phone", _is_count(phone) and phone < count, f"a number below {count}")
        _require(entry, "launch", _is_count(launch) and launch > 0, "a number from 1 on")
        if unknown := entry.keys() - KEYS:
            raise ValueError(f"unknown key {sorted(unknown)[0]}")
    return entries


def _entries(tables: dict[str, Any]) -> list[dict[str, Any]]:
    entries = tables.get("fault")
    are_tables = isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
    if tables.keys() != {"fault"} or not are_tables:
        raise ValueError("it must hold [[fault]] tables and nothing else")
    return list(tables["fault"])


def _require(entry: dict[str, Any], key: str, is_right: bool, what: str) -> None:
    if not is_right:
        raise ValueError(f"{key} is {entry.get(key)!r}, it must be {what}")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _faults(entries: list[dict[str, Any]]) -> Faults:
    limits = [entry["after_bytes"] for entry in entries if entry["kind"] == DISCONNECT]
    app_faults = tuple(
        (entry.get("launch"), AppFault(kind=entry["kind"], phase=entry["phase"]))
        for entry in entries
        if entry["kind"] != DISCONNECT
    )
    return Faults(app_faults=app_faults, disconnect_after_bytes=min(limits, default=None))
