"""The kernel's own sensors, /sys/class/thermal/thermal_zone*.

They show more than the thermal service, and on phones before Android 10 they are all there is; many phones
deny them to a shell.
"""

import re
from dataclasses import dataclass

from harness.phone.answers import unreadable
from harness.phone.temperatures import is_alive, is_temperature, kind_of
from harness.results.records import Explained, Temperature

_FILES = "/sys/class/thermal/thermal_zone*/type /sys/class/thermal/thermal_zone*/temp"
# `echo` names the files that `cat` prints or complains about, one line each, in the same order.
THERMAL_ZONES_COMMAND = f"echo {_FILES}; cat {_FILES}"

_ZONE_FILE = re.compile(r"/sys/class/thermal/thermal_zone([0-9]{1,4})/(type|temp)")
_MOST_CELSIUS, _MOST_DECICELSIUS = 150, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermalZones(Explained):
    """What the kernel's sensors show now."""

    temperatures: tuple[Temperature, ...] | None
    """Those that measure a temperature, by the number of their zone."""


def parse_thermal_zones(text: str) -> ThermalZones:
    """Read the answer of THERMAL_ZONES_COMMAND.

    Raises:
        UnreadableAnswer: not one line for each file, or no zone whose name and reading are told.
    """
    types, readings = _files(text)
    zones = [
        (types[zone], int(reading))
        for zone, reading in sorted(readings.items())
        if zone in types and re.fullmatch(r"-?[0-9]{1,9}", reading)
    ]
    if not zones:
        raise unreadable("cat /sys/class/thermal/thermal_zone*", text.partition("\n")[2])
    temperatures = tuple(found for name, raw in zones if (found := zone_temperature(name, raw)))
    missing = {} if temperatures else {"temperatures": "none of the phone's thermal zones is a temperature"}
    return ThermalZones(temperatures=temperatures or None, missing=missing)


def zone_temperature(name: str, raw: int) -> Temperature | None:
    """One zone's reading; None if it is no temperature, or of no sensor."""
    millicelsius = _millicelsius(raw)
    if not is_temperature(name) or not is_alive(millicelsius):
        return None
    return Temperature(name=name, kind=kind_of(name), millicelsius=millicelsius, source="thermal_zone")


def _millicelsius(raw: int) -> int:
    """Linux says thousandths of a degree; drivers of older phones give whole degrees or tenths.

    A sensor below 1 °C or above 100 °C in its own unit is thereby misread; phones in use are neither.
    """
    if abs(raw) <= _MOST_CELSIUS:
        return raw * 1000
    return raw * 100 if abs(raw) < _MOST_DECICELSIUS else raw


def _files(text: str) -> tuple[dict[int, str], dict[int, str]]:
    """Name and reading by the zone's number, those that could be read."""
    names, _, contents = text.replace("\r\n", "\n").partition("\n")
    paths, lines = names.split(), contents.removesuffix("\n").split("\n")
    if len(paths) != len(lines):
        raise unreadable(f"cat of {len(paths)} files of thermal zones", contents)
    types: dict[int, str] = {}
    readings: dict[int, str] = {}
    for path, line in zip(paths, lines, strict=True):
        if (found := _ZONE_FILE.fullmatch(path)) and not line.startswith("cat: "):
            (types if found[2] == "type" else readings)[int(found[1])] = line.strip()[:64]
    return types, readings
