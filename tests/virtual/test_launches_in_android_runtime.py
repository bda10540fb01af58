"""The runner itself, Java and native libraries of the APKs, in the virtual phone, with a real adb."""

import base64
import io
import os
import signal
import subprocess
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from android_runner import contract
from android_runner.contract import (
    Failure,
    MeasureRequest,
    Memory,
    MemoryRequest,
    ModelRequest,
    Output,
    Samples,
    Started,
)
from android_runner.host.tools import find_tools
from harness.errors import SetupIncomplete
from harness.export.cache import ArtifactCache
from harness.export.obtain import obtain
from harness.models.catalogue import CatalogueEntry, entries
from harness.virtual.engine_choice import resolve_engine
from harness.virtual.process import VirtualPhones
from harness.virtual.profile import EngineName
from tests.conftest import PrivateAdb, shared_folder
from tests.virtual.apk import build_apk
from tests.virtual.connected import ConnectedPhone, connect
from tests.virtual.grammar import breaks
from tests.virtual.launching import (
    instrument_line,
    launch,
    model_request,
    on_each_runner,
    push_bytes,
    quick_request,
    stating,
)
from tests.virtual.processes import wait_for_end

ABIS: dict[EngineName, str] = {"android": "x86_64", "arm64": "arm64-v8a"}


@pytest.fixture
def tiny(
    runner_phone: ConnectedPhone, tmp_path: Path, tiny_model: Path, tiny_input: torch.Tensor
) -> ModelRequest:
    return model_request(runner_phone, tmp_path, tiny_model.read_bytes(), tiny_input.numpy().tobytes())


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> ArtifactCache:
    return ArtifactCache(shared_folder(tmp_path_factory) / "exported")


@pytest.mark.parametrize("model", entries(), ids=lambda model: model.name)
def test_every_exported_model_computes_there_what_eager_pytorch_does(
    android_phone: ConnectedPhone, tmp_path: Path, exports: ArtifactCache, model: CatalogueEntry
) -> None:
    (exported,) = obtain([model], cache=exports)
    wanted = model_request(
        android_phone,
        tmp_path,
        exported.model_file.read_bytes(),
        exported.input_file.read_bytes(),
        model.input_shape,
    )
    stream = launch(android_phone, tmp_path, quick_request(model.name, wanted))
    assert breaks(stream.events) is None, stream.bodies(Failure)
    (output,) = stream.bodies(Output)
    values = np.frombuffer(base64.b64decode(output.values_f32), "<f4").reshape(output.shape)
    assert np.abs(values - exported.reference).max() <= 1e-5 * np.abs(exported.reference).max()


def test_the_launch_says_what_it_ran_on_and_computes_what_eager_pytorch_does(
    runner_phone: ConnectedPhone,
    tmp_path: Path,
    tiny: ModelRequest,
    tiny_net: torch.nn.Module,
    tiny_input: torch.Tensor,
) -> None:
    engine = runner_phone.shell("getprop ro.elbench.engine").stdout.strip()
    abi = ABIS[engine]
    assert runner_phone.shell("getprop ro.product.cpu.abilist").stdout == f"{abi}\n"
    stream = launch(runner_phone, tmp_path, quick_request("says", tiny))
    assert breaks(stream.events) is None, stream.bodies(Failure)
    (started,), (output,) = stream.bodies(Started), stream.bodies(Output)
    with torch.no_grad():
        eager = tiny_net(tiny_input).numpy()
    values = np.frombuffer(base64.b64decode(output.values_f32), "<f4").reshape(output.shape)
    assert np.abs(values - eager).max() <= 1e-5 * np.abs(eager).max()
    assert started.runtime == "pytorch_mobile"
    assert f"Android {abi} libraries" in started.runtime_version
    assert "glibc" in started.runtime_version
    assert ("emulated by qemu" in started.runtime_version) == (engine == "arm64")
    assert (started.abi, started.api) == (abi, 34)


def test_an_arm64_phone_shows_the_core_that_its_libraries_see(arm64_phone: ConnectedPhone) -> None:
    shown = arm64_phone.shell("cat /proc/cpuinfo").stdout
    assert shown.count("CPU part\t: 0xd0b\n") == 8
    assert "asimddp" in shown
    assert arm64_phone.shell("uname -m").stdout == "aarch64\n"


def test_every_launch_is_a_fresh_process_with_its_own_thread_count(
    runner_phone: ConnectedPhone, tmp_path: Path, tiny: ModelRequest
) -> None:
    streams = [
        launch(runner_phone, tmp_path, quick_request(f"fresh-{threads}", tiny, threads=threads))
        for threads in (1, 2)
    ]
    started = [stream.bodies(Started)[0] for stream in streams]
    assert started[0].pid != started[1].pid
    assert [one.threads for one in started] == [1, 2]


