"""Exported models measured side by side on one virtual phone: a fresh process each time, in turns.

What two files are to each other is read off launches that alternate, so that a neighbour's load or a change
of clock meets both. Times are those of Android's x86_64 libraries on this machine, one thread.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from harness.cli.phones import virtual_phone
from harness.counts.obtain import ready_to_count
from harness.export.artifact import ExportedModel
from harness.export.cache import ArtifactCache
from harness.export.identify import identify
from harness.export.obtain import obtain
from harness.measure.launch import Subject, run_launch
from harness.measure.phone_under_test import PhoneUnderTest
from harness.measure.plan import Plan
from harness.measure.plan_sections import Measure, Warmup
from harness.measure.preparation import prepare
from harness.phone.server import AdbServer
from harness.results.records import LaunchRequest

CORES = ("a55", "a76")
"""One small and one big core: their kernels differ, and so do the gains."""

SHORT = Plan(
    warmup=Warmup(rule="fixed", min_iterations=3, min_seconds=0.0),
    measure=Measure(min_iterations=10, min_seconds=0.2, max_seconds=1.5),
)
"""Enough for a ratio: what matters is the number of processes, not of iterations within one."""


@dataclass(frozen=True, slots=True)
class Side:
    """One model exported by one recipe."""

    model: str
    recipe: str


def exported(sides: Sequence[Side]) -> dict[Side, ExportedModel]:
    """Each side's file, from the cache or exported now."""
    cache = ArtifactCache.default()
    models = {}
    for side in sides:
        (models[side],) = obtain(identify([side.model], say=print), cache=cache, recipe=side.recipe)
    return models


def times_ms(models: Mapping[Side, ExportedModel], launches: int) -> dict[Side, float]:
    """Shortest of the launches' medians, each launch a process of its own, all sides in turns."""
    server = AdbServer.from_environment(os.environ)
    server.start()
    medians: dict[Side, list[float]] = {side: [] for side in models}
    with virtual_phone(server, "android") as serials:
        (serial,) = serials()
        ready = prepare(server.transport(serial), list(models.values()))
        under_test = PhoneUnderTest(
            phone=ready, server=server, plan=SHORT, waiting=lambda _: None, stop=lambda: False
        )
        for launch in range(launches):
            for index, (side, model) in enumerate(models.items()):
                request = LaunchRequest(
                    index=index,
                    block=launch,
                    launch_id=f"benchmark-{launch}-{index}",
                    phone_id=ready.facts.phone_id,
                    artifact_sha256=model.artifact.sha256,
                    model=side.model,
                    threads=1,
                )
                subject = Subject(artifact=model.artifact, reference=model.reference)
                (record,) = run_launch(under_test, [request], {request.artifact_sha256: subject}, attempt=1)
                assert record.outcome == "ok", f"{side}: {record.evidence}"
                medians[side].append(median(record.duration_ns) / 1e6)
    return {side: min(times) for side, times in medians.items()}


def instructions(models: Mapping[Side, ExportedModel]) -> dict[Side, dict[str, float]]:
    """Millions of arm64 instructions of one forward, by core."""
    counts = ready_to_count(CORES).counts_of(list(models.values()), say=print)
    found: dict[Side, dict[str, float]] = {side: {} for side in models}
    by_file = {(one.artifact_sha256, one.core): one.instructions / 1e6 for one in counts}
    for side, model in models.items():
        found[side] = {core: by_file[model.artifact.sha256, core] for core in CORES}
    return found
