"""Cells made of launch medians alone, for tests of what compares and judges them."""

from collections.abc import Sequence

from harness.results.records import PhoneFacts
from harness.stats.estimate import geometric_mean
from harness.stats.launches import LaunchFigures
from harness.stats.summary import CellKey, CellSummary
from tests.reports.runs import make_phone

PHONE: PhoneFacts = make_phone()


def figures(block: int, median_ns: float) -> LaunchFigures:
    """A launch of which only block and median matter."""
    return LaunchFigures(
        launch_id=str(block),
        block=block,
        samples=1,
        median_ns=median_ns,
        p95_ns=median_ns,
        log_variance=0.0,
        load_ns=1,
        first_ns=1,
        peak_kib=1.0,
        peak_above_start_kib=1.0,
        output_error=0.0,
    )


def cell(
    model: str, medians_ms: Sequence[float], *, planned: int | None = None, failed: int = 0
) -> CellSummary:
    """A cell whose launches stand in blocks 0, 1, 2, …"""
    launches = tuple(figures(block, ms * 1e6) for block, ms in enumerate(medians_ms))
    latency = geometric_mean(ms * 1e6 for ms in medians_ms)
    names = ("load_ns", "first_ns", "peak_kib", "peak_above_start_kib", "output_error")
    spreads = ("launch_cv_percent", "iteration_cv_percent")
    return CellSummary(
        key=CellKey(PHONE.phone_id, model, 1),
        model=model,
        planned=len(launches) if planned is None else planned,
        attempted=len(launches) + failed,
        failed=failed,
        launches=launches,
        latency_ns=latency,
        p95_ns=latency,
        **dict.fromkeys((*names, *spreads), None),
        missing=dict.fromkeys((*names, *spreads), "not part of this test"),
    )
