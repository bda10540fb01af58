"""Telemetry of a phone's launches on one time axis, as arrays in the units of the charts.

Charts have few points however long the run was; tables and sentences come from all samples.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from harness.results.records import LaunchRecord, PhoneFacts, Telemetry

Array = NDArray[np.float64]

POINTS = 2000
"""Drawn for one phone, all lines together."""
CAPPED_SHARE = 0.995
"""Below this share of the highest clock a cluster counts as held back; above it are roundings of drivers."""

Key = tuple[str, str]
"""Name and quantity of a series."""
_SCALES = {"clock_khz": 1e-6, "cap_khz": 1e-6, "temperature_millicelsius": 1e-3, "battery_percent": 1.0}


def _median(values: Array) -> float:
    return float(np.median(values))


_REDUCTIONS: dict[str, Callable[[Array], float]] = {"cap_khz": np.min, "temperature_millicelsius": np.max}
"""What a point stands for, where not for the median: thinning must not hide a cap or a hot moment."""


@dataclass(frozen=True, slots=True)
class Line:
    """One series over the whole run; NaN where the line breaks."""

    minutes: Array
    """Since the run's first launch."""
    values: Array
    """GHz, °C or percent."""


@dataclass(frozen=True, slots=True)
class ClusterLines:
    """One cluster's clock below its cap."""

    name: str
    """`cpu4`, by its first core."""
    max_ghz: float | None
    """Highest clock that the hardware states; None where nothing states it."""
    clock: Line | None
    cap: Line | None
    lowest_cap_ghz: float | None
    """Of all samples."""

    @property
    def was_capped(self) -> bool:
        """Whether the phone held the cluster back at any time."""
        lowest, top = self.lowest_cap_ghz, self.max_ghz
        return lowest is not None and top is not None and lowest < top * CAPPED_SHARE


@dataclass(frozen=True, slots=True)
class SensorLine:
    """One sensor's temperature."""

    name: str
    line: Line
    hottest_celsius: float
    """Of all samples."""


@dataclass(frozen=True, slots=True)
class PhoneTelemetry:
    """All telemetry of one phone."""

    clusters: tuple[ClusterLines, ...]
    sensors: tuple[SensorLine, ...]
    is_thinned: bool
    """Whether a point stands for several samples."""


def phone_telemetry(phone: PhoneFacts, launches: Sequence[LaunchRecord]) -> PhoneTelemetry | None:
    """Everything that was sampled beside a phone's launches; None if nothing was."""
    sampled = [(launch, launch.telemetry) for launch in launches if launch.telemetry]
    drawn = list(
        dict.fromkeys(
            (series.name, series.quantity)
            for _, telemetry in sampled
            for series in telemetry.series
            if series.quantity != "battery_percent" and any(value is not None for value in series.values)
        )
    )
    if not drawn:
        return None
    begins = _begins_minutes([launch for launch, _ in sampled])
    budget = max(2, POINTS // len(drawn))
    whole = {
        key: [
            (begin, telemetry, _values(telemetry, key))
            for begin, (_, telemetry) in zip(begins, sampled, strict=True)
        ]
        for key in drawn
    }
    lines = {key: _line(parts, budget, key[1]) for key, parts in whole.items()}
    everything = {key: np.concatenate([values for _, _, values in parts]) for key, parts in whole.items()}
    names = dict.fromkeys(name for name, quantity in drawn if quantity in ("clock_khz", "cap_khz"))
    maxima = max_khz_by_name(phone, launches)
    return PhoneTelemetry(
        clusters=tuple(
            ClusterLines(
                name=name,
                max_ghz=maxima[name] / 1e6 if name in maxima else None,
                clock=lines.get((name, "clock_khz")),
                cap=lines.get((name, "cap_khz")),
                lowest_cap_ghz=_lowest(everything.get((name, "cap_khz"))),
            )
            for name in names
        ),
        sensors=tuple(
            SensorLine(name, lines[name, quantity], float(np.nanmax(everything[name, quantity])))
            for name, quantity in drawn
            if quantity == "temperature_millicelsius"
        ),
        is_thinned=any(
            values.size > line.values.size
            for values, line in zip(everything.values(), lines.values(), strict=True)
        ),
    )


def series_values(telemetry: Telemetry, name: str, quantity: str) -> Array:
    """The readings of one series, GHz, °C or percent, without those that failed; may be empty."""
    values = _values(telemetry, (name, quantity))
    return values[~np.isnan(values)]


def max_khz_by_name(phone: PhoneFacts, launches: Iterable[LaunchRecord]) -> dict[str, int]:
    """The highest clock of each cluster by the name that its telemetry has."""
    stated = {f"cpu{cluster.cpus[0]}": cluster.max_khz for cluster in phone.clusters or ()}
    seen = {
        f"cpu{clock.first_cpu}": clock.max_khz
        for launch in launches
        if launch.before
        for clock in launch.before.clocks or ()
    }
    return {**seen, **stated}


def _begins_minutes(launches: Sequence[LaunchRecord]) -> list[float]:
    """When each launch began, by the host's clock: the phone's begins anew when it restarts."""
    try:
        starts = [datetime.fromisoformat(launch.started_at).timestamp() for launch in launches]
    except (ValueError, OverflowError):
        return [float(place) for place in range(len(launches))]
    return [(start - min(starts)) / 60 for start in starts]


def _values(telemetry: Telemetry, key: Key) -> Array:
    """One value a sample, NaN where there is none."""
    found = next((s.values for s in telemetry.series if (s.name, s.quantity) == key), ())
    values = np.full(len(telemetry.uptime_ns), np.nan)
    known = [(place, value) for place, value in enumerate(found[: values.size]) if value is not None]
    for place, value in known:
        values[place] = value * _SCALES[key[1]]
    return values


def _line(parts: Sequence[tuple[float, Telemetry, Array]], budget: int, quantity: str) -> Line:
    """Launch after launch with breaks between; where there are too many for that, one line without breaks."""
    reduce = _REDUCTIONS.get(quantity, _median)
    stretches = budget // len(parts) - 1
    minutes: list[float] = []
    values: list[float] = []
    for begin, telemetry, launch_values in parts:
        since = (np.asarray(telemetry.uptime_ns, dtype=np.float64) - telemetry.launch_ns) / 60e9
        known = ~np.isnan(launch_values)
        for place in _stretches(int(known.sum()), max(1, stretches)):
            minutes.append(begin + float(np.median(since[known][place])))
            values.append(reduce(launch_values[known][place]))
        if stretches > 0:
            minutes.append(minutes[-1] if minutes else begin)
            values.append(np.nan)
    if stretches > 0:
        return Line(np.array(minutes), np.array(values))
    places = _stretches(len(values), budget)
    return Line(
        np.array([_median(np.array(minutes[place])) for place in places]),
        np.array([reduce(np.array(values[place])) for place in places]),
    )


def _stretches(count: int, most: int) -> list[slice]:
    """At most `most` consecutive stretches of nearly equal length."""
    length = max(1, -(-count // most))
    return [slice(start, start + length) for start in range(0, count, length)]


def _lowest(values: Array | None) -> float | None:
    return None if values is None or np.isnan(values).all() else float(np.nanmin(values))
