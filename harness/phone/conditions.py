"""The phone's state at one moment, read in one round trip just before or after a launch.

Whether a state is good enough to measure in is not decided here.
"""

import re
from dataclasses import dataclass

from harness.phone.answers import unreadable
from harness.phone.battery import BATTERY_COMMAND, parse_battery
from harness.phone.cpufreq import CLOCKS_COMMAND, parse_clocks
from harness.phone.memory import MEMORY_COMMAND, parse_memory
from harness.phone.sources import Source, ask, gather
from harness.phone.thermal import THERMAL_COMMAND, parse_thermal
from harness.phone.transport import Transport
from harness.results.records import Conditions, Explained

_DEADLINE_S = 30.0
_POWER_COMMAND = "dumpsys power"
_AIRPLANE_COMMAND = "settings get global airplane_mode_on"
_LOAD_COMMAND = "cat /proc/loadavg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch(Explained):
    """Something that is on or off."""

    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Load(Explained):
    """How much wants to run."""

    one_minute: float


def read_conditions(transport: Transport) -> Conditions:
    """Read the phone's state; what it does not tell is None with the reason.

    Raises:
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    answers = ask(transport, [source.command for source in _SOURCES], deadline_s=_DEADLINE_S)
    gathered = gather(_SOURCES, answers)
    return Conditions(**gathered.values, missing=gathered.missing)


def parse_screen(text: str) -> Switch:
    """Read the display's state from `dumpsys power`; dozing counts as off.

    Raises:
        UnreadableAnswer: neither the line of Android 5 and later nor the wakefulness.
    """
    display = re.search(r"^\s*Display Power: state=(\w+)", text, re.MULTILINE)
    found = display or re.search(r"^\s*mWakefulness=(\w+)", text, re.MULTILINE)
    if not found:
        raise unreadable(_POWER_COMMAND, text)
    return Switch(is_on=found[1] in ("ON", "Awake"))


def parse_airplane_mode(text: str) -> Switch:
    """Read the setting `airplane_mode_on`.

    Raises:
        UnreadableAnswer: neither 0 nor 1.
    """
    if text.strip() not in ("0", "1"):
        raise unreadable(_AIRPLANE_COMMAND, text)
    return Switch(is_on=text.strip() == "1")


def parse_load(text: str) -> Load:
    """Read /proc/loadavg.

    Raises:
        UnreadableAnswer: no number to begin with.
    """
    found = re.match(r"(\d{1,6}\.\d{2}) ", text)
    if not found:
        raise unreadable(_LOAD_COMMAND, text)
    return Load(one_minute=float(found[1]))


_SOURCES = (
    Source(
        BATTERY_COMMAND,
        parse_battery,
        {
            "battery_percent": "level_percent",
            "battery_millicelsius": "temperature_millicelsius",
            "charging": "charging",
        },
    ),
    Source(THERMAL_COMMAND, parse_thermal, {"thermal_status": "status"}),
    Source(CLOCKS_COMMAND, parse_clocks, {"clocks": "clocks"}),
    Source(_POWER_COMMAND, parse_screen, {"screen_on": "is_on"}),
    Source(_AIRPLANE_COMMAND, parse_airplane_mode, {"airplane_mode": "is_on"}),
    Source(MEMORY_COMMAND, parse_memory, {"available_kib": "available_kib"}),
    Source(_LOAD_COMMAND, parse_load, {"load_average": "one_minute"}),
)
