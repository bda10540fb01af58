"""Battery state as `dumpsys battery` prints it, from Android 5 to 16.

Only parsing lives here; whether a battery is good enough to measure on is not decided here.
"""

import re
from dataclasses import dataclass

from harness.phone.answers import unreadable
from harness.phone.temperatures import is_alive
from harness.results.records import Explained

BATTERY_COMMAND = "dumpsys battery"

_FAKED = "the battery state was set by hand (`dumpsys battery reset` ends that)"
_NO_BATTERY = "the phone says that it has no battery"
_REASONS = {
    "level_percent": "the level is out of its scale",
    "temperature_millicelsius": "the phone reports no battery temperature",
    "charging": "the phone names no power source",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery(Explained):
    """The battery at one moment."""

    level_percent: int | None
    temperature_millicelsius: int | None
    charging: bool | None
    """On any power source; some phones drain all the same."""


def parse_battery(text: str) -> Battery:
    """Read the answer of `dumpsys battery`.

    Raises:
        UnreadableAnswer: no `level:` line, which no Android version omits.
    """
    if "(UPDATES STOPPED" in text:
        return _battery(None, None, None, dict.fromkeys(_REASONS, _FAKED))
    level = _number("level", text)
    if level is None:
        raise unreadable(BATTERY_COMMAND, text)
    if re.search(r"^[ \t]*present: false[ \t\r]*$", text, re.MULTILINE):
        return _battery(None, None, None, dict.fromkeys(_REASONS, _NO_BATTERY))
    return _battery(_percent(level, text), _millicelsius(text), _is_powered(text), _REASONS)


def _battery(
    level_percent: int | None, millicelsius: int | None, charging: bool | None, reasons: dict[str, str]
) -> Battery:
    values = (level_percent, millicelsius, charging)
    return Battery(
        level_percent=level_percent,
        temperature_millicelsius=millicelsius,
        charging=charging,
        missing={name: reasons[name] for name, value in zip(_REASONS, values, strict=True) if value is None},
    )


def _number(key: str, text: str) -> int | None:
    """The first line of exactly this key: vendors repeat keys in other cases and add longer ones."""
    found = re.search(rf"^[ \t]*{key}: (-?[0-9]{{1,9}})[ \t\r]*$", text, re.MULTILINE)
    return int(found[1]) if found else None


def _percent(level: int, text: str) -> int | None:
    scale = _number("scale", text) or 100
    return round(100 * level / scale) if 0 <= level <= scale else None


def _millicelsius(text: str) -> int | None:
    """In tenths of a degree; devices without a gauge print 0 for it and for the voltage."""
    tenths = _number("temperature", text)
    if tenths is None or (tenths == 0 and not _number("voltage", text)):
        return None
    return tenths * 100 if tenths == 0 or is_alive(tenths * 100) else None


def _is_powered(text: str) -> bool | None:
    """Whether any of AC, USB, wireless and dock power is on; None without such a line."""
    states = re.findall(r"^[ \t]*(?:AC|USB|Wireless|Dock) powered: (true|false)[ \t\r]*$", text, re.MULTILINE)
    return "true" in states if states else None
