"""The Python side of CONTRACT.md: the request that a runner reads and the events that it streams.

Shared by the virtual phone, which writes events, and by the harness, which reads them. Strict on both
sides: an unknown key, a missing one or a wrong type is refused by name.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from harness.errors import ContractViolation

SCHEMA = 2
PACKAGE = "io.elbench.runner"
INSTRUMENTATION = f"{PACKAGE}/.BenchmarkInstrumentation"
PHONE_ROOT = "/data/local/tmp/elbench"
RECOVERY_ROOT = f"/sdcard/Android/media/{PACKAGE}"
SAMPLES_PER_EVENT = 512
INPUTS_PER_EVENT = 512
BEST_CLASSES = 5
"""Of each input that is evaluated; all of them where a model has fewer."""
LONGEST_SILENCE_NS = 5_000_000_000
"""Of a runner that evaluates: what it has found by then it tells."""
STATED_INPUTS = "/extra/elbench.json"
"""End of the name of the archive's record that says which inputs a model takes."""
LONGEST_STATEMENT_BYTES = 1 << 16
"""Of that record; a longer one is cut there, and so is not understood."""
CHARACTERS_PER_STATUS = 65536
"""Of base64 in one status; Android's binder gives a process one megabyte for all that is under way."""

Count = Annotated[int, Field(ge=0, lt=1 << 63)]
"""What a Java long counts: nanoseconds, KiB, iterations, bytes."""

_Int = Annotated[int, Field(ge=0, lt=1 << 31)]
"""An integer of a request: the runner keeps it in a Java int, as the length of an array is one."""
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]

_STRICT = ConfigDict(extra="forbid", strict=True)


def model_path(sha256: str) -> str:
    """Where a model file lies on the phone."""
    return f"{PHONE_ROOT}/models/{sha256}.ptl"


def input_path(sha256: str) -> str:
    """Where a raw input lies on the phone."""
    return f"{PHONE_ROOT}/inputs/{sha256}.bin"


def request_path(launch_id: str) -> str:
    """Where the request of a launch lies on the phone."""
    return f"{PHONE_ROOT}/launches/{launch_id}/request.json"


def recovery_path(launch_id: str) -> str:
    """Where the runner leaves its own copy of the events, for a harness that lost its connection."""
    return f"{RECOVERY_ROOT}/{launch_id}.jsonl"


def recovery_path_before_api_29(launch_id: str) -> str:
    """The same on older Androids: in the app's external cache folder."""
    return f"/sdcard/Android/data/{PACKAGE}/cache/{launch_id}.jsonl"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class InputRequest:
    """One raw little-endian input file."""

    path: str
    shape: tuple[_Int, ...]
    dtype: Literal["float32"] = "float32"
    memory_format: Literal["contiguous", "channels_last"] = "contiguous"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One model to measure."""

    name: str
    runtime: Literal["pytorch_mobile", "executorch"]
    path: str
    sha256: str
    inputs: tuple[InputRequest, ...]
    outputs: Literal["none", "digest", "values"] = "values"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class WarmupRequest:
    """When warm-up may end."""

    min_iterations: _Int
    min_seconds: _Seconds
    max_seconds: _Seconds
    rule: Literal["ema", "fixed"]


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRequest:
    """How long the steady phase lasts; both minima must be met, either maximum ends it."""

    min_iterations: _Int
    min_seconds: _Seconds
    max_iterations: _Int
    max_seconds: _Seconds
    pause_ms: _Int = 0


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRequest:
    """How often memory is sampled; 0 means only at phase borders."""

    period_ms: _Int


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesRequest:
    """A file with `count` inputs of the model's shape, raw one after the other."""

    path: str
    sha256: str
    count: _Int


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateRequest:
    """Inputs of which the model's classes are wanted, and no times."""

    images: tuple[ImagesRequest, ...]


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """request.json: everything that one launch does."""

    schema: _Int
    launch: str
    models: tuple[ModelRequest, ...]
    threads: _Int
    warmup: WarmupRequest
    measure: MeasureRequest
    memory: MemoryRequest
    schedule: Literal["single", "duet"] = "single"
    block: _Int = 0
    evaluate: EvaluateRequest | None = None
    foreground: bool = True

    def __post_init__(self) -> None:
        problems = [
            (self.schema != SCHEMA, f"schema is {self.schema}, this runner speaks {SCHEMA}"),
            (not self.models, "models is empty"),
            (self.threads < 1, f"threads is {self.threads}, it must be at least 1"),
            (
                0 < self.memory.period_ms < 100,
                f"memory.period_ms is {self.memory.period_ms}; use 0 or at least 100",
            ),
            (self.measure.max_iterations < 1, "measure.max_iterations must be at least 1"),
            (self.schedule == "single" and len(self.models) != 1, "schedule single takes exactly one model"),
            (
                self.evaluate is not None and self.schedule != "single",
                "evaluate takes exactly one model, and no duet",
            ),
        ]
        for is_wrong, what in problems:
            if is_wrong:
                raise ValueError(what)


def encode_request(request: Request) -> bytes:
    """The request as the bytes of request.json."""
    return json.dumps(asdict(request), indent=1).encode()


