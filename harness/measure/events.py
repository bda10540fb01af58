"""The runner's stream: from the lines of `am instrument -r`, or of the copy that the app keeps on the phone,
to what one launch measured or saw.

Reads line by line, so that a caller can show progress and notice silence. Whether the numbers are good is
decided by `launch`; what each event means is written in android_runner/CONTRACT.md.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from android_runner.contract import (
    Envelope,
    Evaluated,
    Event,
    Failure,
    Finished,
    First,
    Loaded,
    Memory,
    Output,
    Predicted,
    Samples,
    Started,
    Thermal,
    Warmup,
    read_copied_event,
    read_statuses,
)
from harness.errors import ContractViolation
from harness.measure.predictions import Predictions, join
from harness.results.records import MemorySample, Outcome, RunnerInfo

_RESULT = "INSTRUMENTATION_RESULT: elbench="
_CODE = "INSTRUMENTATION_CODE: "
_LIMIT_OF_EVIDENCE = 4000
_MEMORY_READINGS = ("rss_kib", "swap_kib", "hwm_kib", "pss_kib", "native_heap_kib", "java_heap_kib")

_OF_ONE_MODEL = (Loaded, First, Warmup, Samples, Output)

_Kind = TypeVar("_Kind", bound=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A complete launch of one model."""

    runner: RunnerInfo
    sha256: str
    load_ns: int
    first_ns: int
    warmup_ns: tuple[int, ...]
    warmup_converged: bool
    start_ns: tuple[int, ...]
    duration_ns: tuple[int, ...]
    memory: tuple[MemorySample, ...]
    output: Output | None
    thermal_status: int | None
    """The highest that the app saw, while it measured; None where Android does not tell it."""
    span_ns: int
    """From the first event to the last, on the phone's clock."""


@dataclass(frozen=True, slots=True)
class Duet:
    """A complete launch of several models in turns."""

    models: tuple[Measured, ...]
    """Each of them, in the order in which they were loaded; memory and span are those of the process."""


Seen = Measured | Duet | Predictions
"""What a stream brings that ends well: times, or what was seen in images."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMeasured:
    """A launch that did not end as a good one does: how it ended instead, and what was seen."""

    outcome: Outcome
    evidence: str
    pid: int | None = None
    """The app's process, where it said so before its end."""


@dataclass(slots=True)
class _Ending:
    """What the lines outside of events said."""

    ok: bool | None = None
    events: int | None = None
    code: int | None = None
    other: list[str] = field(default_factory=list)


def read_stream(lines: Iterable[str], launch_id: str) -> Seen | NotMeasured:
    """Read a whole stream; a failure that the runner or Android reports is a value, not an exception.

    Raises:
        ContractViolation: an event that the contract does not know, a gap in `seq`, a part that is missing.
    """
    ending = _Ending()
    envelopes = list(_in_order(_decoded(lines, ending), launch_id))
    events = [envelope.body for envelope in envelopes]
    if refused := _refusal(events):
        return refused
    if ending.code != -1 or not ending.ok:
        return _unfinished(ending, _pid(events))
    _check_count(events, ending.events)
    return _seen(events, envelopes[-1].t_ns - envelopes[0].t_ns)


def read_copy(content: bytes, launch_id: str) -> Seen | NotMeasured | None:
    """Read the copy of its events that the app keeps on the phone; None if it ends before the launch does.

    Raises:
        ContractViolation: as `read_stream`; a last line that was cut short is no violation.
    """
    *lines, _cut_short = content.split(b"\n")
    envelopes = list(_in_order(map(read_copied_event, lines), launch_id))
    events = [envelope.body for envelope in envelopes]
    if refused := _refusal(events):
        return refused
    if not events or not isinstance(events[-1], Finished):
        return None
    _check_count(events, events[-1].events)
    return _seen(events, envelopes[-1].t_ns - envelopes[0].t_ns)


def _decoded(lines: Iterable[str], ending: _Ending) -> Iterator[Envelope]:
    for said in read_statuses(raw.rstrip("\r\n") for raw in lines):
        if isinstance(said, Envelope):
            yield said
        elif said.startswith(_RESULT):
            ending.ok, ending.events = _decode_result(said.removeprefix(_RESULT))
        elif said.startswith(_CODE):
            ending.code = _integer(said.removeprefix(_CODE))
        elif said and said != "INSTRUMENTATION_STATUS_CODE: 1":
            ending.other.append(said)


def _in_order(envelopes: Iterable[Envelope], launch_id: str) -> Iterator[Envelope]:
    for expected, envelope in enumerate(envelopes):
        if envelope.launch != launch_id:
            raise _violation(f"an event belongs to launch {envelope.launch}, not {launch_id}")
        if envelope.seq != expected:
            raise _violation(f"event {envelope.seq} came where {expected} was due; events were lost")
        yield envelope


