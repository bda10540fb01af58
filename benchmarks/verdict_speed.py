"""How long the verdicts of a large comparison take: 20 cells, 40 launches each, 1,000 iterations a launch.

Launches are made up; what is timed begins with the records as the journal gives them.

    python -m benchmarks.verdict_speed
"""

import json
import time

import numpy as np

from harness.measure.plan_sections import Compare
from harness.measure.schedule import Cell, make_schedule
from harness.results.records import (
    Artifact,
    LaunchRecord,
    LaunchRequest,
    MemorySample,
    PhoneFacts,
    Run,
    TensorSpec,
)
from harness.stats.comparison import compare

CANDIDATES = 20
PAIRS = 40
ITERATIONS = 1000
TIMES = 5


def _phone() -> PhoneFacts:
    unknown = (
        "manufacturer",
        "soc",
        "clusters",
        "cores",
        "offline_cpus",
        "ram_kib",
        "android_release",
        "api_level",
        "vendor_version",
        "page_size_bytes",
        "security_patch",
        "build_type",
        "engine",
    )
    return PhoneFacts(
        phone_id="made-up",
        model="none",
        abis=(),
        transport="usb",
        is_virtual=True,
        sources={},
        **dict.fromkeys(unknown, None),
        missing=dict.fromkeys(unknown, "made up"),
    )


def _artifact(number: int) -> Artifact:
    return Artifact(
        sha256=f"{number:064x}",
        file_name=f"{number}.ptl",
        file_bytes=1_000_000,
        runtime="pytorch_mobile",
        model=f"model {number}",
        source="catalogue",
        parameters=1,
        macs=1,
        inputs=(TensorSpec(shape=(1, 3, 224, 224)),),
        input_sha256="",
        precision="float32",
        recipe="fast",
        operators=(),
        exporter="",
        weights="",
        reference="",
        reference_sha256="",
        export_error=0.0,
    )


def _launch(request: LaunchRequest, rng: np.random.Generator) -> LaunchRecord:
    durations = 2e6 * np.exp(0.03 * rng.standard_normal() + 0.015 * rng.standard_normal(ITERATIONS))
    unknown = ("runner", "warmup_converged", "output", "before", "after", "readiness", "telemetry")
    memory = MemorySample(
        t_ns=0,
        phase="end",
        rss_kib=60_000,
        swap_kib=0,
        hwm_kib=60_000 + int(rng.integers(500)),
        pss_kib=1,
        native_heap_kib=1,
        java_heap_kib=1,
    )
    return LaunchRecord(
        request=request,
        started_at="",
        wall_ns=1,
        outcome="ok",
        evidence="",
        load_ns=int(1e7 * np.exp(0.05 * rng.standard_normal())),
        first_ns=int(8e6 * np.exp(0.05 * rng.standard_normal())),
        warmup_ns=(),
        start_ns=tuple(range(ITERATIONS)),
        duration_ns=tuple(durations.astype(int).tolist()),
        memory=(memory,) * 20,
        attempt=1,
        recovered=False,
        findings=(),
        **dict.fromkeys(unknown, None),
        missing=dict.fromkeys(unknown, "made up"),
    )


def made_up_run() -> tuple[Run, list[LaunchRecord]]:
    """A comparison of twenty candidates by their medians, all its launches measured."""
    artifacts = tuple(map(_artifact, range(CANDIDATES + 1)))
    cells = [Cell(artifact_sha256=one.sha256, model=one.model, threads=1) for one in artifacts]
    run = Run(
        run_id="made-up",
        created_at="",
        plan={"compare": Compare(max_pairs=PAIRS, metrics=("steady",)).model_dump(mode="json")},
        tools={},
        host="",
        git_commit=None,
        phones=(_phone(),),
        artifacts=artifacts,
        schedule=make_schedule("run", ["made-up"], cells, launches=PAIRS, seed=0),
        missing={"git_commit": "made up"},
    )
    rng = np.random.default_rng(0)
    return run, [_launch(request, rng) for request in run.schedule]


def main() -> None:
    run, launches = made_up_run()
    taken_s = []
    for _ in range(TIMES):
        began_s = time.process_time()
        (found,) = compare(run, launches)
        taken_s.append(time.process_time() - began_s)
    first_s, *later_s = taken_s
    print(
        json.dumps(
            {
                "cells": len(found.verdicts) - CANDIDATES,
                "launches": len(launches),
                "iterations": ITERATIONS,
                "first_cpu_seconds": round(first_s, 3),
                "cpu_seconds": round(min(later_s), 3),
            }
        )
    )


if __name__ == "__main__":
    main()
