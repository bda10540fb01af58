"""What a launch on the virtual phone costs beyond its own measuring: process, adb, reading conditions.

Prints, in milliseconds, the median and the largest of wall time minus load, first, warm-up and steady phase,
and the share of a default launch that is measuring. More than 300 ms would make short launches a waste.

    python -m benchmarks.launch_overhead [LAUNCHES [ENGINE]]
"""

import json
import sys
from typing import cast

import numpy as np

from benchmarks.measured_phone import measured_phone
from harness.measure.plan import Plan
from harness.results.records import LaunchRecord
from harness.virtual.engine_choice import EngineChoice


def measuring_ns(record: LaunchRecord) -> int:
    steady_ns = record.start_ns[-1] + record.duration_ns[-1] - record.start_ns[0]
    return (record.load_ns or 0) + (record.first_ns or 0) + sum(record.warmup_ns) + steady_ns


def main() -> None:
    launches = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    engine = cast(EngineChoice, sys.argv[2]) if len(sys.argv) > 2 else "auto"
    with measured_phone("elnet_1.0", engine) as phone:
        records = [phone.launch(Plan(), number) for number in range(launches)]
    overhead_ms = [(record.wall_ns - measuring_ns(record)) / 1e6 for record in records]
    share = sum(map(measuring_ns, records)) / sum(record.wall_ns for record in records)
    print(
        json.dumps(
            {
                "overhead_median_ms": round(float(np.median(overhead_ms)), 1),
                "overhead_largest_ms": round(max(overhead_ms), 1),
                "measuring_share": round(share, 3),
                "launches": launches,
            }
        )
    )


if __name__ == "__main__":
    main()
