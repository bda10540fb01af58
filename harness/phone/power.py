"""Screen, battery saver and Doze, as `dumpsys power`, the settings and `dumpsys deviceidle` tell them.

Formats: AOSP frameworks/base, PowerManagerService.java, BatterySaverStateMachine.java and
DeviceIdleController.java, Android 5 to 16.
"""

import re
from dataclasses import dataclass

from harness.phone.answers import unreadable
from harness.results.records import Explained

POWER_COMMAND = "dumpsys power"
POWER_SAVER_COMMAND = "settings get global low_power"
# Deep Doze came with Android 6, the light one and this command with 7; 6 prints its whole state instead.
IDLE_COMMAND = "dumpsys deviceidle get deep 2>&1; dumpsys deviceidle get light"

_ON, _OFF = ("ON", "VR"), ("OFF", "DOZE", "DOZE_SUSPEND", "ON_SUSPEND")
_DEEP = "ACTIVE|INACTIVE|IDLE_PENDING|SENSING|LOCATING|IDLE|IDLE_MAINTENANCE|QUICK_DOZE_DELAY"
_LIGHT = "PRE_IDLE|WAITING_FOR_NETWORK|OVERRIDE"


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerState(Explained):
    """What the power manager says."""

    screen_on: bool | None
    """A dozing display counts as off."""
    power_saver: bool | None
    idle: bool | None
    """In deep or light Doze; the pauses within (`IDLE_MAINTENANCE`) are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch(Explained):
    """Something that is on or off."""

    is_on: bool


def parse_power(text: str) -> PowerState:
    """Read the answer of `dumpsys power`.

    Raises:
        UnreadableAnswer: none of the three is told.
    """
    states = {"screen_on": _screen(text), "power_saver": _saver(text), "idle": _doze(text)}
    if all(state is None for state in states.values()):
        raise unreadable(POWER_COMMAND, text)
    missing = {name: f"`{POWER_COMMAND}` does not tell it" for name, state in states.items() if state is None}
    return PowerState(**states, missing=missing)


def parse_setting(text: str) -> Switch:
    """Read a setting that is on or off; `null`, one that was never set, may be either.

    Raises:
        UnreadableAnswer: neither 0 nor 1.
    """
    if text.strip() not in ("0", "1"):
        raise unreadable("settings get", text)
    return Switch(is_on=text.strip() == "1")


def parse_idle(text: str) -> Switch:
    """Read the answer of IDLE_COMMAND.

    Raises:
        UnreadableAnswer: no state of Doze that there is.
    """
    states = re.findall(rf"^[ \t]*(?:m(?:Light)?State=)?({_DEEP}|{_LIGHT})\b", text, re.MULTILINE)
    if not states:
        raise unreadable("dumpsys deviceidle", text)
    return Switch(is_on="IDLE" in states)


def _screen(text: str) -> bool | None:
    display = _word("Display Power: state", text)
    if display in (*_ON, *_OFF):
        return display in _ON
    wakefulness = _word("mWakefulness", text)
    return wakefulness == "Awake" if wakefulness else None


def _saver(text: str) -> bool | None:
    """Android 5 to 8 have a line of their own, later ones a part whose first line it is."""
    machine = text.partition("Battery saver state machine:")[2]
    return _flag("Enabled", machine) if machine else _flag("mLowPowerModeEnabled", text)


def _doze(text: str) -> bool | None:
    modes = (_flag("mDeviceIdleMode", text), _flag("mLightDeviceIdleMode", text))
    return None if modes[0] is None else True in modes


def _flag(name: str, text: str) -> bool | None:
    return {"true": True, "false": False}.get(_word(name, text) or "")


def _word(name: str, text: str) -> str | None:
    found = re.search(rf"^[ \t]*{name}=(\w{{1,32}})", text, re.MULTILINE)
    return found[1] if found else None
