"""One launch: a fresh app process on one phone, from its request to its record.

Never raises for what a phone does: every way in which a launch can fail becomes a record with its outcome
and evidence. Which launch comes next is `session`'s business.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from android_runner.contract import (
    INSTRUMENTATION,
    PACKAGE,
    SCHEMA,
    InputRequest,
    MeasureRequest,
    MemoryRequest,
    ModelRequest,
    Request,
    WarmupRequest,
    encode_request,
    input_path,
    model_path,
    recovery_path,
    recovery_path_before_api_29,
    request_path,
)
from harness.errors import ContractViolation, DeadlineExceeded, NoUsablePhone, PhoneError, PhoneLost
from harness.measure.events import Measured, NotMeasured, read_stream
from harness.measure.findings import find
from harness.measure.frame import Frame
from harness.measure.plan import Plan
from harness.measure.proof import prove
from harness.phone.conditions import read_conditions
from harness.phone.transport import Transport, quoted
from harness.results.records import (
    Artifact,
    Conditions,
    Finding,
    LaunchRecord,
    LaunchRequest,
    OutputProof,
)

_SHORT_COMMAND_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a launch measures: the artifact and the reference for its output (float64, the output's shape)."""

    artifact: Artifact
    reference: NDArray[np.float64]


def run_launch(transport: Transport, request: LaunchRequest, subject: Subject, plan: Plan) -> LaunchRecord:
    """Run one launch and return what became of it."""
    started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    before = _conditions(transport)
    clock_ns = time.monotonic_ns()
    result = _judged(_measure(transport, request, subject, plan), request, subject, plan)
    wall_ns = time.monotonic_ns() - clock_ns
    frame = Frame(request, started_at, wall_ns, before=before, after=_conditions(transport))
    return frame.failed(result) if isinstance(result, NotMeasured) else frame.measured(*result)


def make_request(request: LaunchRequest, artifact: Artifact, plan: Plan) -> Request:
    """The request.json of a launch."""
    return Request(
        schema=SCHEMA,
        launch=request.launch_id,
        models=(
            ModelRequest(
                name=artifact.model,
                runtime=artifact.runtime,
                path=model_path(artifact.sha256),
                sha256=artifact.sha256,
                inputs=tuple(
                    InputRequest(path=input_path(artifact.input_sha256), shape=spec.shape)
                    for spec in artifact.inputs
                ),
            ),
        ),
        threads=request.threads,
        warmup=WarmupRequest(**plan.warmup.model_dump()),
        measure=MeasureRequest(**plan.measure.model_dump()),
        memory=MemoryRequest(period_ms=plan.memory.period_ms),
        foreground=plan.foreground,
    )


def _measure(
    transport: Transport, request: LaunchRequest, subject: Subject, plan: Plan
) -> Measured | NotMeasured:
    path = request_path(request.launch_id)
    content = encode_request(make_request(request, subject.artifact, plan))
    try:
        transport.push(content, path, deadline_s=_SHORT_COMMAND_S)
        result = read_stream(_instrument(transport, path, plan), request.launch_id)
    except DeadlineExceeded as error:
        result = NotMeasured(outcome="timed_out", evidence=error.cause)
    except (PhoneLost, NoUsablePhone) as error:
        result = NotMeasured(outcome="disconnected", evidence=error.cause)
    except PhoneError as error:
        result = NotMeasured(outcome="rejected", evidence=error.cause)
    finally:
        _clean_up(transport, request.launch_id)
    return result


def _instrument(transport: Transport, path: str, plan: Plan) -> Iterator[str]:
    command = quoted("am", "instrument", "-w", "-r", "--user", "0", "-e", "request", path, INSTRUMENTATION)
    return transport.lines(
        command, deadline_s=plan.limits.launch_seconds, silence_s=plan.limits.silence_seconds
    )


def _clean_up(transport: Transport, launch_id: str) -> None:
    """End an app that may still run and remove what the launch left, if the phone can be reached."""
    folder = request_path(launch_id).rpartition("/")[0]
    commands = (
        quoted("am", "force-stop", PACKAGE),
        quoted("rm", "-rf", folder, recovery_path(launch_id), recovery_path_before_api_29(launch_id)),
    )
    with suppress(PhoneError, NoUsablePhone):
        transport.shell("; ".join(commands), deadline_s=_SHORT_COMMAND_S)


def _conditions(transport: Transport) -> Conditions | str:
    """The phone's state, or why it cannot be read."""
    try:
        return read_conditions(transport)
    except (PhoneError, NoUsablePhone) as error:
        return error.cause


def _judged(
    result: Measured | NotMeasured, request: LaunchRequest, subject: Subject, plan: Plan
) -> tuple[Measured, OutputProof | None, tuple[Finding, ...]] | NotMeasured:
    """Prove what was measured, and say what a reader must know about it."""
    if isinstance(result, NotMeasured):
        return result
    if result.sha256 != subject.artifact.sha256:
        return NotMeasured(outcome="rejected", evidence=f"the runner read a file with hash {result.sha256}")
    try:
        output = prove(result.output, subject.reference) if result.output else None
    except ContractViolation as error:
        return NotMeasured(outcome="rejected", evidence=error.cause)
    return result, output, find(result, output, request, plan)
