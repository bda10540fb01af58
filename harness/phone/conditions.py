"""The phone's state at one moment, read in one round trip just before or after a launch.

Whether a state is good enough to measure in is `readiness`'s question.
"""

from collections.abc import Sequence
from typing import Any

from harness.phone.battery import BATTERY_COMMAND, parse_battery
from harness.phone.cpufreq import CLOCKS_COMMAND, parse_clocks
from harness.phone.keyguard import KEYGUARD_COMMAND, parse_keyguard
from harness.phone.memory import MEMORY_COMMAND, parse_memory
from harness.phone.power import (
    IDLE_COMMAND,
    POWER_COMMAND,
    POWER_SAVER_COMMAND,
    parse_idle,
    parse_power,
    parse_setting,
)
from harness.phone.sources import Gathered, Source, ask, gather
from harness.phone.thermal import THERMAL_COMMAND, parse_thermal
from harness.phone.thermal_zones import THERMAL_ZONES_COMMAND, parse_thermal_zones
from harness.phone.transport import Transport
from harness.phone.uptime import (
    EPOCH_COMMAND,
    LOAD_COMMAND,
    UPTIME_COMMAND,
    parse_epoch,
    parse_load,
    parse_uptime,
)
from harness.results.records import Conditions

CONDITIONS_DEADLINE_S = 30.0
"""Every service of Android's may take 10 s before `dumpsys` gives it up."""
_AIRPLANE_COMMAND = "settings get global airplane_mode_on"

# A field that stands twice is taken from the first source that tells it.
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
    Source(THERMAL_COMMAND, parse_thermal, {"thermal_status": "status", "service": "temperatures"}),
    Source(THERMAL_ZONES_COMMAND, parse_thermal_zones, {"zones": "temperatures"}),
    Source(CLOCKS_COMMAND, parse_clocks, {"clocks": "clocks"}),
    Source(IDLE_COMMAND, parse_idle, {"idle": "is_on"}),
    Source(
        POWER_COMMAND,
        parse_power,
        {"screen_on": "screen_on", "power_saver": "power_saver", "idle": "idle"},
    ),
    # Behind the power manager, which counts the saver that Android turns on by itself too.
    Source(POWER_SAVER_COMMAND, parse_setting, {"power_saver": "is_on"}),
    Source(KEYGUARD_COMMAND, parse_keyguard, {"locked": "is_showing"}),
    Source(_AIRPLANE_COMMAND, parse_setting, {"airplane_mode": "is_on"}),
    Source(MEMORY_COMMAND, parse_memory, {"available_kib": "available_kib"}),
    Source(LOAD_COMMAND, parse_load, {"load_average": "one_minute"}),
    # Side by side: they are compared with each other.
    Source(UPTIME_COMMAND, parse_uptime, {"uptime_s": "seconds"}),
    Source(EPOCH_COMMAND, parse_epoch, {"epoch_s": "seconds"}),
)
CONDITIONS_COMMANDS = tuple(source.command for source in _SOURCES)


def read_conditions(transport: Transport) -> Conditions:
    """Read the phone's state; what it does not tell is None with the reason.

    Raises:
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    return parse_conditions(ask(transport, CONDITIONS_COMMANDS, deadline_s=CONDITIONS_DEADLINE_S))


def parse_conditions(answers: Sequence[str]) -> Conditions:
    """The state that the answers of CONDITIONS_COMMANDS tell."""
    gathered = _with_temperatures(gather(_SOURCES, answers))
    return Conditions(**gathered.values, missing=gathered.missing)


def _with_temperatures(gathered: Gathered) -> Gathered:
    """The sensors of the thermal service and of the kernel as one list."""
    values: dict[str, Any] = dict(gathered.values)
    missing = dict(gathered.missing)
    temperatures = (values.pop("service") or ()) + (values.pop("zones") or ())
    reasons = [missing.pop(name, "") for name in ("service", "zones")]
    if not temperatures:
        missing["temperatures"] = "; ".join(reasons)
    return Gathered(values | {"temperatures": temperatures or None}, missing)
