"""What else a launch's record shows to have happened while its iterations ran: caps, clocks, memory samples.

Only what coincides is told here, iteration by iteration. Whether it explains a slow iteration or a change of
level is the question of `outliers` and `steady`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from harness.measure.plan_sections import Ready
from harness.results.records import LaunchRecord, Telemetry

Cause = Literal[
    "cap_drop", "little_cores", "clock_drop", "memory_sample", "garbage_collection", "background_load"
]
Mask = NDArray[np.bool_]
Values = NDArray[np.float64]

CAP_SHARE = Ready().cap_share
"""A cap below this share of what it was in the launch is a drop: the share at which the gate of the default
plan finds a phone throttled."""
_SLOWED = 0.8
"""A clock below this share of its median in the launch is a drop: governors move by a step or two all the
time, and steps are about a tenth. Ours."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that happened, and beside which iterations."""

    cause: Cause
    """What it would explain."""
    during: Mask
    """Whether it was so while each steady iteration ran, shape (iterations,)."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How far the clock of telemetry (uptime with sleep) is ahead of that of iterations (without)."""

    least_ns: int
    most_ns: int


def collect(launch: LaunchRecord) -> tuple[Evidence, ...]:
    """Everything that the record has, the most telling first; what never was so is left out.

    Args:
        launch: with at least one steady iteration.
    """
    found = (
        *_clocks(launch),
        Evidence("memory_sample", _memory_samples(launch)),
        Evidence("garbage_collection", _heap_drops(launch)),
        Evidence("background_load", _background_load(launch)),
    )
    return tuple(evidence for evidence in found if evidence.during.any())


def align(launch: LaunchRecord) -> Alignment | str:
    """Between which bounds the two clocks differ, or why that cannot be told.

    The phone took the first memory sample after the launch was started, and the last one before its stream
    ended; `launch_ns` and `launch_ns + wall_ns` are these two moments on the clock of telemetry, so

        launch_ns - first sample ≤ difference ≤ launch_ns + wall_ns - last sample

    The bounds are as far apart as a process takes to start and to end. The first sample stands at the start
    of the process and the last at its end, whichever phases were measured.
    """
    if launch.telemetry is None:
        return launch.missing["telemetry"]
    if launch.recovered:
        return "the launch broke off, and nothing tells when it ended by the clock of telemetry"
    if not launch.memory:
        return "no memory sample tells how the clock of telemetry and that of iterations differ"
    moments = [sample.t_ns for sample in launch.memory]
    begin_ns = launch.telemetry.launch_ns
    least_ns, most_ns = begin_ns - min(moments), begin_ns + launch.wall_ns - max(moments)
    if least_ns > most_ns:
        return "iterations and telemetry have clocks of different speed, as on a modelled phone"
    return Alignment(least_ns, most_ns)


def _clocks(launch: LaunchRecord) -> Iterator[Evidence]:
    """What the clusters' clocks and caps show around each iteration; a cap lowers the clock too."""
    alignment = align(launch)
    if isinstance(alignment, str) or launch.telemetry is None:
        return
    telemetry = launch.telemetry
    around = _samples_around(launch, telemetry, alignment)
    in_launch = np.zeros(len(telemetry.uptime_ns), dtype=bool)
    in_launch[around[0][0] : around[1][-1] + 1] = True
    clocks = _relative_clocks(_readings(launch, telemetry, "clock_khz"), in_launch)
    caps = _readings(launch, telemetry, "cap_khz").values()
    capped = _any([values < CAP_SHARE * np.nanmax(values) for values in caps], in_launch)
    slowed = _any([values < _SLOWED for values in clocks.values()], in_launch)
    yield Evidence("cap_drop", _seen_around(capped, around))
    yield Evidence("little_cores", _seen_around(_moved_down(launch, clocks, in_launch), around))
    yield Evidence("clock_drop", _seen_around(slowed, around))


