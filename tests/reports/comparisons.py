"""Synthetic comparisons in memory: a baseline and a candidate that is slower by a factor, pair by pair."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from harness.results.records import Finding, LaunchRecord, LaunchRequest, PhoneFacts, Run
from tests.reports.runs import fail, make_phone, make_run, measure

BASELINE, CANDIDATE = "old_net", "new_net"
THROTTLED = Finding(code="throttled", severity="warning", message="The phone throttled itself; let it cool.")
_SD = 0.01


def make_comparison(
    *,
    models: tuple[str, ...] = (BASELINE, CANDIDATE),
    phones: tuple[PhoneFacts, ...] | None = None,
    threads: tuple[int, ...] = (1,),
    **compare: Any,
) -> Run:
    """A run whose models are as large as each other, compared by their steady medians."""
    plan = {"metrics": ["steady"], "margin": 0.03, "max_pairs": 40, "strict": False, **compare}
    run = make_run(
        models=models, phones=phones or (make_phone(),), threads=threads, launches=plan["max_pairs"]
    )
    size = run.artifacts[0].file_bytes
    return replace(
        run,
        artifacts=tuple(replace(one, file_bytes=size) for one in run.artifacts),
        plan={**run.plan, "models": list(models), "compare": plan},
    )


def measure_pairs(
    run: Run, pairs: int, *, slower: float = 1.0, throttled: bool = False, failed: Sequence[int] = ()
) -> tuple[LaunchRecord, ...]:
    """The launches of the first pairs.

    Args:
        slower: how many times as long candidates take.
        throttled: whether the phone throttles during theirs.
        failed: blocks in which the candidate crashes.
    """
    baseline = run.artifacts[0].sha256
    found = []
    for request in run.schedule:
        if request.block < pairs:
            is_candidate = request.artifact_sha256 != baseline
            launch = _launch(request, slower if is_candidate else 1.0)
            if is_candidate and throttled:
                launch = replace(launch, findings=(*launch.findings, THROTTLED))
            found.append(fail(launch) if is_candidate and request.block in failed else launch)
    return tuple(found)


def _launch(request: LaunchRequest, factor: float) -> LaunchRecord:
    random = np.random.default_rng([request.index, request.threads])
    typical_ns = 6e6 * factor * np.exp(random.normal(0, _SD))
    durations = typical_ns * np.exp(random.normal(0, 0.015, 40))
    return replace(
        measure(request, samples=40),
        duration_ns=tuple(int(value) for value in durations),
        load_ns=int(30e6 * factor),
    )
