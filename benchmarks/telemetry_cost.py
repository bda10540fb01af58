"""Does sampling the phone beside a launch disturb what is timed? Launches with and without, in pairs, ABBA.

Prints for each engine the ratio of the steady medians, sampled at the plan's 4 Hz to not sampled, with its
95 % interval, on a virtual phone; a noisy machine widens it. And what the loop itself costs in a real shell:
the share of one core that it takes over as many files as a phone has. Android's shell is mksh; name one with
--shell. The other figure is for a shell that starts a process to wait.

    python -m benchmarks.telemetry_cost [--pairs N] [--engine lite] [--engine android] [--shell PATH]
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.measured_phone import MeasuredPhone, measured_phone
from harness.measure.plan import Plan
from harness.measure.plan_sections import Telemetry
from harness.phone.telemetry_format import Column, Pace, sampling_command
from harness.stats.estimate import geometric_mean
from harness.virtual.engine_choice import EngineChoice

ENGINES: tuple[EngineChoice, ...] = ("lite", "android")
FILES = 12
"""Clock and cap of three clusters, four thermal zones, two of the battery."""


def ratio_of_pair(phone: MeasuredPhone, pair: int) -> float:
    """Steady median of a launch that is sampled, to that of one that is not."""
    sampled, unsampled = Plan(), Plan(telemetry=Telemetry(hertz=0))
    order = (sampled, unsampled) if pair % 2 else (unsampled, sampled)
    medians = {
        plan: float(np.median(phone.launch(plan, 2 * pair + place).duration_ns))
        for place, plan in enumerate(order)
    }
    return medians[sampled] / medians[unsampled]


def loop_cost(shell: str, pace: Pace, seconds: float = 10) -> dict[str, object]:
    """What the loop takes of a core at 4 Hz in a real shell on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"file {number}" for number in range(FILES)]
        for file in files:
            file.write_text("1804800\n")
        columns = [Column(name="cpu0", quantity="clock_khz", paths=(str(file),)) for file in files]
        samples = int(seconds * 4)
        command = sampling_command(columns, period_s=0.25, samples=samples, pace=pace)
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        read_end, write_end = os.pipe()  # an input that stays open and empty, as adb's is
        ran = subprocess.run([shell, "-c", command], stdin=read_end, stdout=subprocess.PIPE, check=False)
        for end in (read_end, write_end):
            os.close(end)
        after, took_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    used_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "shell": shell,
        "pace": pace,
        "samples": len(ran.stdout.splitlines()),
        "seconds": round(took_s, 2),
        "core_share_percent": round(100 * used_s / took_s, 3),
        "ms_per_sample": round(1000 * used_s / samples, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--engine", choices=ENGINES, action="append", help="default: each")
    parser.add_argument("--shell", help="a shell with `read -t`, such as mksh or bash")
    options = parser.parse_args()
    loops = [loop_cost(options.shell, "read")] if options.shell else []
    loops.append(loop_cost("/bin/sh", "sleep"))
    ratios = {}
    for engine in options.engine or ENGINES if options.pairs else ():
        with measured_phone("elnet_1.0", engine) as phone:
            ratio = geometric_mean([ratio_of_pair(phone, pair) for pair in range(options.pairs)])
        ratios[engine] = {"sampled_to_unsampled": ratio.value, "low": ratio.low, "high": ratio.high}
    print(json.dumps({"pairs": options.pairs, "ratios": ratios, "loops": loops}))


if __name__ == "__main__":
    main()