def decode_request(data: bytes) -> Request:
    """Read request.json.

    Raises:
        ContractViolation: not JSON, an unknown key, a missing key, a wrong type or an impossible value.
    """
    try:
        return _REQUEST.validate_json(data)
    except ValidationError as error:
        raise _violation("request.json", error) from error


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The process is up and has set what the request asked for."""

    pid: Count
    runner: str
    runtime: str
    runtime_version: str
    abi: str
    page_size: Count
    cpuset: str
    affinity: tuple[Count, ...]
    api: Count
    threads: Count
    sustained_mode: bool
    debuggable: bool
    event: Literal["started"] = "started"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model is loaded; the hash is of the file as the runner read it."""

    model: str
    load_ns: Count
    sha256: str
    event: Literal["loaded"] = "loaded"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The first forward."""

    model: str
    duration_ns: Count
    event: Literal["first"] = "first"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Warmup:
    """Warm-up has ended."""

    model: str
    durations_ns: tuple[Count, ...]
    converged: bool
    rule: str
    event: Literal["warmup"] = "warmup"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Steady iterations, at most SAMPLES_PER_EVENT of them."""

    model: str
    start_ns: tuple[Count, ...]
    duration_ns: tuple[Count, ...]
    event: Literal["samples"] = "samples"

    def __post_init__(self) -> None:
        if len(self.start_ns) != len(self.duration_ns):
            raise ValueError(f"{len(self.start_ns)} starts but {len(self.duration_ns)} durations")


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One memory sample; a value that the phone does not give is null and `sources` says why."""

    phase: str
    at_ns: Count
    rss_kib: Count | None
    swap_kib: Count | None
    hwm_kib: Count | None
    pss_kib: Count | None
    native_heap_kib: Count | None
    java_heap_kib: Count | None
    sources: dict[str, str] = field(default_factory=dict)
    event: Literal["memory"] = "memory"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Thermal:
    """Thermal status and headroom as the app's own API gives them."""

    status: int | None
    headroom: float | None
    event: Literal["thermal"] = "thermal"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What the model computed for the fixed input."""

    model: str
    sha256: str
    shape: tuple[Count, ...]
    argmax: Count
    values_f32: str | None
    event: Literal["output"] = "output"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """The best classes of some inputs, at most INPUTS_PER_EVENT of them."""

    model: str
    first: _Int
    best: _Int
    classes: tuple[_Int, ...]
    not_finite: tuple[_Int, ...]
    event: Literal["predicted"] = "predicted"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """All inputs were seen: how many, and the hash of all classes as little-endian int32."""

    model: str
    count: _Int
    sha256: str
    event: Literal["evaluated"] = "evaluated"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The launch failed in a way that the runner saw."""

    stage: str
    kind: str
    message: str
    stack: str
    event: Literal["error"] = "error"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The last event; counts the events of the stream, itself included."""

    events: Count
    event: Literal["finished"] = "finished"


Event = (
    Started
    | Loaded
    | First
    | Warmup
    | Samples
    | Memory
    | Thermal
    | Output
    | Predicted
    | Evaluated
    | Failure
    | Finished
)


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An event with its place in the stream."""

    launch: str
    seq: Count
    t_ns: Count
    body: Annotated[Event, Field(discriminator="event")]


_STATUS = "INSTRUMENTATION_STATUS: elbench="
_PART = "INSTRUMENTATION_STATUS: elbench_part="
_REQUEST = TypeAdapter(Request)
_ENVELOPE = TypeAdapter(Envelope)


def encode_event(envelope: Envelope) -> str:
    """One event as the base64 that travels in one status line."""
    return base64.b64encode(json.dumps(asdict(envelope), separators=(",", ":")).encode()).decode()


def decode_event(encoded: str) -> Envelope:
    """Read one event.

    Raises:
        ContractViolation: not base64, not JSON, or not an event of CONTRACT.md.
    """
    try:
        return read_copied_event(base64.b64decode(encoded, validate=True))
    except ValueError as error:  # binascii.Error, and a plain one where the text is not even ASCII
        raise ContractViolation(
            f"an event is not base64 ({error})", remedy="report this as a bug of the runner", where="event"
        ) from error


def read_copied_event(line: bytes) -> Envelope:
    """Read one line of a recovery copy, which is an event as JSON.

    Raises:
        ContractViolation: not JSON, or not an event of CONTRACT.md.
    """
    try:
        return _ENVELOPE.validate_json(line)
    except ValidationError as error:
        raise _violation("event", error) from error


def status_lines(envelope: Envelope) -> str:
    """One event as `am instrument -r` prints it: one status, or several for one that is too long for one."""
    encoded = encode_event(envelope)
    starts = range(0, len(encoded), CHARACTERS_PER_STATUS)
    return "".join(
        f"{_STATUS if start == starts[-1] else _PART}{encoded[start : start + CHARACTERS_PER_STATUS]}\n"
        "INSTRUMENTATION_STATUS_CODE: 1\n"
        for start in starts
    )


def read_statuses(lines: Iterable[str]) -> Iterator[Envelope | str]:
    """What `am instrument -r` printed: events, joined where they came in parts, and every other line.

    Raises:
        ContractViolation: as `decode_event`.
    """
    parts: list[str] = []
    for line in lines:
        if line.startswith(_PART):
            parts.append(line.removeprefix(_PART))
        elif line.startswith(_STATUS):
            yield decode_event("".join((*parts, line.removeprefix(_STATUS))))
            parts.clear()
        else:
            yield line


def result_lines(*, ok: bool, events: int) -> str:
    """The end of a stream that the runner ended itself."""
    result = base64.b64encode(json.dumps({"ok": ok, "events": events}).encode()).decode()
    return f"INSTRUMENTATION_RESULT: elbench={result}\nINSTRUMENTATION_CODE: -1\n"


def _violation(where: str, error: ValidationError) -> ContractViolation:
    problems: list[Any] = error.errors(include_url=False)
    first = next((p for p in problems if p["type"] == "unexpected_keyword_argument"), problems[0])
    place = ".".join(str(part) for part in first["loc"])
    return ContractViolation(
        f"{place}: {first['msg']}" if place else str(first["msg"]),
        remedy="use a runner and a harness of the same elbench version",
        where=where,
    )
