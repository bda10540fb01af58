"""Thermal status and sensors as `dumpsys thermalservice` prints them (Android 10 and later).

The status alone does not show every throttling: some vendors cap clocks at status 0, see `cpufreq`.
"""

import re
from dataclasses import dataclass
from itertools import takewhile

from harness.phone.answers import unreadable
from harness.phone.temperatures import is_alive, is_temperature, kind_of
from harness.results.records import Explained, Temperature

THERMAL_COMMAND = "dumpsys thermalservice"

_NO_SERVICE = "Android has a thermal service from version 10 on"
_FAKED = "the thermal status was set by hand (`cmd thermalservice reset` ends that)"
_NO_STATUS = "the thermal service states no status"
_NO_SENSORS = "the thermal service passes on no sensor that measures a temperature"

# "Cached temperatures" are of the last time that somebody was told; these are of now.
_HEADING = "Current temperatures from HAL:"
_READING = re.compile(
    r"\s*Temperature\{mValue=(-?[0-9]{1,9}(?:\.[0-9]{1,12})?(?:E-?[0-9]{1,2})?), mType=(-?[0-9]{1,3}),"
    r" mName=(.{1,64}), mStatus=-?[0-9]{1,3}\}\s*"
)
# AOSP frameworks/base, android/os/Temperature.java, and hardware/interfaces/thermal, TemperatureType.aidl.
_KINDS = {
    0: "cpu",
    1: "gpu",
    2: "battery",
    3: "skin",
    4: "usb",
    5: "power_amplifier",
    9: "npu",
    10: "npu",
    11: "display",
    12: "modem",
    13: "soc",
    14: "wifi",
    15: "camera",
    16: "flashlight",
    17: "speaker",
    18: "ambient",
    19: "pogo",
}
_VOLTAGE_CURRENT_PERCENT = (6, 7, 8)
# Samsung's own HAL of Android 10 numbers the types from 1 on, and names its sensors by them.
_TYPE_NAMES = {
    "TYPE_CPU": "cpu",
    "TYPE_GPU": "gpu",
    "TYPE_BATTERY": "battery",
    "TYPE_SKIN": "skin",
    "TYPE_USB_PORT": "usb",
    "TYPE_POWER_AMPLIFIER": "power_amplifier",
    "TYPE_NPU": "npu",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thermal(Explained):
    """How hot the phone says it is."""

    status: int | None
    """0 none, 1 light, 2 moderate, 3 severe, 4 critical, 5 emergency, 6 shutdown."""
    temperatures: tuple[Temperature, ...] | None
    """What the phone's thermal HAL measures now, in its order."""


def parse_thermal(text: str) -> Thermal:
    """Read the answer of `dumpsys thermalservice`.

    Raises:
        UnreadableAnswer: a service that gives neither a status nor a sensor.
    """
    if "Can't find service" in text:
        return _thermal(None, None, _NO_SERVICE)
    temperatures = _temperatures(text)
    if re.search(r"^[ \t]*IsStatusOverride: true[ \t\r]*$", text, re.MULTILINE):
        return _thermal(None, temperatures, _FAKED)
    found = re.search(r"^[ \t]*Thermal Status: ([0-6])[ \t\r]*$", text, re.MULTILINE)
    if found is None and not temperatures:
        raise unreadable(THERMAL_COMMAND, text)
    return _thermal(int(found[1]) if found else None, temperatures, _NO_STATUS)


def _thermal(status: int | None, temperatures: tuple[Temperature, ...] | None, reason: str) -> Thermal:
    missing = {} if status is not None else {"status": reason}
    if not temperatures:
        missing["temperatures"] = reason if reason is _NO_SERVICE else _NO_SENSORS
    return Thermal(status=status, temperatures=temperatures or None, missing=missing)


def _temperatures(text: str) -> tuple[Temperature, ...]:
    lines = iter(text.splitlines())
    if not any(line.strip() == _HEADING for line in lines):
        return ()
    section = takewhile(lambda line: line.lstrip().startswith("Temperature{"), lines)
    readings = [_temperature(line) for line in section]
    return tuple(reading for reading in readings if reading is not None)


def _temperature(line: str) -> Temperature | None:
    """None for a reading that is no temperature, or of no sensor; `NaN` is one."""
    found = _READING.fullmatch(line)
    if found is None:
        return None
    kind, millicelsius = _kind(int(found[2]), found[3]), round(float(found[1]) * 1000)
    if kind is None or not is_alive(millicelsius):
        return None
    return Temperature(name=found[3], kind=kind, millicelsius=millicelsius, source="thermalservice")


def _kind(hal_type: int, name: str) -> str | None:
    """What the sensor sits on; None if it measures no temperature."""
    if name in _TYPE_NAMES:
        return _TYPE_NAMES[name]
    if hal_type in _VOLTAGE_CURRENT_PERCENT:
        return None
    if hal_type in _KINDS:
        return _KINDS[hal_type]
    return kind_of(name) if is_temperature(name) else None
