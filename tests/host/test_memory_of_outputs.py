"""Outputs do not pile up: memory is the model's own, however many iterations a launch has."""

import subprocess
import warnings
from pathlib import Path

import pytest
import torch
from torch.utils.mobile_optimizer import optimize_for_mobile

from android_runner import contract
from android_runner.contract import (
    InputRequest,
    MeasureRequest,
    Memory,
    MemoryRequest,
    ModelRequest,
    Request,
    WarmupRequest,
)
from android_runner.host.runtime import ABI, prepare
from android_runner.host.tools import find_tools
from android_runner.packaging.listing import sha256_of
from android_runner.prebuilt import read_prebuilt

ITERATIONS = 64
OUTPUT_KIB = 4096
SIDE = 256


def push(root: Path, path: str, content: bytes) -> str:
    """Put a file into the folder that is the phone, as adb does; returns its path on the phone."""
    file = root / path.removeprefix("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    for place in (file, *file.relative_to(root).parents):
        (root / place).chmod(0o755)
    return path


@pytest.fixture
def wide(tmp_path: Path) -> ModelRequest:
    """A model of few weights whose output has four megabytes, on the phone `tmp_path`."""
    network = torch.nn.Sequential(torch.nn.Conv2d(3, OUTPUT_KIB * 256 // SIDE**2, 1)).eval()
    file = tmp_path / "wide.ptl"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of TorchScript, which phones run
        optimize_for_mobile(torch.jit.script(network))._save_for_lite_interpreter(str(file))
    sha256 = sha256_of(file)
    return ModelRequest(
        name="wide",
        runtime="pytorch_mobile",
        path=push(tmp_path, contract.model_path(sha256), file.read_bytes()),
        sha256=sha256,
        inputs=(
            InputRequest(
                path=push(tmp_path, contract.input_path("zeros"), bytes(4 * 3 * SIDE**2)),
                shape=(1, 3, SIDE, SIDE),
            ),
        ),
        outputs="none",
    )


def rss_kib(root: Path, request: Request) -> dict[str, int]:
    """Resident memory at the end of each phase of a launch."""
    path = push(root, contract.request_path(request.launch), contract.encode_request(request))
    shipped = read_prebuilt()
    apk = shipped.apk_for([ABI])
    assert apk
    runtime = prepare(shipped.path(apk), find_tools(), root / "cache", shipped)
    ran = subprocess.run(
        runtime.command(root=root, request=path, sdk=34),
        env=dict(runtime.environment),
        capture_output=True,
        text=True,
        timeout=120,
    )
    prefix = "INSTRUMENTATION_STATUS: elbench="
    lines = [line.removeprefix(prefix) for line in ran.stdout.splitlines() if line.startswith(prefix)]
    bodies = [contract.decode_event(line).body for line in lines]
    return {body.phase: body.rss_kib or 0 for body in bodies if isinstance(body, Memory)}


def test_memory_does_not_grow_with_the_iterations(tmp_path: Path, wide: ModelRequest) -> None:
    request = Request(
        schema=contract.SCHEMA,
        launch="outputs",
        models=(wide,),
        threads=1,
        warmup=WarmupRequest(min_iterations=4, min_seconds=0, max_seconds=60, rule="fixed"),
        measure=MeasureRequest(
            min_iterations=ITERATIONS, min_seconds=0, max_iterations=ITERATIONS, max_seconds=60
        ),
        memory=MemoryRequest(period_ms=0),
        foreground=False,
    )
    phases = rss_kib(tmp_path, request)
    assert phases["steady"] - phases["warmup"] < ITERATIONS * OUTPUT_KIB / 4
