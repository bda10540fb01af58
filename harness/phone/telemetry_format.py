"""The loop that samples a phone's sensors on the phone itself, and the lines that it prints.

One line a sample: the uptime, then one field a column; a file that is denied, empty or gone leaves its field
empty, so nothing ever moves into another column. Android's mksh runs the loop without starting a process:
`read`, `[` and `echo` are its own. Which columns to sample, and when, is `measure.telemetry`'s business.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.phone.temperatures import is_temperature, kind_of
from harness.phone.thermal_zones import zone_temperature
from harness.phone.transport import quoted
from harness.results.records import ClusterClock, Temperature

Quantity = Literal["clock_khz", "cap_khz", "temperature_millicelsius", "battery_percent"]
Pace = Literal["read", "sleep", "sleep_whole"]

PACES: tuple[Pace, ...] = ("read", "sleep", "sleep_whole")
"""How the loop waits, the cheapest first. `read -t` waits for an input that never comes, without a process,
and ends at once when the connection does; shells without it do not wait at all. `sleep` starts a process, and
that of Android 5 knows whole seconds only: of a fraction it makes none."""

ZONES_COMMAND = (
    'for z in /sys/class/thermal/thermal_zone*; do k=; read -r k <$z/type; echo "$z|$k"; done 2>/dev/null'
)
_ZONE = re.compile(r"(/sys/class/thermal/thermal_zone\d{1,4})\|\s*(\S.{0,63}?)\s*")
_SAMPLED_KINDS = ("skin", "cpu", "gpu", "soc")
_ZONES_A_KIND = 2
"""The first may be a sensor that is not there."""
_OTHER_CORES = 3
_UNSEEN = -(10**6)
_CPU, _BATTERY = "/sys/devices/system/cpu", "/sys/class/power_supply/battery"
_UPTIME = re.compile(r"(\d{1,9})\.(\d{2})")
_LINE_CHARACTERS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One value of each sample."""

    name: str
    """As in `TelemetrySeries`."""
    quantity: Quantity
    """What it is."""
    paths: tuple[str, ...]
    """Files on the phone, of which the first that can be read counts."""


def clock_columns(clocks: Sequence[ClusterClock]) -> tuple[Column, ...]:
    """Clock and cap of each cluster, as far as the phone just told them.

    A core that is switched off loses its files while others of its cluster go on, so those stand in for it;
    they are sought among the numbers below the next cluster's.
    """
    firsts = sorted(clock.first_cpu for clock in clocks)
    columns = []
    for clock in clocks:
        after = next((cpu for cpu in firsts if cpu > clock.first_cpu), clock.first_cpu + 1)
        cpus = range(clock.first_cpu, min(after, clock.first_cpu + _OTHER_CORES))
        folders = [f"{_CPU}/cpu{cpu}/cpufreq" for cpu in cpus]
        folders.insert(1, f"{_CPU}/cpufreq/policy{clock.first_cpu}")
        if clock.current_khz is not None:
            columns.append(_clock_column(clock, "clock_khz", "scaling_cur_freq", folders))
        if clock.cap_khz is not None:
            columns.append(_clock_column(clock, "cap_khz", "scaling_max_freq", folders))
    return tuple(columns)


def battery_columns() -> tuple[Column, ...]:
    """Charge and temperature of the battery, on phones that let a shell read these files."""
    return (
        Column(name="battery", quantity="battery_percent", paths=(f"{_BATTERY}/capacity",)),
        Column(name="battery", quantity="temperature_millicelsius", paths=(f"{_BATTERY}/temp",)),
    )


def zone_columns(answer: str, now: Sequence[Temperature]) -> tuple[Column, ...]:
    """A few thermal zones out of the answer to ZONES_COMMAND: of each kind the hottest, or else the first.

    Args:
        answer: what the phone said; a phone that denies its zones says nothing.
        now: what the sensors showed just before.
    """
    zones = [found for line in answer.splitlines() if (found := _ZONE.fullmatch(line))]
    named: dict[str, str] = {}
    for zone in zones:
        if is_temperature(zone[2]):
            named.setdefault(zone[2], zone[1])
    shown = {reading.name: reading.millicelsius for reading in now}
    ranked = sorted(named, key=lambda name: shown.get(name, _UNSEEN), reverse=True)
    chosen = [
        name
        for kind in _SAMPLED_KINDS
        for name in [name for name in ranked if kind_of(name) == kind][:_ZONES_A_KIND]
    ]
    return tuple(
        Column(name=name, quantity="temperature_millicelsius", paths=(f"{named[name]}/temp",))
        for name in chosen
    )


def sampling_command(columns: Sequence[Column], *, period_s: float, samples: int, pace: Pace) -> str:
    """The loop.

    Args:
        columns: what to sample, at least one.
        period_s: between two samples.
        samples: after so many the loop ends, whatever has become of the connection.
        pace: how it waits.
    """
    names = [f"v{place}" for place in range(len(columns))]
    reads = "; ".join(
        " || ".join(f"read -r {name} <{quoted(path)}" for path in column.paths)
        for name, column in zip(names, columns, strict=True)
    )
    waits = {
        "read": f"read -t {period_s:.3f} x",
        "sleep": f"sleep {period_s:.3f}",
        "sleep_whole": f"sleep {max(1, round(period_s))}",
    }
    return (
        f"n=0; while t= {' '.join(f'{name}=' for name in names)}; read -r t x </proc/uptime; {reads}; "
        f'[ "$n" != {samples} ] && echo "$t|{"|".join(f"${name}" for name in names)}"; '
        f"do n=$((n+1)); {waits[pace]}; done 2>/dev/null"
    )


def parse_sample(line: str, columns: Sequence[Column]) -> tuple[int, tuple[int | None, ...]] | None:
    """Uptime in ns and one value a column; None for a line that is no sample."""
    uptime, *fields = line[:_LINE_CHARACTERS].split("|")
    found = _UPTIME.fullmatch(uptime)
    if not found or len(fields) != len(columns):
        return None
    uptime_ns = (int(found[1]) * 100 + int(found[2])) * 10_000_000
    return uptime_ns, tuple(_value(column, field) for column, field in zip(columns, fields, strict=True))


def _clock_column(clock: ClusterClock, quantity: Quantity, file: str, folders: Sequence[str]) -> Column:
    paths = tuple(f"{folder}/{file}" for folder in folders)
    return Column(name=f"cpu{clock.first_cpu}", quantity=quantity, paths=paths)


def _value(column: Column, text: str) -> int | None:
    """What the file said; None if that is no value such a sensor has."""
    if not re.fullmatch(r"-?\d{1,9}", text.strip()):
        return None
    raw = int(text)
    if column.quantity == "temperature_millicelsius":
        # Tenths of a degree for batteries (Linux, Documentation/ABI/testing/sysfs-class-power).
        name, raw = ("battery", raw * 100) if column.paths[0].startswith(_BATTERY) else (column.name, raw)
        reading = zone_temperature(name, raw)
        return reading.millicelsius if reading else None
    if column.quantity == "battery_percent":
        return raw if 0 <= raw <= 100 else None
    return raw if raw > 0 else None
