"""Launches to one summary per cell: a model on a phone with a thread count.

Latencies are geometric means over launches, the rest are medians over launches. Failed and invalid launches
are counted and enter nothing else. Comparing cells is `compare`'s business.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from harness.results.records import Explained, LaunchRecord, LaunchRequest, PhoneFacts, Run
from harness.stats.emulation import is_emulated, without_costs
from harness.stats.estimate import Estimate, geometric_cv_percent, geometric_mean
from harness.stats.launches import LaunchFigures, reduce_launch, usable


class CellKey(NamedTuple):
    """What makes launches repetitions of one another."""

    phone_id: str
    artifact_sha256: str
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSummary(Explained):
    """One model on one phone with one thread count."""

    key: CellKey
    """The cell."""
    model: str
    """Name for people."""
    planned: int
    """Launches that the run planned."""
    attempted: int
    """Planned launches that were tried at least once."""
    failed: int
    """Of those, launches that failed or were invalid; one that failed and then succeeded is none of them."""
    launches: tuple[LaunchFigures, ...]
    """Figures of the usable launches, in the order in which they ran."""
    latency_ns: Estimate
    """Geometric mean over launches of the launch's median steady duration."""
    p95_ns: Estimate
    """Geometric mean over launches of the launch's 95th percentile."""
    load_ns: float | None
    """Median over launches."""
    first_ns: float | None
    """Median over launches."""
    peak_kib: float | None
    """Median over launches of the launch's peak memory."""
    peak_above_start_kib: float | None
    """Median over launches of the peak less what the process held before loading."""
    output_error: float | None
    """Largest max|Δ| / max|y| of any launch."""
    launch_cv_percent: float | None
    """Spread of launch medians around their mean: geometric coefficient of variation."""
    iteration_cv_percent: float | None
    """Spread of iterations within a launch, pooled over launches."""

    @property
    def ok(self) -> int:
        """Launches that entered the statistics."""
        return len(self.launches)

    @property
    def not_run(self) -> int:
        """Planned launches that were never tried."""
        return self.planned - self.attempted


def summarise(run: Run, launches: Sequence[LaunchRecord]) -> tuple[CellSummary, ...]:
    """Summarise every planned cell, measured or not, in the order in which the schedule first names it."""
    planned: dict[CellKey, list[LaunchRequest]] = defaultdict(list)
    for request in run.schedule:
        planned[_key(request)].append(request)
    measured: dict[CellKey, list[LaunchRecord]] = defaultdict(list)
    for launch in launches:
        measured[_key(launch.request)].append(launch)
    phones = {phone.phone_id: phone for phone in run.phones}
    return tuple(
        _summarise_cell(key, requests, measured[key], phones[key.phone_id])
        for key, requests in planned.items()
    )


def _summarise_cell(
    key: CellKey, planned: Sequence[LaunchRequest], launches: Sequence[LaunchRecord], phone: PhoneFacts
) -> CellSummary:
    attempted = len({launch.request.launch_id for launch in launches})
    figures = _figures(launches, phone)
    nothing = "no usable launch" if launches else "not measured yet"
    spreads, spread_reasons = _spreads(figures, nothing)
    medians, median_reasons = _aggregate(figures, nothing)
    return CellSummary(
        key=key,
        model=planned[0].model,
        planned=len(planned),
        attempted=attempted,
        failed=attempted - len(figures),
        launches=figures,
        latency_ns=_estimate(figures, "median_ns", nothing),
        p95_ns=_estimate(figures, "p95_ns", nothing),
        **medians,
        **spreads,
        missing=median_reasons | spread_reasons,
    )


def _figures(launches: Sequence[LaunchRecord], phone: PhoneFacts) -> tuple[LaunchFigures, ...]:
    figures = (reduce_launch(launch) for launch in usable(launches))
    return tuple(map(without_costs, figures) if is_emulated(phone) else figures)


def _estimate(figures: Sequence[LaunchFigures], name: str, nothing: str) -> Estimate:
    known, reason = _known(figures, name, nothing)
    return geometric_mean(known, nothing=reason)


def _known(figures: Sequence[LaunchFigures], name: str, nothing: str) -> tuple[list[float], str]:
    """One figure of each launch that has it, and the reason why none has, where that is so."""
    known = [value for launch in figures if (value := getattr(launch, name)) is not None]
    return known, "" if known else figures[0].missing[name] if figures else nothing


def _aggregate(
    figures: Sequence[LaunchFigures], nothing: str
) -> tuple[dict[str, float | None], dict[str, str]]:
    """Medians over launches, the worst output error, and why any of them is missing."""
    values: dict[str, float | None] = {}
    reasons: dict[str, str] = {}
    for name in ("load_ns", "first_ns", "peak_kib", "peak_above_start_kib", "output_error"):
        known, reason = _known(figures, name, nothing)
        reduce = np.max if name == "output_error" else np.median
        values[name] = float(reduce(known)) if known else None
        if reason:
            reasons[name] = reason
    return values, reasons


def _spreads(
    figures: Sequence[LaunchFigures], nothing: str
) -> tuple[dict[str, float | None], dict[str, str]]:
    """Launch-to-launch and within-launch variation in percent, and why either is missing."""
    within, no_spread = _known(figures, "log_variance", nothing)
    medians, no_median = _known(figures, "median_ns", nothing)
    across = np.log(medians)
    values = {
        "launch_cv_percent": geometric_cv_percent(float(across.var(ddof=1))) if across.size > 1 else None,
        "iteration_cv_percent": geometric_cv_percent(float(np.mean(within))) if within else None,
    }
    reasons = {
        "launch_cv_percent": no_median or "a spread needs at least 2 launches, there is 1",
        "iteration_cv_percent": no_spread,
    }
    return values, {name: reasons[name] for name, value in values.items() if value is None}


def _key(request: LaunchRequest) -> CellKey:
    return CellKey(request.phone_id, request.artifact_sha256, request.threads)
