"""Thermal status as `dumpsys thermalservice` prints it (Android 10 and later).

The status alone does not show every throttling: some vendors cap clocks at status 0, see `cpufreq`.
"""

import re
from dataclasses import dataclass

from harness.phone.answers import unreadable
from harness.results.records import Explained

THERMAL_COMMAND = "dumpsys thermalservice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thermal(Explained):
    """How hot the phone says it is."""

    status: int | None
    """0 none, 1 light, 2 moderate, 3 severe, 4 critical, 5 emergency, 6 shutdown."""


def parse_thermal(text: str) -> Thermal:
    """Read the answer of `dumpsys thermalservice`.

    Raises:
        UnreadableAnswer: a service that gives no status, or none of those that there are.
    """
    if "Can't find service" in text:
        return _unknown("Android has a thermal service from version 10 on")
    if re.search(r"^IsStatusOverride: true\s*$", text, re.MULTILINE):
        return _unknown("the thermal status was set by hand (`cmd thermalservice reset` ends that)")
    found = re.search(r"^\s*Thermal Status: ([0-6])\s*$", text, re.MULTILINE)
    if not found:
        raise unreadable(THERMAL_COMMAND, text)
    return Thermal(status=int(found[1]))


def _unknown(reason: str) -> Thermal:
    return Thermal(status=None, missing={"status": reason})