def _samples_around(
    launch: LaunchRecord, telemetry: Telemetry, alignment: Alignment
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The last sample before each iteration and the first after it, wherever in the bounds the clocks are."""
    start = np.asarray(launch.start_ns, dtype=np.int64)
    end = start + np.asarray(launch.duration_ns, dtype=np.int64)
    sampled = np.asarray(telemetry.uptime_ns, dtype=np.int64)
    before = np.searchsorted(sampled, start + alignment.least_ns, side="right") - 1
    after = np.searchsorted(sampled, end + alignment.most_ns, side="left")
    return np.clip(before, 0, sampled.size - 1), np.clip(after, 0, sampled.size - 1)


def _readings(launch: LaunchRecord, telemetry: Telemetry, quantity: str) -> dict[str, Values]:
    """Of each cluster on which the process may run, one value a sample, NaN where the reading failed."""
    allowed = {f"cpu{cpu}" for cpu in launch.runner.affinity} if launch.runner else set()
    return {
        series.name: np.array([np.nan if value is None else value for value in series.values])
        for series in telemetry.series
        if series.quantity == quantity
        and series.name in allowed
        and any(value is not None for value in series.values)
    }


def _relative_clocks(clocks: dict[str, Values], in_launch: Mask) -> dict[str, Values]:
    """Each cluster's clock against its median beside the steady phase."""
    return {
        name: values / np.nanmedian(values[in_launch])
        for name, values in clocks.items()
        if not np.isnan(values[in_launch]).all()
    }


def _moved_down(launch: LaunchRecord, clocks: dict[str, Values], in_launch: Mask) -> Mask:
    """Samples at which the fastest cluster's clock fell while a slower one's rose: work went over to it."""
    known = launch.before.clocks if launch.before and launch.before.clocks else ()
    maxima = {f"cpu{clock.first_cpu}": clock.max_khz for clock in known}
    named = sorted((maxima[name], name) for name in clocks if name in maxima)
    if len(named) < 2 or named[0][0] == named[-1][0]:
        return np.zeros_like(in_launch)
    risen = [clocks[name] > 1 / _SLOWED for khz, name in named if khz < named[-1][0]]
    moved: Mask = (clocks[named[-1][1]] < _SLOWED) & _any(risen, in_launch)
    return moved


def _any(masks: Sequence[Mask], like: Mask) -> Mask:
    """Samples at which it is so of one cluster at least."""
    found: Mask = np.any([np.zeros_like(like), *masks], axis=0)
    return found


def _seen_around(sampled: Mask, around: tuple[NDArray[np.intp], NDArray[np.intp]]) -> Mask:
    """Whether any sample from the last before each iteration to the first after it shows it."""
    before, after = around
    seen = np.concatenate(([0], np.cumsum(sampled)))
    shown: Mask = seen[after + 1] > seen[before]
    return shown


def _memory_samples(launch: LaunchRecord) -> Mask:
    """Iterations directly after a sample of ours: it is taken between two of them and cools caches."""
    start = np.asarray(launch.start_ns, dtype=np.int64)
    end = start + np.asarray(launch.duration_ns, dtype=np.int64)
    taken = np.sort(np.array([sample.t_ns for sample in launch.memory], dtype=np.int64))
    since = np.concatenate((start[:1], end[:-1]))
    return np.searchsorted(taken, end, side="left") > np.searchsorted(taken, since, side="left")


def _heap_drops(launch: LaunchRecord) -> Mask:
    """Iterations between two samples of which the later shows a smaller Java heap."""
    known = sorted(
        (sample.t_ns, sample.java_heap_kib) for sample in launch.memory if sample.java_heap_kib is not None
    )
    start = np.asarray(launch.start_ns, dtype=np.int64)
    end = start + np.asarray(launch.duration_ns, dtype=np.int64)
    during = np.zeros(start.size, dtype=bool)
    for (since_ns, before_kib), (until_ns, after_kib) in pairwise(known):
        if after_kib < before_kib:
            during |= (end >= since_ns) & (start <= until_ns)
    return during


def _background_load(launch: LaunchRecord) -> Mask:
    """The gate looked once, before the launch: busy then is busy all along, as far as is known.

    Load averages are left out: they count what waits for drivers, are 2 to 10 on phones at rest, and
    afterwards have the launch itself in them.
    """
    gate = launch.readiness.timed_out if launch.readiness else ()
    return np.full(len(launch.start_ns), any(check.name == "background_load" for check in gate))
