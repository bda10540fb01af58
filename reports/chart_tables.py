"""The data tables beside the charts, for readers who want figures or cannot see the pictures."""

from collections.abc import Iterator, Sequence

import numpy as np

from harness.results.records import LaunchRecord
from harness.stats.launches import held_memory_kib, own_memory, peak_memory_kib
from harness.units import format_ms, format_significant
from reports.curves import CellCurves
from reports.shown import DASH, Heading, Shown, Table, format_mib, shown, shown_field

_PHASES = ("start", "loaded", "first", "end")


def distribution_data(cells: Sequence[CellCurves]) -> Table:
    """Quantiles of all iterations of each model."""
    headings = (
        Heading("Model", is_number=False),
        Heading("Launches"),
        Heading("Iterations"),
        *(Heading(name, "ms") for name in ("5 %", "25 %", "50 %", "75 %", "95 %", "Slowest")),
        Heading("Spread between launches", "%"),
        Heading("Spread within a launch", "%"),
    )
    rows = tuple(
        (
            Shown(cell.label),
            Shown(str(len(cell.launches))),
            Shown(str(cell.spread.iterations)),
            *(shown(float(value_ms), format_significant) for value_ms in cell.spread.quantiles_ms),
            shown_field(cell.summary, "launch_cv_percent", format_significant),
            shown_field(cell.summary, "iteration_cv_percent", format_significant),
        )
        for cell in cells
    )
    return Table("All steady iterations", headings, rows)


def latency_data(cells: Sequence[CellCurves]) -> Table:
    """Each launch's warm-up and its latency at both ends of the steady phase."""
    headings = (
        Heading("Launch"),
        Heading("Model", is_number=False),
        Heading("Warm-up iterations"),
        Heading("Warm-up converged", is_number=False),
        Heading("Steady iterations"),
        Heading("Median", "ms"),
        Heading("First tenth", "ms"),
        Heading("Last tenth", "ms"),
        Heading("Change", "%"),
    )
    rows = tuple(_latency_row(label, launch) for label, launch in _by_launch(cells))
    return Table("Latency by launch", headings, rows)


def memory_data(cells: Sequence[CellCurves]) -> Table:
    """Each launch's memory between its phases, and its peak."""
    headings = (
        Heading("Launch"),
        Heading("Model", is_number=False),
        Heading("Readings"),
        Heading("At start", "MiB"),
        Heading("Loaded", "MiB"),
        Heading("After first", "MiB"),
        Heading("At end", "MiB"),
        Heading("Peak", "MiB"),
    )
    rows = tuple(
        (
            Shown(str(launch.request.index + 1)),
            Shown(label),
            Shown(str(len(own_memory(launch)))),
            *(_held_in(phase, launch) for phase in _PHASES),
            shown(peak_memory_kib(own_memory(launch)), format_mib, "no memory readings"),
        )
        for label, launch in _by_launch(cells)
    )
    return Table("Memory by launch", headings, rows)


def _latency_row(label: str, launch: LaunchRecord) -> tuple[Shown, ...]:
    durations = np.asarray(launch.duration_ns, dtype=np.float64)
    tenth = max(1, durations.size // 10)
    first, last = float(np.median(durations[:tenth])), float(np.median(durations[-tenth:]))
    return (
        Shown(str(launch.request.index + 1)),
        Shown(label),
        Shown(str(len(launch.warmup_ns))),
        _converged(launch),
        Shown(str(durations.size)),
        shown(float(np.median(durations)), format_ms),
        shown(first, format_ms),
        shown(last, format_ms),
        shown(100 * (last / first - 1), "{:+.1f}".format),
    )


def _converged(launch: LaunchRecord) -> Shown:
    if launch.warmup_converged is None:
        return Shown(DASH, launch.missing["warmup_converged"])
    return Shown("yes" if launch.warmup_converged else "no")


def _held_in(phase: str, launch: LaunchRecord) -> Shown:
    held_kib = held_memory_kib(tuple(sample for sample in own_memory(launch) if sample.phase == phase))
    known = held_kib[~np.isnan(held_kib)]
    return shown(float(known[-1]) if known.size else None, format_mib, "no reading in this phase")


def _by_launch(cells: Sequence[CellCurves]) -> Iterator[tuple[str, LaunchRecord]]:
    """Launches of all cells in the order in which they ran."""
    pairs = [(cell.label, launch) for cell in cells for launch in cell.launches]
    yield from sorted(pairs, key=lambda pair: pair[1].request.index)
