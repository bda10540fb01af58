"""One launch: a fresh app process on one phone, from the gate before it to its record.

Never raises for what a phone does: every way in which a launch can fail becomes a record with its outcome
and evidence. Which launch comes next, and which is repeated, is `session`'s business.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from android_runner.contract import (
    SCHEMA,
    EvaluateRequest,
    InputRequest,
    MeasureRequest,
    MemoryRequest,
    ModelRequest,
    Request,
    WarmupRequest,
    input_path,
    model_path,
)
from harness.errors import ContractViolation, NoUsablePhone, PhoneError
from harness.measure.events import Measured, NotMeasured, Seen
from harness.measure.findings import find
from harness.measure.frame import Frame
from harness.measure.instrumentation import carry_out
from harness.measure.phone_under_test import PhoneUnderTest, clean_up
from harness.measure.plan import Plan
from harness.measure.proof import prove
from harness.measure.recovery import recover
from harness.measure.settlement import settle
from harness.measure.surroundings import find_surroundings
from harness.measure.telemetry import sampling
from harness.phone.conditions import read_conditions
from harness.phone.readiness import ReadinessLimits, Tolerated, await_ready
from harness.phone.transport import Transport
from harness.results.records import (
    Artifact,
    Conditions,
    LaunchRecord,
    LaunchRequest,
    OutputProof,
    Readiness,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a launch measures: the artifact and the reference for its output (float64, the output's shape)."""

    artifact: Artifact
    reference: NDArray[np.float64]


def run_launch(
    phone: PhoneUnderTest, request: LaunchRequest, subject: Subject, *, attempt: int
) -> LaunchRecord:
    """Wait until the phone is ready, run one launch and return what became of it."""
    started_at = _now()
    before, readiness = _gate(phone)
    if refusal := _refusal(readiness, phone.plan):
        frame = Frame(
            request=request,
            attempt=attempt,
            started_at=started_at,
            wall_ns=0,
            before=before,
            after="the launch was not started",
            readiness=readiness,
            telemetry="the launch was not started",
            recovered=False,
        )
        return frame.failed(refusal, find_surroundings(frame, phone.plan))
    clock_ns = time.monotonic_ns()
    with sampling(
        phone.transport,
        None if isinstance(before, str) else before.clocks,
        None if isinstance(before, str) else before.temperatures,
        hertz=phone.plan.telemetry.hertz,
        limit_s=phone.plan.limits.launch_seconds,
    ) as sampler:
        result = _measure(phone, request, subject, before)
    wall_ns = time.monotonic_ns() - clock_ns
    ended = settle(phone, request.launch_id, result, before)
    clean_up(phone, request.launch_id)
    frame = Frame(
        request=request,
        attempt=attempt,
        started_at=started_at,
        wall_ns=wall_ns,
        before=before,
        after=_conditions(phone.transport),
        readiness=readiness,
        telemetry=sampler.result(),
        recovered=ended.recovered,
    )
    return _record(frame, ended.result, subject, phone.plan)


def take_up(phone: PhoneUnderTest, request: LaunchRequest, subject: Subject) -> LaunchRecord | None:
    """The record of a launch that went on without the harness; None if the phone has no finished one."""
    try:
        result = recover(phone.transport, request.launch_id, phone.plan.limits, stop=phone.stop)
    except (PhoneError, NoUsablePhone):
        return None
    clean_up(phone, request.launch_id)
    if result is None:
        return None
    gone = "elbench was ended during the launch"
    frame = Frame(
        request=request,
        attempt=1,
        started_at=_now(),
        wall_ns=0,
        before=gone,
        after=gone,
        readiness=gone,
        telemetry=gone,
        recovered=True,
    )
    return _record(frame, result, subject, phone.plan)


def make_request(
    request: LaunchRequest, artifact: Artifact, plan: Plan, *, evaluate: EvaluateRequest | None = None
) -> Request:
    """The request.json of a launch, which measures times or evaluates images."""
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
        evaluate=evaluate,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _gate(phone: PhoneUnderTest) -> tuple[Conditions | str, Readiness | str]:
    ready = phone.plan.ready
    limits = ReadinessLimits(**ready.model_dump(exclude={"on_timeout"}))
    # A launch that may be refused gets the whole wait: what was in vain before may not be so now.
    tolerated = phone.tolerated if ready.on_timeout == "mark" else Tolerated()
    try:
        return await_ready(
            phone.transport, limits, tolerated=tolerated, report=phone.waiting, stop=phone.stop
        )
    except (PhoneError, NoUsablePhone) as error:
        return error.cause, error.cause


def _refusal(readiness: Readiness | str, plan: Plan) -> NotMeasured | None:
    if isinstance(readiness, str) or not readiness.timed_out or plan.ready.on_timeout == "mark":
        return None
    seen = "; ".join(check.reason for check in readiness.timed_out)
    return NotMeasured(outcome="not_ready", evidence=f"the phone was not ready: {seen}")


def _measure(
    phone: PhoneUnderTest, request: LaunchRequest, subject: Subject, before: Conditions | str
) -> Seen | NotMeasured:
    if isinstance(before, str):
        return NotMeasured(outcome="disconnected", evidence=before)
    return carry_out(phone.transport, make_request(request, subject.artifact, phone.plan), phone.plan.limits)


def _conditions(transport: Transport) -> Conditions | str:
    """The phone's state, or why it cannot be read."""
    try:
        return read_conditions(transport)
    except (PhoneError, NoUsablePhone) as error:
        return error.cause


def _record(frame: Frame, result: Seen | NotMeasured, subject: Subject, plan: Plan) -> LaunchRecord:
    """Prove what was measured, and say what a reader must know about it."""
    surroundings = find_surroundings(frame, plan)
    judged = _judged(result, subject)
    if isinstance(judged, NotMeasured):
        return frame.failed(judged, tuple(one for one in surroundings if one.severity != "invalid"))
    measured, output = judged
    findings = find(measured, output, frame.request, plan, precision=subject.artifact.precision)
    return frame.measured(measured, output, findings + surroundings)


def _judged(
    result: Seen | NotMeasured, subject: Subject
) -> tuple[Measured, OutputProof | None] | NotMeasured:
    if isinstance(result, NotMeasured):
        return result
    if not isinstance(result, Measured):
        return NotMeasured(outcome="rejected", evidence="the runner sent classes where times were due")
    if result.sha256 != subject.artifact.sha256:
        return NotMeasured(outcome="rejected", evidence=f"the runner read a file with hash {result.sha256}")
    try:
        output = prove(result.output, subject.reference) if result.output else None
    except ContractViolation as error:
        return NotMeasured(outcome="rejected", evidence=error.cause)
    return result, output