def _decode_result(encoded: str) -> tuple[bool, int]:
    try:
        result = json.loads(base64.b64decode(encoded, validate=True))
        return bool(result["ok"]), int(result["events"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise _violation(f"the result line cannot be read ({error})") from error


def _integer(text: str) -> int | None:
    return int(text) if text.strip().lstrip("-").isdigit() else None


def _refusal(events: list[Event]) -> NotMeasured | None:
    """What the runner itself said of its failure."""
    failure = next((event for event in events if isinstance(event, Failure)), None)
    if failure is None:
        return None
    said = f"{failure.stage}: {failure.kind}: {failure.message}\n{failure.stack}"
    return NotMeasured(outcome="rejected", evidence=said.strip()[:_LIMIT_OF_EVIDENCE], pid=_pid(events))


def _pid(events: list[Event]) -> int | None:
    return next((event.pid for event in events if isinstance(event, Started)), None)


# As am prints how an app ended: AOSP, ActivityManagerService.handleAppCrash and AppErrors, AnrHelper.
_NEVER_STARTED = "INSTRUMENTATION_FAILED"
_ANR = re.compile(r"shortMsg=keyDispatchingTimedOut|longMsg=.*\bANR\b|Input dispatching timed out")
_CRASH = re.compile(r"shortMsg=(?:Process crashed|Native crash|[\w.$]*(?:Exception|Error|Throwable)\b)")


def _unfinished(ending: _Ending, pid: int | None) -> NotMeasured:
    """How a stream ended that the runner did not end: without a code the app died under `am`'s eyes."""
    said = "\n".join(ending.other).strip() or "the stream ended without a result"
    outcome: Outcome = "rejected"
    if _ANR.search(said):
        outcome = "anr"
    elif _CRASH.search(said) or (ending.code is None and _NEVER_STARTED not in said):
        outcome = "crashed"
    return NotMeasured(outcome=outcome, evidence=said[:_LIMIT_OF_EVIDENCE], pid=pid)


def _check_count(events: list[Event], sent: int | None) -> None:
    if not events or not isinstance(events[-1], Finished):
        raise _violation("the stream says ok but has no `finished` event")
    counts = {len(events), events[-1].events, sent}
    if len(counts) > 1:
        raise _violation(f"{len(events)} events arrived, {events[-1].events} were sent")


def _seen(events: list[Event], span_ns: int) -> Seen:
    if any(isinstance(event, Evaluated) for event in events):
        parts = [event for event in events if isinstance(event, Predicted)]
        return join(_only(events, Loaded), parts, _only(events, Evaluated), span_ns)
    names = dict.fromkeys(event.model for event in events if isinstance(event, Loaded))
    if len(names) > 1:
        return Duet(tuple(_assemble(_without_others(events, name), span_ns) for name in names))
    return _assemble(events, span_ns)


def _without_others(events: list[Event], name: str) -> list[Event]:
    """What the process said of itself and of one of its models."""
    return [event for event in events if not isinstance(event, _OF_ONE_MODEL) or event.model == name]


def _assemble(events: list[Event], span_ns: int) -> Measured:
    loaded = _only(events, Loaded)
    samples = [event for event in events if isinstance(event, Samples)]
    if not samples:
        raise _violation("the stream has no `samples` event")
    warmup = _only(events, Warmup)
    return Measured(
        runner=_runner_info(_only(events, Started)),
        sha256=loaded.sha256,
        load_ns=loaded.load_ns,
        first_ns=_only(events, First).duration_ns,
        warmup_ns=warmup.durations_ns,
        warmup_converged=warmup.converged,
        start_ns=tuple(value for part in samples for value in part.start_ns),
        duration_ns=tuple(value for part in samples for value in part.duration_ns),
        memory=tuple(_memory_sample(event) for event in events if isinstance(event, Memory)),
        output=next((event for event in events if isinstance(event, Output)), None),
        thermal_status=max((status for status in _statuses(events) if status is not None), default=None),
        span_ns=span_ns,
    )


def _statuses(events: list[Event]) -> Iterator[int | None]:
    return (event.status for event in events if isinstance(event, Thermal))


def _only(events: list[Event], kind: type[_Kind]) -> _Kind:
    found = [event for event in events if isinstance(event, kind)]
    if len(found) != 1:
        raise _violation(f"{len(found)} `{kind.__name__.lower()}` events, one was due")
    return found[0]


def _runner_info(started: Started) -> RunnerInfo:
    return RunnerInfo(
        pid=started.pid,
        version=started.runner,
        runtime=f"{started.runtime} {started.runtime_version}",
        abi=started.abi,
        cpuset=started.cpuset,
        affinity=started.affinity,
        threads=started.threads,
    )


def _memory_sample(event: Memory) -> MemorySample:
    readings = {name: getattr(event, name) for name in _MEMORY_READINGS}
    return MemorySample(
        t_ns=event.at_ns,
        phase=event.phase,
        **readings,
        missing={
            name: event.sources.get(name, "the runner gave no reason")
            for name, value in readings.items()
            if value is None
        },
    )


def _violation(cause: str) -> ContractViolation:
    return ContractViolation(
        cause, remedy="use a runner and a harness of the same elbench version", where="stream"
    )
