"""Does sampling the app's memory disturb what is timed? Launches with and without, in pairs, ABBA.

Prints the ratio of the steady medians, traced to untraced, with its 95 % interval. CONTRACT.md wants it
within 1 %. On a virtual phone (engine lite); a noisy machine widens the interval.

    python -m benchmarks.memory_tracing [PAIRS]
"""

import json
import sys

import numpy as np

from benchmarks.measured_phone import measured_phone
from harness.measure.plan import Memory, Plan
from harness.stats.estimate import geometric_mean


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    traced, untraced = Plan(), Plan(memory=Memory(period_ms=0))
    ratios = []
    with measured_phone("elnet_1.0") as phone:
        for pair in range(pairs):
            order = (traced, untraced) if pair % 2 else (untraced, traced)
            medians = {
                plan: float(np.median(phone.launch(plan, 2 * pair + place).duration_ns))
                for place, plan in enumerate(order)
            }
            ratios.append(medians[traced] / medians[untraced])
    ratio = geometric_mean(ratios)
    print(
        json.dumps({"traced_to_untraced": ratio.value, "low": ratio.low, "high": ratio.high, "pairs": pairs})
    )


if __name__ == "__main__":
    main()
