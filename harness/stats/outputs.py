"""What the launches of one model file computed, by phone and threads: the same bits in every launch, or not.

The same phone, runtime and file should give the same bits from the same input. Whether an output is right is
settled in the launch itself (`measure.proof`); whether two files agree is for `exact` to say.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from harness.results.records import Finding, LaunchRecord, OutputProof
from harness.stats.launches import settled


class OutputCell(NamedTuple):
    """Where bits must agree: phones and runtimes have their own kernels, which may split work by threads."""

    phone_id: str
    threads: int
    runtime: str
    """With version and ABI, as the runner says it."""


def outputs_by_cell(
    artifact_sha256: str, launches: Iterable[LaunchRecord]
) -> Mapping[OutputCell, tuple[OutputProof, ...]]:
    """The outputs of one model file, each launch once; launches without an output are left out."""
    return {
        cell: tuple(launch.output for launch in own if launch.output)
        for (sha256, cell), own in _launches_by_cell(launches).items()
        if sha256 == artifact_sha256
    }


def digests(outputs: Iterable[OutputProof]) -> tuple[str, ...]:
    """The different digests, sorted; more than one of a cell: what it computes is not deterministic."""
    return tuple(sorted({output.sha256 for output in outputs}))


def output_findings(launches: Iterable[LaunchRecord]) -> Mapping[str, Finding]:
    """A warning for each launch of a file that gives other bits from launch to launch, by launch id."""
    return {
        launch.request.launch_id: finding
        for (_, cell), own in _launches_by_cell(launches).items()
        if (finding := _finding(cell, own))
        for launch in own
    }


def _launches_by_cell(
    launches: Iterable[LaunchRecord],
) -> Mapping[tuple[str, OutputCell], list[LaunchRecord]]:
    """Launches with an output, each once, by model file's sha256 and by where they ran."""
    cells: dict[tuple[str, OutputCell], list[LaunchRecord]] = {}
    for launch in settled(launches):
        request, runner = launch.request, launch.runner
        if launch.output and runner:
            cell = OutputCell(request.phone_id, request.threads, f"{runner.runtime}, {runner.abi}")
            cells.setdefault((request.artifact_sha256, cell), []).append(launch)
    return cells


def _finding(cell: OutputCell, launches: Sequence[LaunchRecord]) -> Finding | None:
    different = len(digests(launch.output for launch in launches if launch.output))
    if different < 2:
        return None
    return Finding(
        code="nondeterministic_output",
        severity="warning",
        message=f"{launches[0].request.model} gives {different} different outputs for the same input in "
        f"{len(launches)} launches on phone {cell.phone_id} (threads: {cell.threads}), so its output cannot "
        "be compared exactly; look for randomness in the model.",
    )
