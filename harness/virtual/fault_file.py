"""Reading fault files: TOML, every mistake refused in one line. Their form: docs/reference/faults.md."""

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

from harness.errors import UsageError
from harness.virtual.app.launch_order import Phase
from harness.virtual.faults import (
    AfterBytes,
    AfterSeconds,
    AtCommand,
    AtPhase,
    Fault,
    FaultKind,
    Faults,
    Trigger,
)

LARGEST_FILE_BYTES = 1 << 20
LONGEST_SECONDS = 24 * 3600.0
LARGEST_COUNT = 1 << 50
LONGEST_TEXT = 1000
TRIGGERS = ("phase", "after_bytes", "after_seconds", "command")
BELONGS_TO = {"launch": ("phase", "after_seconds"), "model": ("phase",), "nth": ("command",)}
"""Keys that say more of when a fault happens, and the triggers beside which they may stand."""
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "hang": ("for_seconds",),
    "disconnect": ("for_seconds",),
    "reboot": ("for_seconds",),
    "corrupt": ("path",),
    "throttle": ("for_seconds", "rest_of_launch", "share", "status"),
    "fill_storage": ("for_seconds",),
    "install_refused": ("for_seconds", "message"),
    "lock_screen": ("pin",),
    "clock_jump": ("jump_seconds",),
    "slow": ("for_seconds", "delay_seconds"),
}
"""What each kind may say beside when it happens; kinds that are not here say nothing more."""
SECONDS = {"disconnect": 0.0, "reboot": 1.0}
"""How long a fault lasts that does not say it; all others last for ever."""
SECONDS_AFTER_LAUNCH = 1.0
"""The same of one that lasts for the rest of a launch, counted from there."""
REQUIRED = {"clock_jump": "jump_seconds", "slow": "delay_seconds"}


def read_faults(file: Path | None, *, count: int) -> list[Faults]:
    """The faults of each of `count` phones.

    Raises:
        UsageError: the file cannot be read, or says something else than the reference allows.
    """
    if file is None:
        return [Faults()] * count
    try:
        entries = _entries(tomllib.loads(_read_bounded(file)))
        faults = [(_phone(entry, count), _fault(entry)) for entry in entries]
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"the fault file is not understood: {error}",
            remedy="see docs/reference/faults.md for what each kind of fault takes",
            where=str(file),
        ) from error
    return [Faults(tuple(fault for of, fault in faults if of == phone)) for phone in range(count)]


def _read_bounded(file: Path) -> str:
    with file.open("rb") as opened:
        content = opened.read(LARGEST_FILE_BYTES + 1)
    if len(content) > LARGEST_FILE_BYTES:
        raise ValueError(f"it is larger than {LARGEST_FILE_BYTES} bytes")
    return content.decode()


def _entries(tables: dict[str, Any]) -> list[dict[str, Any]]:
    entries = tables.get("fault")
    are_tables = isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
    if tables.keys() != {"fault"} or not are_tables:
        raise ValueError("it must hold [[fault]] tables and nothing else")
    return list(tables["fault"])


def _phone(entry: Mapping[str, Any], count: int) -> int:
    phone = entry.get("phone", 0)
    _require("phone", phone, _is_count(phone) and phone < count, f"a number below {count}")
    return int(phone)


def _fault(entry: Mapping[str, Any]) -> Fault:
    kinds = get_args(FaultKind)
    kind = entry.get("kind")
    _require("kind", kind, kind in kinds, f"one of {', '.join(kinds)}")
    options = OPTIONS.get(str(kind), ())
    if unknown := entry.keys() - {"kind", "phone", "launch", "model", "nth", *TRIGGERS, *options}:
        raise ValueError(f"unknown key {min(unknown)} of {kind}")
    if (required := REQUIRED.get(str(kind))) and required not in entry:
        raise ValueError(f"{kind} needs {required}")
    values = {name: _checked(name, entry[name]) for name in options if name in entry}
    if values.get("rest_of_launch"):
        _require("rest_of_launch", True, "phase" in entry, "beside a phase")
        values.setdefault("for_seconds", SECONDS_AFTER_LAUNCH)
    elif "for_seconds" in options:
        values.setdefault("for_seconds", SECONDS.get(str(kind), math.inf))
    return Fault(kind=kind, trigger=_trigger(entry), **values)  # type: ignore[arg-type]


def _trigger(entry: Mapping[str, Any]) -> Trigger:
    named = [name for name in TRIGGERS if name in entry]
    if len(named) != 1:
        raise ValueError(f"{entry['kind']} needs one of {', '.join(TRIGGERS)}, it has {len(named)}")
    trigger = named[0]
    for key, belongs_to in BELONGS_TO.items():
        if key in entry and trigger not in belongs_to:
            raise ValueError(f"{key} means nothing beside {trigger}")
    for key in ("launch", "nth"):
        _require(key, entry.get(key, 1), _is_count(entry.get(key, 1)) and entry.get(key, 1) > 0, "from 1 on")
    value, launch = _checked(trigger, entry[trigger]), entry.get("launch")
    if trigger == "phase":
        return AtPhase(launch, value, _checked("model", entry["model"]) if "model" in entry else None)
    if trigger == "after_bytes":
        return AfterBytes(value)
    if trigger == "after_seconds":
        return AfterSeconds(float(value), launch)
    return AtCommand(_pattern(value), entry.get("nth", 1))


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"command is {text!r}, which is no regular expression: {error}") from error


def _checked(name: str, value: Any) -> Any:  # noqa: ANN401  what TOML holds
    is_right, what = CHECKS[name]
    _require(name, value, is_right(value), what)
    return value


def _require(key: str, value: object, is_right: bool, what: str) -> None:
    if not is_right:
        raise ValueError(f"{key} is {value!r}, it must be {what}")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNT


def _is_number(value: object, lowest: float, highest: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and lowest <= value <= highest


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT


CHECKS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "phase": (lambda value: value in get_args(Phase), f"one of {', '.join(get_args(Phase))}"),
    "after_bytes": (_is_count, "a number of bytes"),
    "after_seconds": (lambda value: _is_number(value, 0, LONGEST_SECONDS), "seconds, at most a day"),
    "command": (_is_text, "a regular expression"),
    "for_seconds": (
        lambda value: value == math.inf or _is_number(value, 0, LONGEST_SECONDS),
        "seconds, at most a day, or inf",
    ),
    "model": (_is_text, "a text"),
    "rest_of_launch": (lambda value: isinstance(value, bool), "true or false"),
    "share": (lambda value: _is_number(value, 0.01, 1), "from 0.01 to 1"),
    "status": (lambda value: _is_count(value) and _is_number(value, 0, 6), "from 0 to 6"),
    "jump_seconds": (lambda value: _is_number(value, -1e9, 1e9), "seconds, at most 1e9 either way"),
    "delay_seconds": (lambda value: _is_number(value, 0, 60), "seconds, at most 60"),
    "message": (_is_text, "a text"),
    "path": (lambda value: _is_text(value) and str(value).startswith("/"), "an absolute path or pattern"),
    "pin": (lambda value: isinstance(value, bool), "true or false"),
}
"""What each key may hold, and in words."""
