"""One launch reduced to the figures that enter statistics, or the reason why it does not.

A launch is the unit of observation: its iterations share one process, one memory layout and one thermal
state, so they are summarised here before anything is averaged.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.results.records import Explained, LaunchRecord, MemorySample

_DISTURBANCES = ("not_ready", "throttled")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchFigures(Explained):
    """What one usable launch contributes."""

    launch_id: str
    """The launch."""
    block: int
    """Block of the interleaved design, by which two models' launches are paired."""
    samples: int
    """Steady iterations."""
    median_ns: float | None
    """Median steady duration."""
    p95_ns: float | None
    """95th percentile of the steady durations."""
    log_variance: float | None
    """Variance of the logarithms of the steady durations."""
    load_ns: float | None
    """Loading the model file; not in a duet, whose second model finds the libraries loaded."""
    first_ns: float | None
    """The first forward; not in a duet, for the same reason."""
    peak_kib: float | None
    """Peak memory of the process: see `peak_memory_kib`."""
    peak_above_start_kib: float | None
    """Peak memory less what the process held before it loaded the model."""
    output_error: float | None
    """max|Δ| / max|y| of the output against the reference."""
    disturbed: bool = False
    """Whether the phone was throttled or not ready while it ran."""


def unusable_reason(launch: LaunchRecord) -> str | None:
    """Why a launch enters no statistic; None when it does."""
    if launch.outcome != "ok":
        return launch.outcome
    invalid = next((finding for finding in launch.findings if finding.severity == "invalid"), None)
    if invalid is not None:
        return invalid.code
    if not launch.duration_ns:
        return "no steady iterations"
    if min(launch.duration_ns) <= 0:
        return "a duration that is not positive"
    return None


def usable(records: Iterable[LaunchRecord]) -> tuple[LaunchRecord, ...]:
    """The launches that enter statistics, each once, in their order."""
    return tuple(launch for launch in settled(records) if unusable_reason(launch) is None)


def settled(records: Iterable[LaunchRecord]) -> tuple[LaunchRecord, ...]:
    """One record a launch, in their order: the last that is `ok`, or else the last.

    A launch that was repeated, in the same run or a resumed one, has a record for each attempt.
    """
    chosen: dict[str, LaunchRecord] = {}
    for record in records:
        launch_id = record.request.launch_id
        if record.outcome == "ok" or launch_id not in chosen or chosen[launch_id].outcome != "ok":
            chosen.pop(launch_id, None)  # the order is that of the records that count
            chosen[launch_id] = record
    return tuple(chosen.values())


def reduce_launch(launch: LaunchRecord) -> LaunchFigures:
    """Reduce a usable launch to its figures."""
    durations = np.asarray(launch.duration_ns, dtype=np.float64)
    median_ns, p95_ns = np.quantile(durations, (0.5, 0.95))
    figures: dict[str, float | None] = {
        "load_ns": None if launch.request.beside else launch.load_ns,
        "first_ns": None if launch.request.beside else launch.first_ns,
        "log_variance": float(np.log(durations).var(ddof=1)) if durations.size > 1 else None,
        "peak_kib": peak_memory_kib(own_memory(launch)),
        "peak_above_start_kib": _peak_above_start_kib(own_memory(launch)),
        "output_error": output_error(launch)[0],
    }
    reasons = _reasons(launch)
    return LaunchFigures(
        launch_id=launch.request.launch_id,
        block=launch.request.block,
        samples=durations.size,
        median_ns=float(median_ns),
        p95_ns=float(p95_ns),
        **figures,
        disturbed=any(finding.code in _DISTURBANCES for finding in launch.findings),
        missing={name: reasons[name] for name, value in figures.items() if value is None},
    )


def output_error(launch: LaunchRecord) -> tuple[float | None, str]:
    """How far the output is from the reference, as max|Δ| / max|y|, or None and why it is not known."""
    if launch.output is None:
        return None, launch.missing["output"]
    error = launch.output.relative_error
    if error is None:
        return None, launch.output.missing["relative_error"]
    return (error, "") if math.isfinite(error) else (None, f"the output is not finite ({error})")


def own_memory(launch: LaunchRecord) -> tuple[MemorySample, ...]:
    """The memory trace of a launch's model: none of a duet, whose process holds two."""
    return () if launch.request.beside else launch.memory


def peak_memory_kib(trace: tuple[MemorySample, ...]) -> float | None:
    """Peak memory of a trace: the largest of the high-water mark and of resident plus swapped.

    The kernel's high-water mark sees peaks between samples but not what was swapped out to zram; the
    sampled sum sees swap but not the peaks between. Each is a lower bound, so the larger one stands.

    Returns:
        KiB, or None when no sample has any of the three.
    """
    columns = _columns(trace)
    candidates = np.concatenate([columns["hwm"], columns["rss"], columns["rss"] + columns["swap"]])
    known = candidates[~np.isnan(candidates)]
    return float(known.max()) if known.size else None


def held_memory_kib(trace: tuple[MemorySample, ...]) -> NDArray[np.float64]:
    """Memory held at each sample: resident plus swapped, resident alone where swap is unknown, else NaN.

    Returns:
        KiB, shape (samples,).
    """
    columns = _columns(trace)
    return columns["rss"] + np.nan_to_num(columns["swap"])


def _peak_above_start_kib(trace: tuple[MemorySample, ...]) -> float | None:
    peak_kib = peak_memory_kib(trace)
    at_start = held_memory_kib(tuple(sample for sample in trace if sample.phase == "start")[:1])
    if peak_kib is None or at_start.size == 0 or np.isnan(at_start[0]):
        return None
    return peak_kib - float(at_start[0])


def _columns(trace: tuple[MemorySample, ...]) -> dict[str, NDArray[np.float64]]:
    rows = [(sample.hwm_kib, sample.rss_kib, sample.swap_kib) for sample in trace]
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return {"hwm": table[:, 0], "rss": table[:, 1], "swap": table[:, 2]}


def _reasons(launch: LaunchRecord) -> dict[str, str]:
    """Why each figure that a launch may lack would be missing."""
    beside = launch.request.beside_model
    in_duet = f"measured in one process with {beside}" if beside else ""
    return {
        "log_variance": "a spread needs at least 2 iterations, there is 1",
        "load_ns": in_duet or launch.missing.get("load_ns", ""),
        "first_ns": in_duet or launch.missing.get("first_ns", ""),
        "peak_kib": in_duet or "the phone gave no memory readings",
        "peak_above_start_kib": in_duet or "no memory reading from before the model was loaded",
        "output_error": output_error(launch)[1],
    }
