"""One launch in the phone's runtime: what it computes, and each way in which it can end."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from android_runner.contract import decode_request
from android_runner.host.runtime import shipped_runtime
from harness.errors import SetupIncomplete
from harness.export.fixed_input import fixed_input
from harness.export.host_runtime import load_lite
from harness.export.phone_run import Runtime, run_in_phone_runtime
from harness.export.proof import relative_error
from tests.export.conftest import SMALL, tiny_program

IMAGES = fixed_input(SMALL, 0)
SENDING = """
import sys
from base64 import b64encode
from android_runner.contract import *
def send(seq, body):
    sys.stdout.write(status_lines(Envelope(launch="preflight", seq=seq, t_ns=seq, body=body)))
    sys.stdout.flush()
"""
STARTED = SENDING + (
    "send(0, Started(pid=1, runner='1', runtime='r', runtime_version='1', abi='x86_64', page_size=4096,"
    " cpuset='/', affinity=(0,), api=34, threads=1, sustained_mode=False, debuggable=False))\n"
)


@dataclass(frozen=True)
class Scripted:
    """A runtime that does what a script says, with the phone's folder and the request as arguments."""

    script: str
    description: str = "a script"
    environment: Mapping[str, str] = field(default_factory=lambda: {"PYTHONPATH": ":".join(sys.path)})

    def command(self, *, root: Path, request: str, sdk: int) -> list[str]:
        return [sys.executable, "-c", self.script, str(root), request, str(sdk)]


def test_the_runtime_finds_a_whole_request_and_its_files() -> None:
    copied: list[bytes] = []

    class Looking(Scripted):
        def command(self, *, root: Path, request: str, sdk: int) -> list[str]:
            read = decode_request((root / request.lstrip("/")).read_bytes())
            copied.append((root / read.models[0].path.lstrip("/")).read_bytes())
            copied.append((root / read.models[0].inputs[0].path.lstrip("/")).read_bytes())
            return super().command(root=root, request=request, sdk=sdk)

    run_in_phone_runtime(tiny_program(), IMAGES, Looking(STARTED))
    assert copied == [tiny_program(), IMAGES.tobytes()]


def test_an_output_in_several_parts_is_put_together() -> None:
    sending = STARTED + (
        "import numpy\n"
        "raw = numpy.arange(50_000, dtype='<f4').tobytes()\n"
        "send(1, Output(model='m', sha256='0' * 64, shape=(1, 50_000), argmax=0,"
        " values_f32=b64encode(raw).decode()))"
    )
    ran = run_in_phone_runtime(tiny_program(), IMAGES, Scripted(sending))
    assert ran.output is not None
    assert np.array_equal(ran.output, np.arange(50_000, dtype=np.float64).reshape(1, -1))


def test_an_error_event_is_passed_on_in_its_own_words() -> None:
    sending = STARTED + "send(1, Failure(stage='load', kind='K', message='the model is too old', stack=''))"
    ran = run_in_phone_runtime(tiny_program(), IMAGES, Scripted(sending))
    assert (ran.output, ran.failure) == (None, "is too old")


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "(SIGSEGV)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGABRT)", "(SIGABRT)"),
        ("raise SystemExit(3)", "(exit code 3)"),
        ("", "(exit code 0)"),
    ],
)
def test_a_process_that_ends_without_an_output_is_told(script: str, told: str) -> None:
    ran = run_in_phone_runtime(tiny_program(), IMAGES, Scripted(STARTED + script))
    assert ran.output is None
    assert ran.failure == f"ends the process that runs it {told}"


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGABRT)", "(SIGABRT)"),
        (SENDING + "send(0, Failure(stage='start', kind='K', message='no library', stack=''))", "no library"),
    ],
)
def test_a_runtime_that_does_not_start_says_nothing_about_the_model(script: str, told: str) -> None:
    with pytest.raises(SetupIncomplete, match="Android's libraries do not start here") as caught:
        run_in_phone_runtime(tiny_program(), IMAGES, Scripted(script))
    assert told in caught.value.cause


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return shipped_runtime({**os.environ, "ELBENCH_CACHE": str(tmp_path_factory.mktemp("cache"))})


def test_androids_libraries_compute_what_this_machine_does(runtime: Runtime) -> None:
    ran = run_in_phone_runtime(tiny_program(), IMAGES, runtime)
    assert ran.output is not None, ran.failure
    expected = load_lite(tiny_program()).compute(IMAGES).astype(np.float64)
    assert relative_error(ran.output, expected) < 1e-6


def test_androids_runner_says_why_a_file_does_not_load(runtime: Runtime) -> None:
    ran = run_in_phone_runtime(tiny_program()[:-100], IMAGES, runtime)
    assert ran.output is None
    assert "damaged or cut short" in ran.failure


def test_androids_runner_refuses_another_shape_than_the_file_states(runtime: Runtime) -> None:
    ran = run_in_phone_runtime(tiny_program(), fixed_input((1, 1, 16, 16), 0), runtime)
    assert "takes 1x3x16x16 float32, the request gives 1x1x16x16" in ran.failure
