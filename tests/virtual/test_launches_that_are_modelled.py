"""Launches of the engine that computes nothing: seeded times, its own clock, failures and faults."""

import base64
import hashlib
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from android_runner import contract
from android_runner.contract import (
    EvaluateRequest,
    Failure,
    First,
    ImagesRequest,
    Loaded,
    MeasureRequest,
    Memory,
    MemoryRequest,
    Output,
    Samples,
    Started,
    Warmup,
)
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb
from tests.virtual.connected import ConnectedPhone, connect
from tests.virtual.grammar import breaks
from tests.virtual.launching import (
    Stream,
    instrument_line,
    launch,
    model_request,
    push_bytes,
    quick_request,
    read_stream,
)
from tests.virtual.processes import children

IMAGE = bytes(4 * 3 * 16 * 16)
MODEL = bytes(1_000_000)


def measured(phone: ConnectedPhone, folder: Path, name: str, **changes: object) -> Stream:
    """Launch a model of a megabyte."""
    return launch(phone, folder, quick_request(name, model_request(phone, folder, MODEL, IMAGE), **changes))


def many(iterations: int) -> MeasureRequest:
    """So many iterations."""
    return MeasureRequest(
        min_iterations=iterations, min_seconds=0.0, max_iterations=iterations, max_seconds=3600.0
    )


def test_a_modelled_launch_says_so_and_keeps_to_the_contract(phone: ConnectedPhone, tmp_path: Path) -> None:
    stream = measured(phone, tmp_path, "says-so", memory=MemoryRequest(period_ms=100), measure=many(300))
    assert breaks(stream.events) is None
    assert stream.bodies(Started)[0].runtime == "modelled"
    assert stream.bodies(Output) == []
    assert len([sample for sample in stream.bodies(Memory) if sample.phase == "steady"]) > 1


