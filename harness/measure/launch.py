"""One launch: a fresh app process on one phone, from the gate before it to its record, or both of a duet.

Never raises for what a phone does: every way in which a launch can fail becomes a record with its outcome
and evidence. Which launch comes next, and which is repeated, is `session`'s business.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from harness.measure.events import Duet, Measured, NotMeasured, Seen
from harness.measure.findings import bar_together, find
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
    phone: PhoneUnderTest, requests: Sequence[LaunchRequest], subjects: Mapping[str, Subject], *, attempt: int
) -> tuple[LaunchRecord, ...]:
    """Wait until the phone is ready, run one process and return what became of each request.

    Args:
        requests: what the process measures: one model, or the two of a duet, which are `ok` together or not
            at all. The process goes by the id of the first.
        subjects: what they name, by the artifact's sha256.
    """
    started_at = _now()
    launch_id = requests[0].launch_id
    before, readiness = _gate(phone)
    if refusal := _refusal(readiness, phone.plan):
        frame = Frame(
            request=requests[0],
            attempt=attempt,
            started_at=started_at,
            wall_ns=0,
            before=before,
            after="the launch was not started",
            readiness=readiness,
            telemetry="the launch was not started",
            recovered=False,
        )
        return _records(frame, refusal, requests, subjects, phone.plan)
    clock_ns = time.monotonic_ns()
    with sampling(
        phone.transport,
        None if isinstance(before, str) else before.clocks,
        None if isinstance(before, str) else before.temperatures,
        hertz=phone.plan.telemetry.hertz,
        limit_s=phone.plan.process_limits.launch_seconds,
    ) as sampler:
        result = _measure(phone, requests, subjects, before)
    wall_ns = time.monotonic_ns() - clock_ns
    ended = settle(phone, launch_id, result, before)
    clean_up(phone, launch_id)
    frame = Frame(
        request=requests[0],
        attempt=attempt,
        started_at=started_at,
        wall_ns=wall_ns,
        before=before,
        after=_conditions(phone.transport),
        readiness=readiness,
        telemetry=sampler.result(),
        recovered=ended.recovered,
    )
    return _records(frame, ended.result, requests, subjects, phone.plan)


def take_up(
    phone: PhoneUnderTest, requests: Sequence[LaunchRequest], subjects: Mapping[str, Subject]
) -> tuple[LaunchRecord, ...]:
    """The records of a process that went on without the harness; none if the phone has no finished one."""
    launch_id = requests[0].launch_id
    try:
        result = recover(phone.transport, launch_id, phone.plan.process_limits, stop=phone.stop)
    except (PhoneError, NoUsablePhone):
        return ()
    clean_up(phone, launch_id)
    if result is None:
        return ()
    gone = "elbench was ended during the launch"
    frame = Frame(
        request=requests[0],
        attempt=1,
        started_at=_now(),
        wall_ns=0,
        before=gone,
        after=gone,
        readiness=gone,
        telemetry=gone,
        recovered=True,
    )
    return _records(frame, result, requests, subjects, phone.plan)


def make_request(
    request: LaunchRequest,
    artifacts: Sequence[Artifact],
    plan: Plan,
    *,
    evaluate: EvaluateRequest | None = None,
) -> Request:
    """The request.json of a launch, which measures times or evaluates images.

    Args:
        request: what gives the process its id and its threads.
        artifacts: one, or the two that a duet measures in turns, the first one first.
    """
    is_duet = len(artifacts) > 1
    return Request(
        schema=SCHEMA,
        launch=request.launch_id,
        models=tuple(
            ModelRequest(
                name=name,
                runtime=artifact.runtime,
                path=model_path(artifact.sha256),
                sha256=artifact.sha256,
                inputs=tuple(
                    InputRequest(path=input_path(artifact.input_sha256), shape=spec.shape)
                    for spec in artifact.inputs
                ),
            )
            for name, artifact in zip(_told_apart(artifacts), artifacts, strict=True)
        ),
        schedule="duet" if is_duet else "single",
        block=plan.duet_block if is_duet else 0,
        threads=request.threads,
        warmup=WarmupRequest(**plan.warmup.model_dump()),
        measure=MeasureRequest(**plan.measure.model_dump()),
        memory=MemoryRequest(period_ms=plan.memory.period_ms),
        foreground=plan.foreground,
        evaluate=evaluate,
    )


def _told_apart(artifacts: Sequence[Artifact]) -> tuple[str, ...]:
    """Their names, of which a process may have none twice: by its name an event tells its model."""
    names = [artifact.model for artifact in artifacts]
    return tuple(
        f"{name} #{place}" if name in names[: place - 1] else name
        for place, name in enumerate(names, start=1)
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
    phone: PhoneUnderTest,
    requests: Sequence[LaunchRequest],
    subjects: Mapping[str, Subject],
    before: Conditions | str,
) -> Seen | NotMeasured:
    if isinstance(before, str):
        return NotMeasured(outcome="disconnected", evidence=before)
    artifacts = [subjects[request.artifact_sha256].artifact for request in requests]
    asked = make_request(requests[0], artifacts, phone.plan)
    return carry_out(phone.transport, asked, phone.plan.process_limits)


def _conditions(transport: Transport) -> Conditions | str:
    """The phone's state, or why it cannot be read."""
    try:
        return read_conditions(transport)
    except (PhoneError, NoUsablePhone) as error:
        return error.cause


