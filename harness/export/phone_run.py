"""One launch in the phone's own runtime, on this machine: the phones' runner on Android's own libraries.

A folder becomes a phone's file system, a request asks for the shortest launch there is, and the events say
how it went, all as android_runner/CONTRACT.md has it.
"""

import base64
import binascii
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from android_runner.contract import (
    SCHEMA,
    Envelope,
    Event,
    Failure,
    InputRequest,
    MeasureRequest,
    MemoryRequest,
    ModelRequest,
    Output,
    Request,
    Started,
    WarmupRequest,
    encode_request,
    input_path,
    model_path,
    read_statuses,
    request_path,
)
from harness.errors import ContractViolation, SetupIncomplete
from harness.export.artifact import input_bytes, sha256_of
from harness.export.trial import Outcome

NAME = "the model"
_SDK = 34
LONGEST_S = 300.0
_LAUNCH = "preflight"


class Runtime(Protocol):
    """What a desktop's phone runtime is to this module."""

    @property
    def description(self) -> str:
        """Libraries, JVM and C library, for people."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Of its processes."""

    def command(self, *, root: Path, request: str, sdk: int) -> list[str]:
        """The command line of one launch."""


@dataclass(frozen=True, slots=True)
class _Ended:
    events: tuple[Event, ...]
    returncode: int


def run_in_phone_runtime(
    program: bytes, images: NDArray[np.float32], runtime: Runtime, *, longest_s: float = LONGEST_S
) -> Outcome:
    """Load and run a program there; what fails is told in a sentence.

    Args:
        program: the model file's bytes.
        images: its input.
        runtime: what runs it.
        longest_s: after this it has failed.

    Raises:
        SetupIncomplete: the runtime ended before it looked at the program.
    """
    with tempfile.TemporaryDirectory(prefix="elbench-preflight-") as root:
        path = _lay_out(Path(root), program, images, longest_s)
        command = runtime.command(root=Path(root), request=path, sdk=_SDK)
        try:
            ended = _run(command, runtime.environment, longest_s)
        except subprocess.TimeoutExpired:
            return Outcome(None, f"computes nothing within {longest_s:g} s")
    return _outcome(ended)


def _lay_out(root: Path, program: bytes, images: NDArray[np.float32], longest_s: float) -> str:
    """Fill the phone's folders; returns the request's path on the phone."""
    raw = input_bytes(images)
    model, image = model_path(sha256_of(program)), input_path(sha256_of(raw))
    request = Request(
        schema=SCHEMA,
        launch=_LAUNCH,
        models=(
            ModelRequest(
                name=NAME,
                runtime="pytorch_mobile",
                path=model,
                sha256=sha256_of(program),
                inputs=(InputRequest(path=image, shape=images.shape),),
            ),
        ),
        threads=1,
        warmup=WarmupRequest(min_iterations=1, min_seconds=0.0, max_seconds=longest_s, rule="fixed"),
        measure=MeasureRequest(min_iterations=1, min_seconds=0.0, max_iterations=1, max_seconds=longest_s),
        memory=MemoryRequest(period_ms=0),
        foreground=False,
    )
    files = {model: program, image: raw, request_path(_LAUNCH): encode_request(request)}
    for path, content in files.items():
        file = root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return request_path(_LAUNCH)


def _run(command: list[str], environment: Mapping[str, str], longest_s: float) -> _Ended:
    ended = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=dict(environment),
        encoding="utf-8",
        errors="replace",
        timeout=longest_s,
        check=False,
    )
    said = read_statuses(ended.stdout.splitlines())
    return _Ended(tuple(one.body for one in said if isinstance(one, Envelope)), ended.returncode)


def _outcome(ended: _Ended) -> Outcome:
    outcome = _told(ended)
    if not any(isinstance(event, Started) for event in ended.events):
        raise SetupIncomplete(
            f"Android's libraries do not start here ({outcome.failure})",
            remedy="remove the folder host-runtime of elbench's cache, which may be damaged, then try again",
            where="preflight",
        )
    return outcome


def _told(ended: _Ended) -> Outcome:
    for event in ended.events:
        if isinstance(event, Failure):
            return Outcome(None, event.message.removeprefix(f"{NAME} "))
        if isinstance(event, Output):
            return Outcome(_values(event), "")
    if ended.returncode < 0:
        return Outcome(None, f"ends the process that runs it ({signal.Signals(-ended.returncode).name})")
    return Outcome(None, f"ends the process that runs it (exit code {ended.returncode})")


def _values(output: Output) -> NDArray[np.float64]:
    try:
        raw = base64.b64decode(output.values_f32 or "", validate=True)
        return np.frombuffer(raw, "<f4").astype(np.float64).reshape(output.shape)
    except (binascii.Error, ValueError) as error:
        raise ContractViolation(
            f"an output's values do not fit its shape ({error})",
            remedy="report this as a bug of the runner",
            where="output",
        ) from error