def test_what_computes_nothing_says_that_it_has_no_accuracy(phone: ConnectedPhone, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(IMAGE).hexdigest()
    file = ImagesRequest(path=contract.input_path(sha256), sha256=sha256, count=1)
    stream = measured(phone, tmp_path, "no-accuracy", evaluate=EvaluateRequest(images=(file,)))
    (failure,) = stream.bodies(Failure)
    assert failure.message == "this phone computes nothing, so it has no accuracy: use another engine"
    assert breaks(stream.events) is None


def test_minutes_of_a_phone_pass_in_a_moment(phone: ConnectedPhone, tmp_path: Path) -> None:
    began_ns = time.monotonic_ns()
    first, *_, last = measured(phone, tmp_path, "minutes", measure=many(60_000)).bodies(Samples)
    passed_on_phone_ns = last.start_ns[-1] - first.start_ns[0]
    assert passed_on_phone_ns > time.monotonic_ns() - began_ns


def test_the_same_seed_gives_the_same_numbers_whatever_runs_are_called(
    adb: PrivateAdb, tmp_path: Path
) -> None:
    numbers = []
    for seed, run in ((5, "seeded"), (5, "same"), (6, "other")):
        with VirtualPhones.start(engine="modelled", seed=seed) as phones:
            phone = connect(adb, phones.addresses[0])
            streams = [measured(phone, tmp_path, f"{run}-{number}") for number in (0, 0, 1)]
            streams.append(measured(phone, tmp_path, "run-of-another-name-0"))
            numbers.append([(*stream.bodies(Loaded), *stream.bodies(Samples)) for stream in streams])
            adb.run("disconnect", phones.addresses[0])
    assert numbers[0] == numbers[1]
    assert numbers[0] != numbers[2]
    first, repeated, second, of_another_run = (samples.duration_ns for _, samples in numbers[0])
    assert first == repeated, "a launch that is repeated is the same again"
    assert len({first, second, of_another_run}) == 3


def test_times_follow_the_timing_file(adb: PrivateAdb, tmp_path: Path) -> None:
    timing = tmp_path / "timing.toml"
    timing.write_text(
        "[default]\nphone_sd = 0\nlaunch_sd = 0\niteration_sd = 0\nwarmup_excess = 0\ndrift = 0.5\n"
        "drift_seconds = 1\n[model.tiny]\ncost_ms = 2.0\n"
    )
    with VirtualPhones.start(engine="modelled", timing=timing) as phones:
        phone = connect(adb, phones.addresses[0])
        stream = measured(phone, tmp_path, "timed", measure=many(5000))
        adb.run("disconnect", phones.addresses[0])
    durations = [duration for batch in stream.bodies(Samples) for duration in batch.duration_ns]
    assert durations[0] == pytest.approx(2_000_000, rel=0.03)
    assert durations[-1] == pytest.approx(3_000_000, rel=0.001)
    assert durations == sorted(durations)


TROUBLED = """
[default]
phone_sd = 0
launch_sd = 0
iteration_sd = 0
warmup_excess = 0
drift = 0
load_sd = 0
first_sd = 0
memory_sd = 0
cost_ms = 2
[model.slower]
slower = 1.05
[model.little]
little_share = 1
little_factor = 2
[model.moving]
migration_share = 1
migration_seconds = 0.1
little_factor = 2
[model.held_up]
outlier_share = 0.1
outlier_factor = 4
[model.noisy]
load_sd = 0.2
first_sd = 0.2
memory_sd = 0.2
"""


def test_each_trouble_of_the_timing_file_shows_where_it_belongs(adb: PrivateAdb, tmp_path: Path) -> None:
    timing = tmp_path / "timing.toml"
    timing.write_text(TROUBLED)
    seen = {}
    with VirtualPhones.start(engine="modelled", timing=timing) as phones:
        phone = connect(adb, phones.addresses[0])
        wanted = model_request(phone, tmp_path, MODEL, IMAGE)
        for name in ("tiny", "slower", "little", "moving", "held_up", "noisy"):
            request = quick_request(f"run-{name}", replace(wanted, name=name), measure=many(200))
            seen[name] = launch(phone, tmp_path, request)
        adb.run("disconnect", phones.addresses[0])
    assert {name: levels(stream) for name, stream in seen.items()} == {
        "tiny": [2.0],
        "slower": [2.1],
        "little": [4.0],
        "moving": [2.0, 4.0],
        "held_up": [2.0, 8.0],
        "noisy": [2.0],
    }
    assert {name: stream.bodies(Started)[0].affinity for name, stream in seen.items()} == {
        **dict.fromkeys(seen, tuple(range(8))),
        "little": (0, 1, 2, 3),
    }
    times = {name: (borders(stream), stream.bodies(First)[0].duration_ns) for name, stream in seen.items()}
    assert times["tiny"] == (borders(seen["moving"]), 8_000_000)
    (loaded_ns, peak_kib), first_ns = times["noisy"]
    assert loaded_ns != 6_000_001
    assert peak_kib != borders(seen["tiny"])[1]
    assert first_ns != 8_000_000


def levels(stream: Stream) -> list[float]:
    """The steady durations that occur, in ms."""
    return sorted({round(ns / 1e6, 3) for batch in stream.bodies(Samples) for ns in batch.duration_ns})


def borders(stream: Stream) -> tuple[int, int]:
    """Load time in ns and the highest memory in KiB."""
    return stream.bodies(Loaded)[0].load_ns, max(one.hwm_kib for one in stream.bodies(Memory))


def test_noise_and_warm_up_are_as_large_as_documented(phone: ConnectedPhone, tmp_path: Path) -> None:
    stream = measured(phone, tmp_path, "noise", measure=many(4000))
    durations = [duration for batch in stream.bodies(Samples) for duration in batch.duration_ns][1000:]
    assert statistics.stdev(durations) / statistics.mean(durations) == pytest.approx(0.015, rel=0.2)
    warmup = stream.bodies(Warmup)[0].durations_ns
    assert warmup[0] > 1.3 * statistics.median(durations)


def test_the_engine_needs_no_torch(modelled_phones: VirtualPhones) -> None:
    processes = [modelled_phones.pid, *children(modelled_phones.pid)]
    assert len(processes) >= 2
    for pid in processes:
        assert "libtorch" not in Path(f"/proc/{pid}/maps").read_text()


def test_a_damaged_model_is_noticed_by_its_hash(phone: ConnectedPhone, tmp_path: Path) -> None:
    wanted = model_request(phone, tmp_path, MODEL, IMAGE)
    stream = launch(phone, tmp_path, quick_request("damaged", replace(wanted, sha256="0" * 64)))
    (failure,) = stream.bodies(Failure)
    assert failure.stage == "load"
    assert "push it again" in failure.message
    assert not stream.bodies(Loaded)
    assert breaks(stream.events) is None


def test_a_missing_model_and_a_wrong_input_are_refused(phone: ConnectedPhone, tmp_path: Path) -> None:
    wanted = model_request(phone, tmp_path, MODEL, IMAGE)
    missing = replace(wanted, path=f"{contract.PHONE_ROOT}/models/none.ptl")
    (failure,) = launch(phone, tmp_path, quick_request("missing", missing)).bodies(Failure)
    assert (failure.stage, failure.kind) == ("load", "FileNotFoundError")
    assert missing.path in failure.message
    wrong = replace(wanted, inputs=(replace(wanted.inputs[0], shape=(1, 3, 17, 16)),))
    (failure,) = launch(phone, tmp_path, quick_request("wrong", wrong)).bodies(Failure)
    assert failure.stage == "input"
    assert "3072 bytes" in failure.message


def test_a_model_that_an_app_may_not_read_is_refused(phone: ConnectedPhone, tmp_path: Path) -> None:
    wanted = model_request(phone, tmp_path, MODEL + b"private", IMAGE)
    phone.shell(f"chmod 600 {wanted.path}")
    (failure,) = launch(phone, tmp_path, quick_request("private", wanted)).bodies(Failure)
    assert failure.kind == "PermissionError"
    assert "0644" in failure.message


@pytest.mark.parametrize("content", [b"{", b'{"schema": 2, "surprise": 2}', b""])
def test_a_broken_request_is_refused(phone: ConnectedPhone, tmp_path: Path, content: bytes) -> None:
    push_bytes(phone, tmp_path, content, contract.request_path("broken"))
    (failure,) = read_stream(phone.shell(instrument_line("broken")).stdout).bodies(Failure)
    assert failure.stage == "request"


def test_the_users_own_umask_changes_nothing_on_the_phone(adb: PrivateAdb, tmp_path: Path) -> None:
    users = os.umask(0o077)
    try:
        private = VirtualPhones.start(engine="modelled")
    finally:
        os.umask(users)
    with private as phones:
        stream = measured(connect(adb, phones.addresses[0]), tmp_path, "private")
        adb.run("disconnect", phones.addresses[0])
    assert stream.bodies(Failure) == []
    assert stream.bodies(Samples)


@pytest.mark.parametrize("iterations", [1 << 50, 1 << 62])
def test_a_request_for_more_than_memory_holds_is_refused(
    phone: ConnectedPhone, tmp_path: Path, iterations: int
) -> None:
    endless = MeasureRequest(min_iterations=1, min_seconds=0.0, max_iterations=iterations, max_seconds=1.0)
    (failure,) = measured(phone, tmp_path, "endless", measure=endless).bodies(Failure)
    assert failure.stage == "request"


def test_the_recovery_copy_holds_every_event(phone: ConnectedPhone, tmp_path: Path) -> None:
    stream = measured(phone, tmp_path, "recovered")
    copy = tmp_path / "copy"
    assert phone.pull(contract.recovery_path("recovered"), copy).returncode == 0
    assert copy.read_text().splitlines() == [plain(envelope) for envelope in stream.events]


def plain(envelope: contract.Envelope) -> str:
    """An event as one line of JSON."""
    return base64.b64decode(contract.encode_event(envelope)).decode()


@pytest.fixture(scope="module")
def faulty_phone(adb: PrivateAdb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectedPhone]:
    """A phone whose first launches end badly."""
    faults = tmp_path_factory.mktemp("faults") / "faults.toml"
    kinds = [("crash", "steady"), ("lmk", "loaded"), ("hang", "warmup"), ("hang", "start")]
    faults.write_text(
        "".join(
            f'[[fault]]\nkind = "{kind}"\nlaunch = {number}\nphase = "{phase}"\n'
            for number, (kind, phase) in enumerate(kinds, start=1)
        )
    )
    with VirtualPhones.start(engine="modelled", faults=faults) as phones:
        yield connect(adb, phones.addresses[0])
        adb.run("disconnect", phones.addresses[0])


def test_every_bad_end_of_an_app_looks_as_on_a_phone(faulty_phone: ConnectedPhone, tmp_path: Path) -> None:
    phone = faulty_phone
    crashed = measured(phone, tmp_path, "crashed")
    assert crashed.text.endswith(
        "INSTRUMENTATION_RESULT: shortMsg=Process crashed.\nINSTRUMENTATION_CODE: 0\n"
    )
    assert crashed.bodies(Samples)
    assert "Fatal signal 11 (SIGSEGV)" in phone.shell("logcat -d").stdout
    killed = measured(phone, tmp_path, "killed")
    assert killed.text.endswith("INSTRUMENTATION_CODE: 0\n")
    assert "lowmemorykiller: Kill 'io.elbench.runner'" in phone.shell("logcat -d").stdout
    check_a_hanging_launch_can_be_stopped(phone, tmp_path)
    check_a_launch_outlives_its_client(phone)
    assert measured(phone, tmp_path, "afterwards").text.endswith("INSTRUMENTATION_CODE: -1\n")


def check_a_hanging_launch_can_be_stopped(phone: ConnectedPhone, tmp_path: Path) -> None:
    request = quick_request("hanging", model_request(phone, tmp_path, MODEL, IMAGE))
    push_bytes(phone, tmp_path, contract.encode_request(request), contract.request_path("hanging"))
    client = phone.client("shell", instrument_line("hanging"))
    assert client.stdout
    assert client.stdout.readline().startswith(b"INSTRUMENTATION_STATUS")
    assert phone.shell("pidof io.elbench.runner").returncode == 0
    phone.shell("am force-stop io.elbench.runner")
    rest, _ = client.communicate(timeout=30)
    assert rest.endswith(b"INSTRUMENTATION_CODE: 0\n")
    assert phone.shell("pidof io.elbench.runner").returncode == 1


def check_a_launch_outlives_its_client(phone: ConnectedPhone) -> None:
    client = phone.client("shell", instrument_line("hanging"))
    assert client.stdout
    assert client.stdout.readline().startswith(b"INSTRUMENTATION_STATUS")
    client.kill()
    client.communicate(timeout=30)
    assert phone.shell("pidof io.elbench.runner").returncode == 0
    assert phone.shell("am force-stop io.elbench.runner").returncode == 0
