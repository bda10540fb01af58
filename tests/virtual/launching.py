"""What the tests need to launch a model on a virtual phone and to read what it streams."""

import hashlib
import io
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from android_runner import contract
from android_runner.contract import (
    Envelope,
    InputRequest,
    MeasureRequest,
    MemoryRequest,
    ModelRequest,
    Request,
    WarmupRequest,
)
from tests.virtual.connected import ConnectedPhone

on_each_runner = pytest.mark.parametrize("computing_phone", ["lite", "android"], indirect=True)
"""For what the runner decides whatever the processor is: Python's, and Java's, which is the same on arm64 and
takes seconds a launch there."""


@dataclass(frozen=True)
class Stream:
    """Everything that `am instrument` printed."""

    text: str
    events: list[Envelope]

    def bodies(self, kind: type) -> list:
        """The events of one kind."""
        return [envelope.body for envelope in self.events if isinstance(envelope.body, kind)]


def read_stream(text: str) -> Stream:
    """Decode every event."""
    said = contract.read_statuses(text.splitlines())
    return Stream(text, [one for one in said if isinstance(one, Envelope)])


def push_bytes(phone: ConnectedPhone, folder: Path, content: bytes, remote: str) -> None:
    """Put bytes on the phone."""
    local = folder / "pushed"
    local.write_bytes(content)
    local.chmod(0o644)
    pushed = phone.push(local, remote)
    assert pushed.returncode == 0, pushed.stderr


def model_request(
    phone: ConnectedPhone, folder: Path, model: bytes, image: bytes, shape: tuple[int, ...] = (1, 3, 16, 16)
) -> ModelRequest:
    """Push a model and its input, and ask for them."""
    sha256, input_sha256 = hashlib.sha256(model).hexdigest(), hashlib.sha256(image).hexdigest()
    push_bytes(phone, folder, model, contract.model_path(sha256))
    push_bytes(phone, folder, image, contract.input_path(input_sha256))
    return ModelRequest(
        name="tiny",
        runtime="pytorch_mobile",
        path=contract.model_path(sha256),
        sha256=sha256,
        inputs=(InputRequest(path=contract.input_path(input_sha256), shape=shape),),
    )


def quick_request(launch: str, *models: ModelRequest, **changes: object) -> Request:
    """A launch that takes milliseconds."""
    request = Request(
        schema=contract.SCHEMA,
        launch=launch,
        models=models,
        threads=1,
        warmup=WarmupRequest(min_iterations=3, min_seconds=0.0, max_seconds=1.0, rule="fixed"),
        measure=MeasureRequest(min_iterations=5, min_seconds=0.0, max_iterations=5, max_seconds=5.0),
        memory=MemoryRequest(period_ms=0),
        schedule="single" if len(models) == 1 else "duet",
    )
    return replace(request, **changes)


def instrument_line(launch: str) -> str:
    """The command that starts a launch."""
    path = contract.request_path(launch)
    return f"am instrument -w -r --user 0 -e request {path} {contract.INSTRUMENTATION}"


def launch(phone: ConnectedPhone, folder: Path, request: Request) -> Stream:
    """Carry out a request and read its stream."""
    push_bytes(phone, folder, contract.encode_request(request), contract.request_path(request.launch))
    return read_stream(phone.shell(instrument_line(request.launch)).stdout)


def stating(shape: str, model: bytes) -> bytes:
    """A model whose file states the shape of its input."""
    content = io.BytesIO(model)
    with zipfile.ZipFile(content, "a") as archive:
        prefix = archive.namelist()[0].partition("/")[0]
        record = f'{{"inputs": [{{"shape": {shape}, "dtype": "float32"}}]}}'
        archive.writestr(f"{prefix}/extra/elbench.json", record)
    return content.getvalue()
