"""What the charts draw: launches as arrays in the units of the axes, thinned where there are many points.

Thinning changes pictures only; every figure in a table comes from all samples.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from harness.results.records import LaunchRecord
from harness.stats.estimate import Estimate
from harness.stats.launches import held_memory_kib, own_memory, usable
from harness.stats.steady import SteadyPhase
from harness.stats.summary import CellKey, CellSummary
from reports.digest import RunDigest

Array = NDArray[np.float64]

STRETCHES = 60
"""Points of one launch's line."""
EXTREMES = 40
"""Dots drawn on each side of one model's distribution."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One launch as a line."""

    launch: int
    """Position in the schedule, counted from 1."""
    seconds: Array
    """Time since the first point."""
    values: Array
    """Milliseconds or MiB."""
    is_thinned: bool
    """Whether a point stands for several readings."""


@dataclass(frozen=True, slots=True)
class Spread:
    """All steady iterations of one cell, pooled: for looking at, not for inference."""

    iterations: int
    """Iterations pooled."""
    quantiles_ms: Array
    """5 %, 25 %, 50 %, 75 %, 95 % and the maximum."""
    extremes_ms: Array
    """Iterations below 5 % or above 95 %, the outermost always among them."""
    is_thinned: bool
    """Whether some extremes are left out."""


@dataclass(frozen=True, slots=True)
class CellCurves:
    """One cell as its charts draw it."""

    summary: CellSummary
    """Its figures."""
    label: str
    """The model."""
    colour: int
    """Its place in the palette, the same in all charts of a run."""
    launches: tuple[LaunchRecord, ...]
    """The usable launches."""
    spread: Spread
    """All their iterations."""
    launch_medians_ms: Array
    """One median a launch."""
    latency_ms: Estimate
    """The estimate over launches."""
    peak_mib: float | None
    """Typical peak memory; None where the phone gave none."""
    latency: tuple[Trace, ...]
    """One a launch, in ms."""
    changes: Array
    """Where launches changed level: seconds and ms halfway between the levels, shape (changes, 2)."""
    memory: tuple[Trace, ...]
    """One a launch that has memory readings, in MiB."""


def cell_curves(
    cells: Sequence[CellSummary],
    launches: Sequence[LaunchRecord],
    steady: Mapping[str, SteadyPhase],
    run: RunDigest,
) -> tuple[CellCurves, ...]:
    """Make cells ready to draw.

    Args:
        cells: with a latency each.
        launches: all of the phone's.
        steady: what happened inside the steady phases of the usable ones, by launch id.
        run: gives names and colours.
    """
    own: dict[CellKey, list[LaunchRecord]] = {cell.key: [] for cell in cells}
    for launch in usable(launches):
        request = launch.request
        own.get(CellKey(request.phone_id, request.artifact_sha256, request.threads), []).append(launch)
    return tuple(_cell_curves(cell, tuple(own[cell.key]), steady, run) for cell in cells)


def _cell_curves(
    cell: CellSummary, launches: tuple[LaunchRecord, ...], steady: Mapping[str, SteadyPhase], run: RunDigest
) -> CellCurves:
    sha256 = cell.key.artifact_sha256
    return CellCurves(
        summary=cell,
        label=run.labels[sha256],
        colour=run.colours[sha256],
        launches=launches,
        spread=spread(launches),
        launch_medians_ms=np.array([ns / 1e6 for launch in cell.launches if (ns := launch.median_ns)]),
        latency_ms=cell.latency_ns.scaled(1e-6),
        peak_mib=None if cell.peak_kib is None else cell.peak_kib / 1024,
        latency=tuple(latency_trace(launch) for launch in launches),
        changes=_changes(launches, steady),
        memory=tuple(trace for launch in launches if (trace := memory_trace(launch))),
    )


def _changes(launches: Sequence[LaunchRecord], steady: Mapping[str, SteadyPhase]) -> Array:
    marks = [
        ((change.start_ns - launch.start_ns[0]) / 1e9, sum(levels_ns) / 2e6)
        for launch in launches
        for course in [steady[launch.request.launch_id].course]
        for change, levels_ns in zip(course.changes, pairwise(course.levels_ns), strict=False)
    ]
    return np.array(marks, dtype=np.float64).reshape(-1, 2)


def latency_trace(launch: LaunchRecord) -> Trace:
    """A launch's steady durations over time: medians of at most STRETCHES equal stretches."""
    start = np.asarray(launch.start_ns, dtype=np.float64)
    durations_ms = np.asarray(launch.duration_ns, dtype=np.float64) / 1e6
    seconds = (start - start[0]) / 1e9
    return Trace(
        launch=launch.request.index + 1,
        seconds=_by_stretch(seconds),
        values=_by_stretch(durations_ms),
        is_thinned=durations_ms.size > STRETCHES,
    )


def memory_trace(launch: LaunchRecord) -> Trace | None:
    """A launch's memory over time, swap included; None when there is no reading of this model alone."""
    samples = own_memory(launch)
    held_mib = held_memory_kib(samples) / 1024
    t_ns = np.array([sample.t_ns for sample in samples], dtype=np.float64)
    known = ~np.isnan(held_mib)
    if not known.any():
        return None
    t_ns, held_mib = t_ns[known], held_mib[known]
    return Trace(
        launch=launch.request.index + 1,
        seconds=_by_stretch((t_ns - t_ns[0]) / 1e9),
        values=_by_stretch(held_mib),
        is_thinned=held_mib.size > STRETCHES,
    )


def spread(launches: Sequence[LaunchRecord]) -> Spread:
    """Pool the steady iterations of a cell's usable launches; at least one."""
    pooled_ms = np.sort(np.concatenate([np.asarray(launch.duration_ns) for launch in launches]) / 1e6)
    quantiles_ms = np.quantile(pooled_ms, (0.05, 0.25, 0.5, 0.75, 0.95, 1.0))
    low = pooled_ms[pooled_ms < quantiles_ms[0]]
    high = pooled_ms[pooled_ms > quantiles_ms[4]]
    return Spread(
        iterations=pooled_ms.size,
        quantiles_ms=quantiles_ms,
        extremes_ms=np.concatenate([_every_nth(low), _every_nth(high)]),
        is_thinned=max(low.size, high.size) > EXTREMES,
    )


def _by_stretch(values: Array) -> Array:
    """Medians of consecutive stretches of equal length; the last may be shorter."""
    length = -(-values.size // STRETCHES)
    rows = -(-values.size // length)
    padded = np.full(rows * length, np.nan)
    padded[: values.size] = values
    medians: Array = np.nanmedian(padded.reshape(rows, length), axis=1)
    return medians


def _every_nth(ordered: Array) -> Array:
    """At most EXTREMES of some ordered values, evenly by rank, both ends among them."""
    if ordered.size <= EXTREMES:
        return ordered
    return ordered[np.linspace(0, ordered.size - 1, EXTREMES).round().astype(np.intp)]