def test_memory_is_traced_and_the_recovery_copy_holds_every_event(
    runner_phone: ConnectedPhone, tmp_path: Path, tiny: ModelRequest
) -> None:
    measure = MeasureRequest(
        min_iterations=1, min_seconds=0.35, max_iterations=1_000_000, max_seconds=5.0, pause_ms=1
    )
    request = quick_request("memory", tiny, measure=measure, memory=MemoryRequest(period_ms=100))
    stream = launch(runner_phone, tmp_path, request)
    phases = [sample.phase for sample in stream.bodies(Memory)]
    assert phases.count("steady") >= 3
    assert phases[-2:] == ["end", "destroyed"]
    copy = tmp_path / "copy"
    assert runner_phone.pull(contract.recovery_path("memory"), copy).returncode == 0
    assert len(copy.read_text().splitlines()) == len(stream.events)


class Attention(torch.nn.Module):
    """Needs an operator that the runtime is too old for."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Attention over rows."""
        return torch.nn.functional.scaled_dot_product_attention(image, image, image)


class Glutton(torch.nn.Module):
    """Asks for more memory than any machine has."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """(1, 3, 16, 16) → 64 PB."""
        return image.repeat(1 << 15, 1 << 15, 1 << 12, 1)


class Talker(torch.nn.Module):
    """Prints more than any pipe holds."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """(1, 3, 16, 16) → the same."""
        for _ in range(2000):
            print("INSTRUMENTATION_CODE: 7, says a model that has something to say for itself")  # noqa: T201  what it is for
        return image


def scripted(module: torch.nn.Module) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.script(module)._save_to_buffer_for_lite_interpreter()


def plain_torchscript(module: torch.nn.Module) -> bytes:
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(torch.jit.script(module), content)
    return content.getvalue()


UNFIT = {
    "garbage": (lambda _: b"no model" * 999, "load", "not even the form of a zip archive"),
    "empty": (lambda _: b"", "load", "not even the form of a zip archive"),
    "truncated": (lambda model: model[: len(model) // 2], "load", "is damaged or cut short"),
    "plain": (lambda _: plain_torchscript(torch.nn.ReLU()), "load", "_save_for_lite_interpreter"),
    "glutton": (lambda _: scripted(Glutton()), "first", "out of memory: 135107988821"),
    "shape": (
        lambda model: stating("[1, 4, 16, 16]", model),
        "load",
        "tiny takes 1x4x16x16 float32, the request gives 1x3x16x16: export it again for this shape, or "
        "request the right one",
    ),
    "statement": (lambda model: stating("5", model), "load", "states its inputs in a form"),
    "endless": (
        lambda model: stating(f"[1, 3, 16, 16{' ' * 70_000}]", model),
        "load",
        "states its inputs in a form",
    ),
}


SAID_BY_NATIVE_CODE = ("truncated", "plain", "glutton")
"""Or after it was asked; of the others Java alone decides, which is the same in both runtimes."""


@pytest.mark.parametrize(
    ("computing_phone", "name"),
    [
        *((engine, name) for engine in ("lite", "android") for name in UNFIT),
        *(("arm64", name) for name in SAID_BY_NATIVE_CODE),
    ],
    indirect=["computing_phone"],
)
def test_an_unfit_model_is_refused_in_the_same_words_by_each_engine(
    computing_phone: ConnectedPhone, tmp_path: Path, tiny_model: Path, name: str
) -> None:
    make, stage, words = UNFIT[name]
    wanted = model_request(computing_phone, tmp_path, make(tiny_model.read_bytes()), bytes(3072))
    stream = launch(computing_phone, tmp_path, quick_request(name, wanted))
    (failure,) = stream.bodies(Failure)
    assert failure.stage == stage
    assert words in failure.message
    assert "\n" not in failure.message
    assert breaks(stream.events) is None
    assert stream.text.endswith("INSTRUMENTATION_CODE: -1\n")


def test_operators_that_the_runtime_lacks_are_named(runner_phone: ConnectedPhone, tmp_path: Path) -> None:
    wanted = model_request(runner_phone, tmp_path, scripted(Attention()), bytes(3072))
    (failure,) = launch(runner_phone, tmp_path, quick_request("attention", wanted)).bodies(Failure)
    assert failure.stage == "load"
    assert "aten::scaled_dot_product_attention" in failure.message


@on_each_runner
def test_a_model_that_states_this_shape_runs(
    computing_phone: ConnectedPhone, tmp_path: Path, tiny_model: Path
) -> None:
    model = stating("[1, 3, 16, 16]", tiny_model.read_bytes())
    stream = launch(
        computing_phone,
        tmp_path,
        quick_request("stated", model_request(computing_phone, tmp_path, model, bytes(3072))),
    )
    assert stream.bodies(Output)


@on_each_runner
def test_what_a_model_prints_holds_up_and_forges_nothing(
    computing_phone: ConnectedPhone, tmp_path: Path
) -> None:
    wanted = model_request(computing_phone, tmp_path, scripted(Talker()), bytes(3072))
    stream = launch(computing_phone, tmp_path, quick_request("talker", wanted))
    assert stream.bodies(Output)
    assert "CODE: 7" not in stream.text


@pytest.mark.parametrize("runner_phone", ["android"], indirect=True)
def test_a_file_that_is_missing_or_of_another_size_is_refused(
    runner_phone: ConnectedPhone, tmp_path: Path, tiny: ModelRequest
) -> None:
    missing = replace(tiny, path=f"{contract.PHONE_ROOT}/models/none.ptl")
    (failure,) = launch(runner_phone, tmp_path, quick_request("missing", missing)).bodies(Failure)
    assert (failure.stage, failure.message) == (
        "load",
        f"there is no file {missing.path} on the phone: push it first",
    )
    wrong = replace(tiny, inputs=(replace(tiny.inputs[0], shape=(1, 3, 17, 16)),))
    (failure,) = launch(runner_phone, tmp_path, quick_request("wrong", wrong)).bodies(Failure)
    assert (failure.stage, "3072 bytes" in failure.message) == ("input", True)


@pytest.fixture(scope="module", params=ABIS)
def faulty_phone(
    request: pytest.FixtureRequest, adb: PrivateAdb, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ConnectedPhone]:
    """A phone whose first launches end badly."""
    faults = tmp_path_factory.mktemp("faults") / "faults.toml"
    kinds = [("crash", "steady"), ("lmk", "destroyed"), ("hang", "start")]
    faults.write_text(
        "".join(
            f'[[fault]]\nkind = "{kind}"\nlaunch = {number}\nphase = "{phase}"\n'
            for number, (kind, phase) in enumerate(kinds, start=1)
        )
    )
    with VirtualPhones.start(engine=request.param, faults=faults) as phones:
        yield connect(adb, phones.addresses[0])
        adb.run("disconnect", phones.addresses[0])


def test_every_bad_end_of_the_jvm_looks_as_on_a_phone(
    faulty_phone: ConnectedPhone, tmp_path: Path, tiny_model: Path
) -> None:
    phone = faulty_phone
    wanted = model_request(phone, tmp_path, tiny_model.read_bytes(), bytes(3072))
    crashed = launch(phone, tmp_path, quick_request("crashed", wanted))
    assert crashed.text.endswith("shortMsg=Process crashed.\nINSTRUMENTATION_CODE: 0\n")
    assert crashed.bodies(Samples)
    assert crashed.bodies(Memory)[-1].phase == "steady"
    assert "Fatal signal 6 (SIGABRT)" in phone.shell("logcat -d").stdout
    killed = launch(phone, tmp_path, quick_request("killed", wanted))
    assert killed.text.endswith("INSTRUMENTATION_CODE: 0\n")
    assert killed.bodies(Memory)[-1].phase == "destroyed"
    assert "lowmemorykiller: Kill 'io.elbench.runner'" in phone.shell("logcat -d").stdout
    check_a_hanging_launch_can_be_stopped(phone)
    last = launch(phone, tmp_path, quick_request("afterwards", wanted))
    assert last.text.endswith("INSTRUMENTATION_CODE: -1\n")


def check_a_hanging_launch_can_be_stopped(phone: ConnectedPhone) -> None:
    client = phone.client("shell", instrument_line("killed"))
    assert client.stdout
    assert client.stdout.readline().startswith(b"INSTRUMENTATION_STATUS")
    assert phone.shell("pidof io.elbench.runner").returncode == 0
    phone.shell("am force-stop io.elbench.runner")
    rest, _ = client.communicate(timeout=30)
    assert rest.endswith(b"INSTRUMENTATION_CODE: 0\n")
    assert phone.shell("pidof io.elbench.runner").returncode == 1


def apk_with_native_code(folder: Path, trace: Path, abi: str) -> bytes:
    """An APK of the runner's name whose library leaves a trace as soon as it is loaded."""
    source, library = folder / "foreign.c", folder / "foreign.so"
    source.write_text(
        "#include <fcntl.h>\n"
        f'__attribute__((constructor)) static void run(void) {{ creat("{trace}", 0600); }}\n'
    )
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    apk = io.BytesIO(build_apk("io.elbench.runner", version_code=9))
    with zipfile.ZipFile(apk, "a") as archive:
        archive.write(library, f"lib/{abi}/libpytorch_jni_lite.so")
    return apk.getvalue()


