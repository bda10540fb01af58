"""How often a change of level is seen where there is none, and found where there is one; and how fast.

Simulates launches as logarithms of durations: iteration sd 1.5 %, AR(1), and 1 % outliers of factor 1.5.
Prints one JSON object; docs/explanation/steady-phase.md has its figures. Takes minutes on one core.

    python -m benchmarks.steady_phase [--series N]
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from harness.stats.changepoint import SteadyCourse, steady_course
from harness.stats.outliers import find_outliers

Logs = NDArray[np.floating[Any]]

SD = 0.015
OUTLIER_SHARE, OUTLIER_FACTOR = 0.01, 1.5
ITERATIONS = (50, 100, 200, 500, 1000, 2000, 5000)
CORRELATIONS = (0.0, 0.25, 0.5, 0.7)
CHANGES: Mapping[str, Callable[[Logs], Logs]] = {
    "+5 % in the last fifth": lambda at: 1.05 ** (at >= 0.8),
    "+5 % in the first fifth": lambda at: 1.05 ** (at < 0.2),
    "+5 % in a fifth in the middle": lambda at: 1.05 ** ((at >= 0.37) & (at < 0.57)),
    "+12 % in the last half": lambda at: 1.12 ** (at >= 0.5),
    "drift of 6 %": lambda at: 1.06**at,
    "drift of 20 %": lambda at: 1.2**at,
    "a tail of warm-up, 10 %": lambda at: 1 + 0.1 * np.exp(-at / 0.1),
}
"""Factor by which a launch is slower, at each share of its phase."""


def simulate(random: np.random.Generator, series: int, iterations: int, correlation: float) -> Logs:
    """Logarithms of steady durations without a change around 0, shape (series, iterations)."""
    fresh = random.normal(0.0, SD * np.sqrt(1 - correlation**2), (series, iterations))
    fresh[:, 0] = random.normal(0.0, SD, series)
    noise: Logs = np.asarray(lfilter([1.0], [1.0, -correlation], fresh, axis=1))
    noise[random.random(noise.shape) < OUTLIER_SHARE] += np.log(OUTLIER_FACTOR)
    return noise


def courses(logs: Logs) -> list[SteadyCourse]:
    """What is made of each series, as durations of 6 ms."""
    starts = range(logs.shape[1])
    return [steady_course(starts, row) for row in 6e6 * np.exp(logs)]


def shares(logs: Logs) -> dict[str, float]:
    """Share of each shape among the series."""
    shapes = [course.shape for course in courses(logs)]
    return {shape: shapes.count(shape) / len(shapes) for shape in ("steady", "stepped", "drifting")}


def with_change(logs: Logs, name: str) -> Logs:
    """The same series with one of CHANGES."""
    return logs + np.log(CHANGES[name](np.arange(logs.shape[1]) / logs.shape[1]))


def outliers_found(logs: Logs) -> dict[str, float]:
    """Share of iterations that are outliers, and that are called so."""
    durations = np.rint(6e6 * np.exp(logs)).astype(np.int64)
    pairs = zip(durations, courses(logs), strict=True)
    found = sum(find_outliers(row, course, ()).count for row, course in pairs)
    return {"simulated": OUTLIER_SHARE, "found": found / logs.size}


def seconds_for(launches: int, iterations: int, change: str | None) -> float:
    """Processor time of finding the changes of many launches, from tuples of integers as in records."""
    logs = simulate(np.random.default_rng(2), launches, iterations, 0.3)
    changed = logs if change is None else with_change(logs, change)
    rows = [tuple(row) for row in np.rint(6e6 * np.exp(changed)).astype(np.int64).tolist()]
    starts = tuple(range(iterations))
    steady_course(starts, rows[0])
    begin_s = time.process_time()
    for row in rows:
        steady_course(starts, row)
    return time.process_time() - begin_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--series", type=int, default=2000, help="simulated launches in each cell of the table"
    )
    series = parser.parse_args().series
    random = np.random.default_rng(1)
    cells: list[dict[str, Any]] = []
    for iterations in ITERATIONS:
        for correlation in CORRELATIONS:
            logs = simulate(random, series, iterations, correlation)
            where = {"iterations": iterations, "correlation": correlation, "series": series}
            some = outliers_found(logs[:200])
            cells.append({**where, "change": "none", **shares(logs), "outliers": some})
            few = simulate(random, max(series // 4, 1), iterations, correlation)
            cells += [
                {**where, "series": len(few), "change": name, **shares(with_change(few, name))}
                for name in CHANGES
            ]
    speed = {str(change): seconds_for(800, 1000, change) for change in (None, "+12 % in the last half")}
    print(json.dumps({"rates": cells, "seconds_for_800_launches_of_1000": speed}, indent=1))


if __name__ == "__main__":
    main()
