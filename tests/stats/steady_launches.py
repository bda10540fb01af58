"""Launches with telemetry that fits their iterations, for tests of what happened inside the steady phase."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from harness.results.records import (
    ClusterClock,
    LaunchRecord,
    MemorySample,
    Telemetry,
    TelemetrySeries,
)
from tests.reports.runs import make_conditions, make_run, measure

ITERATIONS = 1000
ITERATION_NS = 10_000_000
BEGIN_NS = 10**12
AHEAD_NS = 3 * 10**11
"""The clock of telemetry against that of iterations: the phone slept for five minutes."""
START_UP_NS, WIND_UP_NS = 400_000_000, 100_000_000
SAMPLES = 50


def quiet(seed: int = 0) -> NDArray[np.float64]:
    """Durations with a spread of 1.5 % and nothing else, in ns."""
    return ITERATION_NS * np.exp(np.random.default_rng(seed).normal(0, 0.015, ITERATIONS))


def launch(durations: NDArray[np.float64], *, memory_at: Sequence[int] = ()) -> LaunchRecord:
    """A launch of these durations without a pause between them.

    Args:
        durations: ns.
        memory_at: iterations before which the app's memory was sampled.
    """
    ends = BEGIN_NS + np.cumsum(durations).astype(np.int64)
    starts = np.concatenate(([BEGIN_NS], ends[:-1]))
    moments = [BEGIN_NS, *(int(starts[place]) for place in memory_at), int(ends[-1])]
    record = measure(make_run(models=("net",), launches=1).schedule[0])
    return replace(
        record,
        start_ns=tuple(starts.tolist()),
        duration_ns=tuple((ends - starts).tolist()),
        memory=tuple(sample(t_ns) for t_ns in moments),
        wall_ns=int(ends[-1]) - BEGIN_NS + START_UP_NS + WIND_UP_NS,
        before=replace(make_conditions(0), clocks=(cluster(0, 1_800_000), cluster(4, 2_800_000))),
        findings=(),
    )


def sample(t_ns: int, java_heap_kib: int | None = None) -> MemorySample:
    """A memory sample of which only the moment and the Java heap matter."""
    others = ("swap_kib", "hwm_kib", "pss_kib", "native_heap_kib")
    unread = (*others, *(("java_heap_kib",) if java_heap_kib is None else ()))
    return MemorySample(
        t_ns=t_ns,
        phase="steady",
        rss_kib=50_000,
        java_heap_kib=java_heap_kib,
        **dict.fromkeys(others, None),
        missing=dict.fromkeys(unread, "not part of this test"),
    )


def cluster(first_cpu: int, max_khz: int) -> ClusterClock:
    """A cluster at its highest clock."""
    return ClusterClock(first_cpu=first_cpu, current_khz=max_khz, cap_khz=max_khz, max_khz=max_khz)


def sampled(record: LaunchRecord, *, during: range = range(0), **low: tuple[str, int, int]) -> LaunchRecord:
    """The same launch with telemetry, evenly over it.

    Args:
        record: the launch.
        during: iterations during which the given series differ.
        low: by quantity: cluster, value else, value `during` these iterations.
    """
    last_ns = record.start_ns[-1] + record.duration_ns[-1]
    moments = np.linspace(BEGIN_NS - START_UP_NS, last_ns + WIND_UP_NS, SAMPLES).astype(np.int64)
    is_other = np.zeros(SAMPLES, dtype=bool)
    if during:
        begin_ns, end_ns = record.start_ns[during.start], record.start_ns[during.stop - 1]
        is_other = (moments >= begin_ns) & (moments <= end_ns)
    series = tuple(
        TelemetrySeries(
            name=name,
            quantity="cap_khz" if quantity.endswith("cap") else "clock_khz",
            values=tuple(np.where(is_other, then, usual).tolist()),
        )
        for quantity, (name, usual, then) in low.items()
    )
    return replace(
        record,
        telemetry=Telemetry(
            uptime_ns=tuple((moments + AHEAD_NS).tolist()),
            launch_ns=BEGIN_NS - START_UP_NS + AHEAD_NS,
            series=series,
        ),
        missing={name: why for name, why in record.missing.items() if name != "telemetry"},
    )
