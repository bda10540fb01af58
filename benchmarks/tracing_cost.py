"""Does sampling the app's memory disturb what is timed? Launches with and without, in pairs, ABBA.

Prints for each engine the ratio of the steady medians, traced to untraced, with its 95 % interval. It has to
be within 1 %. On a virtual phone; a noisy machine widens the interval.

    python -m benchmarks.tracing_cost [--pairs N] [--engine lite] [--engine android]
"""

import argparse
import json

import numpy as np

from benchmarks.measured_phone import MeasuredPhone, measured_phone
from harness.measure.plan import Plan
from harness.measure.plan_sections import Memory
from harness.stats.estimate import geometric_mean
from harness.virtual.engine_choice import EngineChoice

ENGINES: tuple[EngineChoice, ...] = ("lite", "android")


def ratio_of_pair(phone: MeasuredPhone, pair: int) -> float:
    """Steady median of a launch that traces its memory, to that of one that does not."""
    traced, untraced = Plan(), Plan(memory=Memory(period_ms=0))
    order = (traced, untraced) if pair % 2 else (untraced, traced)
    medians = {
        plan: float(np.median(phone.launch(plan, 2 * pair + place).duration_ns))
        for place, plan in enumerate(order)
    }
    return medians[traced] / medians[untraced]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--engine", choices=ENGINES, action="append", help="default: each")
    options = parser.parse_args()
    ratios = {}
    for engine in options.engine or ENGINES:
        with measured_phone("elnet_1.0", engine) as phone:
            ratio = geometric_mean([ratio_of_pair(phone, pair) for pair in range(options.pairs)])
        ratios[engine] = {"traced_to_untraced": ratio.value, "low": ratio.low, "high": ratio.high}
    print(json.dumps({"pairs": options.pairs, "ratios": ratios}))


if __name__ == "__main__":
    main()