def _records(
    frame: Frame,
    result: Seen | NotMeasured,
    requests: Sequence[LaunchRequest],
    subjects: Mapping[str, Subject],
    plan: Plan,
) -> tuple[LaunchRecord, ...]:
    """Prove what was measured, and say what a reader must know about it."""
    own = [subjects[request.artifact_sha256] for request in requests]
    frames = [replace(frame, request=request) for request in requests]
    surroundings = find_surroundings(frame, plan, status_within=_thermal_status(result))
    judged = _judged(result, own)
    if isinstance(judged, NotMeasured):
        bearable = tuple(one for one in surroundings if one.severity != "invalid")
        return tuple(one.failed(judged, bearable) for one in frames)
    found = [
        find(measured, output, request, plan, precision=subject.artifact.precision) + surroundings
        for (measured, output), request, subject in zip(judged, requests, own, strict=True)
    ]
    return tuple(
        one.measured(measured, output, findings)
        for one, (measured, output), findings in zip(
            frames, judged, bar_together(requests, found), strict=True
        )
    )


def _thermal_status(result: Seen | NotMeasured) -> int | None:
    match result:
        case Measured():
            return result.thermal_status
        case Duet():
            return result.models[0].thermal_status
        case _:
            return None


def _judged(
    result: Seen | NotMeasured, subjects: Sequence[Subject]
) -> tuple[tuple[Measured, OutputProof | None], ...] | NotMeasured:
    """What the process measured of each, in their order; what goes wrong with one fails the process."""
    match result:
        case NotMeasured():
            return result
        case Measured():
            times: tuple[Measured, ...] = (result,)
        case Duet():
            times = result.models
        case _:
            return NotMeasured(outcome="rejected", evidence="the runner sent classes where times were due")
    if len(times) != len(subjects):
        seen = f"the runner measured {len(times)} models, {len(subjects)} were asked for"
        return NotMeasured(outcome="rejected", evidence=seen)
    proved = []
    for measured, subject in zip(times, subjects, strict=True):
        output = _proved(measured, subject)
        if isinstance(output, NotMeasured):
            return output
        proved.append((measured, output))
    return tuple(proved)


def _proved(measured: Measured, subject: Subject) -> OutputProof | NotMeasured | None:
    if measured.sha256 != subject.artifact.sha256:
        return NotMeasured(outcome="rejected", evidence=f"the runner read a file with hash {measured.sha256}")
    try:
        return prove(measured.output, subject.reference) if measured.output else None
    except ContractViolation as error:
        return NotMeasured(outcome="rejected", evidence=error.cause)
