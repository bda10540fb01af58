"""What makes a phone ready to be measured, one check each: what is seen, against what is wanted.

Nothing here waits or asks the phone; `readiness` does.
"""

from dataclasses import dataclass

from harness.phone.cpu_load import BusyShare
from harness.results.records import ClusterClock, Conditions
from harness.units import THERMAL_STATUSES

_NOT_ASKED = "the plan does not ask for it"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessLimits:
    """When a phone is ready, and how long to wait for it; the plan's section `[ready]` says it."""

    battery_percent: int
    battery_celsius: float
    thermal_status: int
    cap_share: float
    screen: bool
    power_saver_off: bool
    available_mib: int
    busy_share: float
    wait_seconds: float
    poll_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One check at one moment."""

    name: str
    seen: str
    """`battery at 39.2 °C`; for what cannot be told, why."""
    wanted: str = ""
    """`at most 37.0 °C wanted`."""
    shortfall: float | None = 0.0
    """How far it is from what is wanted, more being worse; 0 if it is so, None if it cannot be told."""
    slack: float = 0.0
    """By how much the shortfall sways without anything having changed."""
    remedy: str = ""
    """What a person has to do, where waiting mends nothing."""

    @property
    def is_short(self) -> bool:
        """Whether the phone is not ready by this check."""
        return bool(self.shortfall)

    @property
    def against(self) -> str:
        """What is seen, against what is wanted."""
        return f"{self.seen}, {self.wanted}" if self.wanted else self.seen


def judge(conditions: Conditions, busy: BusyShare | str, limits: ReadinessLimits) -> tuple[Verdict, ...]:
    """Every check, in the order in which a reader is told.

    Args:
        conditions: the phone's state.
        busy: what its cores do besides, or why that is not known.
        limits: what is wanted.
    """
    return (
        _battery_level(conditions, limits),
        _battery_temperature(conditions, limits),
        _thermal_status(conditions, limits),
        _clock_caps(conditions, limits),
        _screen(conditions, limits),
        _power_saver(conditions, limits),
        _free_memory(conditions, limits),
        _background_load(busy, limits),
    )


def _battery_level(conditions: Conditions, limits: ReadinessLimits) -> Verdict:
    name, percent = "battery_level", conditions.battery_percent
    if percent is None:
        return _untold(name, conditions.missing["battery_percent"])
    return Verdict(
        name=name,
        seen=f"battery at {percent} %" + (" and not charging" if conditions.charging is False else ""),
        wanted=f"at least {limits.battery_percent} % wanted",
        shortfall=max(0, limits.battery_percent - percent),
        slack=1,
        remedy="" if conditions.charging else "plug the phone into a charger",
    )


def _battery_temperature(conditions: Conditions, limits: ReadinessLimits) -> Verdict:
    name, millicelsius = "battery_temperature", conditions.battery_millicelsius
    if millicelsius is None:
        return _untold(name, conditions.missing["battery_millicelsius"])
    return Verdict(
        name=name,
        seen=f"battery at {millicelsius / 1000:.1f} °C",
        wanted=f"at most {limits.battery_celsius:.1f} °C wanted",
        shortfall=max(0.0, millicelsius / 1000 - limits.battery_celsius),
        slack=1,
    )


def _thermal_status(conditions: Conditions, limits: ReadinessLimits) -> Verdict:
    name, status = "thermal_status", conditions.thermal_status
    if status is None:
        return _untold(name, conditions.missing["thermal_status"])
    return Verdict(
        name=name,
        seen=f"thermal status {status} ({THERMAL_STATUSES[status]})",
        wanted=f"at most {limits.thermal_status} ({THERMAL_STATUSES[limits.thermal_status]}) wanted",
        shortfall=max(0, status - limits.thermal_status),
    )


def _clock_caps(conditions: Conditions, limits: ReadinessLimits) -> Verdict:
    name = "clock_caps"
    if conditions.clocks is None:
        return _untold(name, conditions.missing["clocks"])
    told = [clock for clock in conditions.clocks if clock.cap_khz is not None]
    if not told:
        return _untold(name, "no cluster tells its cap")
    capped = [clock for clock in told if _share(clock) < limits.cap_share]
    lowest = min(map(_share, told))
    return Verdict(
        name=name,
        seen=", ".join(map(_cap, capped)) or f"clocks capped nowhere below {100 * lowest:.0f} %",
        wanted=f"at least {100 * limits.cap_share:.0f} % wanted",
        shortfall=max(0.0, limits.cap_share - lowest),
        slack=0.02,
    )


def _share(clock: ClusterClock) -> float:
    return (clock.cap_khz or 0) / clock.max_khz


def _cap(clock: ClusterClock) -> str:
    cap_ghz, max_ghz = (clock.cap_khz or 0) / 1e6, clock.max_khz / 1e6
    return f"cpu{clock.first_cpu} capped at {cap_ghz:.1f} of {max_ghz:.1f} GHz"


def _screen(conditions: Conditions, limits: ReadinessLimits) -> Verdict:
    name, is_on, is_locked = "screen", conditions.screen_on, conditions.locked
    if not limits.screen:
        return _untold(name, _NOT_ASKED)
    if is_on is None and is_locked is None:
        return _untold(name, conditions.missing["screen_on"])
    faults = [fault for fault, is_so in (("off", is_on is False), ("locked", is_locked)) if is_so]
    known = [state for state, is_so in (("on", is_on), ("unlocked", is_locked is False)) if is_so]
    return Verdict(
        name=name,
        seen=f"screen {' and '.join(faults or known)}",
        wanted="one that is on and unlocked wanted",
        shortfall=len(faults),
        remedy="unlock the phone by hand" if is_locked else "switch the screen on",
    )


def _power_saver(conditions: Conditions, limits: ReadinessLimits) -> Verdict:
    name, is_on = "power_saver", conditions.power_saver
    if not limits.power_saver_off:
        return _untold(name, _NOT_ASKED)
    if is_on is None:
        return _untold(name, conditions.missing["power_saver"])
    return Verdict(
        name=name,
        seen=f"battery saver {'on' if is_on else 'off'}",
        wanted="off wanted",
        shortfall=int(is_on),
        remedy="switch the battery saver off",
    )


def _free_memory(conditions: Conditions, limits: ReadinessLimits) -> Verdict:
    name, kib = "free_memory", conditions.available_kib
    if kib is None:
        return _untold(name, conditions.missing["available_kib"])
    return Verdict(
        name=name,
        seen=f"{kib // 1024} MiB of memory available",
        wanted=f"at least {limits.available_mib} MiB wanted",
        shortfall=max(0.0, limits.available_mib - kib / 1024),
        slack=limits.available_mib / 10,
    )


def _background_load(busy: BusyShare | str, limits: ReadinessLimits) -> Verdict:
    """By the cores' own time: the load average counts what waits for drivers, and is 2 to 10 at rest."""
    name = "background_load"
    if isinstance(busy, str):
        return _untold(name, busy)
    return Verdict(
        name=name,
        seen=f"cores {100 * busy.share:.0f} % busy with other things",
        wanted=f"at most {100 * limits.busy_share:.0f} % wanted",
        shortfall=max(0.0, busy.share - limits.busy_share),
        slack=0.1,
    )


def _untold(name: str, reason: str) -> Verdict:
    return Verdict(name=name, seen=reason, shortfall=None)
