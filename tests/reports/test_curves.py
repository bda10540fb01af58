from dataclasses import replace

import numpy as np

from reports.curves import EXTREMES, STRETCHES, latency_trace, memory_trace, spread
from tests.reports.runs import make_run, measure

REQUEST = make_run(models=("net",), launches=1).schedule[0]


def test_a_short_launch_is_drawn_point_for_point() -> None:
    launch = measure(REQUEST, samples=STRETCHES)
    trace = latency_trace(launch)
    np.testing.assert_allclose(trace.values, np.array(launch.duration_ns) / 1e6)
    assert not trace.is_thinned


def test_a_long_launch_is_drawn_by_medians_of_stretches() -> None:
    launch = measure(REQUEST, samples=1000)
    trace = latency_trace(launch)
    assert trace.is_thinned
    assert trace.values.size <= STRETCHES
    assert trace.values[0] == np.median(launch.duration_ns[:17]) / 1e6
    assert np.all(np.diff(trace.seconds) > 0)


def test_slow_iterations_stay_visible_in_the_distribution() -> None:
    launch = measure(REQUEST, samples=2000)
    slowest = max(launch.duration_ns) / 1e6
    pooled = spread([launch, launch])
    assert pooled.is_thinned
    assert pooled.extremes_ms.size == 2 * EXTREMES
    assert pooled.extremes_ms.max() == slowest == pooled.quantiles_ms[-1]
    assert pooled.extremes_ms.min() == min(launch.duration_ns) / 1e6


def test_memory_readings_without_a_value_are_no_points() -> None:
    launch = measure(REQUEST)
    reasons = {**launch.memory[1].missing, "rss_kib": "denied"}
    gap = replace(launch.memory[1], rss_kib=None, missing=reasons)
    trace = memory_trace(replace(launch, memory=(launch.memory[0], gap, *launch.memory[2:])))
    assert trace is not None
    assert trace.values.size == len(launch.memory) - 1
    assert np.isfinite(trace.values).all()


def test_a_launch_without_memory_readings_has_no_line() -> None:
    assert memory_trace(replace(measure(REQUEST), memory=())) is None