@pytest.mark.parametrize("engine", ABIS)
def test_native_code_of_another_apk_never_runs_on_this_computer(
    adb: PrivateAdb, tmp_path: Path, tiny_model: Path, engine: EngineName
) -> None:
    trace = tmp_path / "native-code-ran"
    with VirtualPhones.start(engine=engine) as phones:
        phone = connect(adb, phones.addresses[0])
        apk = tmp_path / "other.apk"
        apk.write_bytes(apk_with_native_code(tmp_path, trace, ABIS[engine]))
        assert phone.run("uninstall", "io.elbench.runner").returncode == 0
        installed = phone.run("install", str(apk))
        assert "Success" in installed.stdout, installed
        wanted = model_request(phone, tmp_path, tiny_model.read_bytes(), bytes(3072))
        (failure,) = launch(phone, tmp_path, quick_request("other", wanted)).bodies(Failure)
        adb.run("disconnect", phones.addresses[0])
    assert not trace.exists()
    assert failure.stage == "start"
    assert "is not the one that elbench is shipped with" in failure.message


def test_a_java_that_is_gone_meanwhile_is_named_in_the_launch(
    adb: PrivateAdb, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java = tmp_path / "java"
    java.symlink_to(find_tools().java)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with VirtualPhones.start(engine="android") as phones:
        phone = connect(adb, phones.addresses[0])
        java.unlink()
        wanted = model_request(phone, tmp_path, tiny_model.read_bytes(), bytes(3072))
        (failure,) = launch(phone, tmp_path, quick_request("gone", wanted)).bodies(Failure)
        adb.run("disconnect", phones.addresses[0])
    assert failure.stage == "start"
    assert f"{java}: the JVM does not start (No such file or directory)" in failure.message


@pytest.mark.parametrize("engine", ABIS)
def test_a_jvm_ends_with_its_phone(
    adb: PrivateAdb, tmp_path: Path, tiny_model: Path, engine: EngineName
) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nkind = "hang"\nphase = "start"\n')
    with VirtualPhones.start(engine=engine, faults=faults) as phones:
        phone = connect(adb, phones.addresses[0])
        wanted = model_request(phone, tmp_path, tiny_model.read_bytes(), bytes(3072))
        request = quick_request("hangs", wanted)
        push_bytes(phone, tmp_path, contract.encode_request(request), contract.request_path("hangs"))
        client = phone.client("shell", instrument_line("hangs"))
        assert client.stdout
        assert client.stdout.readline().startswith(b"INSTRUMENTATION_STATUS")
        (app,) = [int(pid) for pid in phone.shell("pidof io.elbench.runner").stdout.split()]
        assert "java" in Path(f"/proc/{app}/cmdline").read_text()
        os.kill(phones.pid, signal.SIGKILL)
        client.communicate(timeout=30)
        wait_for_end([app])
        adb.run("disconnect", phones.addresses[0])


def test_missing_tools_are_said_before_a_phone_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupIncomplete, match="java and cc and readelf cannot be found"):
        VirtualPhones.start(engine="android")


def test_auto_is_lite_where_the_compiler_lacks_its_headers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cc = tmp_path / "cc"
    cc.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "fatal error: stdio.h: No such file" >&2\nexit 1\n'
    )
    cc.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("ELBENCH_CACHE", str(tmp_path / "cache"))
    said: list[str] = []
    assert resolve_engine("auto", said.append) == "lite"
    assert "stdio.h: No such file" in said[0]
    assert "libc6-dev" in said[0]


def test_auto_is_android_where_it_can_be_and_else_says_why_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said: list[str] = []
    assert resolve_engine("auto", said.append) == "android"
    assert said == []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert resolve_engine("auto", said.append) == "lite"
    assert "java" in said[0]
    with pytest.raises(SetupIncomplete):
        resolve_engine("android", said.append)


def test_arm64_is_only_taken_where_it_is_wanted_and_set_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert resolve_engine("arm64", lambda _: None) == "arm64"
    monkeypatch.setenv("ELBENCH_CACHE", str(tmp_path))
    with pytest.raises(SetupIncomplete, match=r"is not set up\. Run `make arm64`"):
        resolve_engine("arm64", lambda _: None)
