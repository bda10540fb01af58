"""Scripted faults as a host meets them: each on a phone of its own, behind a real adb server."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from android_runner import contract
from android_runner.contract import Failure, Finished, Memory, Samples, Started, Thermal
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb
from tests.virtual.apk import build_apk
from tests.virtual.connected import ConnectedPhone, connect
from tests.virtual.launching import (
    Stream,
    instrument_line,
    model_request,
    push_bytes,
    quick_request,
    read_stream,
)
from tests.virtual.processes import children

IMAGE = bytes(4 * 3 * 16 * 16)
MODEL = bytes(1_000_000)
RUNNER = contract.PACKAGE
FAULTS = """
[[fault]]  # each phone has those that its name below tells
phone = 0
kind = "disconnect"
launch = 1
phase = "loaded"
for_seconds = 1

[[fault]]
phone = 0
kind = "hang"
launch = 1
phase = "warmup"
for_seconds = 0.5

[[fault]]
phone = 1
kind = "throttle"
command = "begin throttling"
share = 0.5
[[fault]]
phone = 1
kind = "reboot"
launch = 2
phase = "warmup"
for_seconds = 0.5

[[fault]]
phone = 2
kind = "throttle"
launch = 2
phase = "warmup"
share = 0.5
status = 4
[[fault]]
phone = 2
kind = "clock_jump"
command = "jump now"
jump_seconds = -86400
[[fault]]
phone = 2
kind = "lock_screen"
command = "lock now"
[[fault]]
phone = 2
kind = "slow"
command = "slow now"
delay_seconds = 0.4
for_seconds = 0.2

[[fault]]
phone = 3
kind = "corrupt"
launch = 1
phase = "loaded"
[[fault]]
phone = 3
kind = "corrupt"
command = "damage a model"
path = "/data/local/tmp/elbench/models/*"
[[fault]]
phone = 3
kind = "install_refused"
command = "refuse now"
message = "INSTALL_FAILED_VERIFICATION_FAILURE"
[[fault]]
phone = 3
kind = "fill_storage"
command = "fill now"
for_seconds = 1.5

[[fault]]
phone = 4
kind = "crash"
after_seconds = 0
launch = 1
[[fault]]
phone = 4
kind = "lmk"
command = "pidof"
nth = 2

[[fault]]
phone = 5
kind = "throttle"
model = "heavy"
phase = "loaded"
rest_of_launch = true
for_seconds = 0.5
status = 3
"""
STRANDED, RESTARTING, WORN, DAMAGED, UNLUCKY, TOUCHY = range(6)


@pytest.fixture(scope="module")
def phones(adb: PrivateAdb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[ConnectedPhone]]:
    """Phones that each have their own bad luck."""
    faults = tmp_path_factory.mktemp("faults") / "faults.toml"
    faults.write_text(FAULTS)
    with VirtualPhones.start(engine="modelled", count=6, faults=faults) as served:
        connected = [connect(adb, address) for address in served.addresses]
        descriptors = open_descriptors(served.pid)
        yield connected
        becomes_true(lambda: open_descriptors(served.pid) == descriptors)
        assert len(children(served.pid)) == 1, "only the zygote is left"
        for address in served.addresses:
            adb.run("disconnect", address)


def open_descriptors(pid: int) -> int:
    """How many files, pipes and sockets a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def prepared(phone: ConnectedPhone, folder: Path, name: str, *, model: str = "tiny") -> str:
    """Push all that a launch needs; the line that starts it."""
    request = quick_request(name, replace(model_request(phone, folder, MODEL, IMAGE), name=model))
    push_bytes(phone, folder, contract.encode_request(request), contract.request_path(name))
    return instrument_line(name)


def launched(phone: ConnectedPhone, folder: Path, name: str, *, model: str = "tiny") -> Stream:
    """Carry out a launch and read its stream."""
    return read_stream(phone.shell(prepared(phone, folder, name, model=model)).stdout)


def reconnected(phone: ConnectedPhone) -> None:
    """Wait until the phone takes connections again, and connect."""

    def connects() -> bool:
        phone.adb.run("disconnect", phone.serial)
        return "connected to" in phone.adb.run("connect", phone.serial).stdout

    becomes_true(connects)


def becomes_true(holds: Callable[[], bool]) -> None:
    """Ask until it holds, for at most 20 s."""
    until_s = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until_s


def copied(phone: ConnectedPhone, name: str) -> list[contract.Envelope]:
    """The events in the copy that the app keeps on the phone."""
    text = phone.run("exec-out", "cat", contract.recovery_path(name)).stdout
    return [contract.read_copied_event(line.encode()) for line in text.splitlines()]


def test_an_app_goes_on_without_the_cable_and_its_copy_is_whole(
    phones: list[ConnectedPhone], tmp_path: Path
) -> None:
    phone = phones[STRANDED]
    line = prepared(phone, tmp_path, "stranded")
    began_s = time.monotonic()
    cut = phone.shell(line)
    assert cut.returncode != 0
    assert not read_stream(cut.stdout).bodies(Finished)
    assert "refused" in phone.adb.run("connect", phone.serial).stdout or phone.shell("true").returncode
    reconnected(phone)
    assert time.monotonic() - began_s > 1
    assert phone.shell(f"pidof {RUNNER}").returncode == 1
    events = copied(phone, "stranded")
    assert isinstance(events[-1].body, Finished)
    assert [event.seq for event in events] == list(range(len(events)))


def test_a_reboot_ends_what_does_not_outlast_it(phones: list[ConnectedPhone], tmp_path: Path) -> None:
    phone = phones[RESTARTING]
    line = prepared(phone, tmp_path, "restarting")
    cap = "cat /sys/devices/system/cpu/cpu7/cpufreq/scaling_max_freq"
    phone.shell("echo begin throttling; cmd power set-fixed-performance-mode-enabled true")
    assert phone.shell(cap).stdout == "1228800\n"
    assert launched(phone, tmp_path, "before").bodies(Finished)
    boot_id, uptime_s = state(phone)
    assert phone.shell(line).returncode != 0
    reconnected(phone)
    new_boot_id, new_uptime_s = state(phone)
    assert new_boot_id != boot_id
    assert new_uptime_s < 60 < 3600 < uptime_s
    assert phone.shell(cap).stdout == "2457600\n"
    assert phone.shell(f"pidof {RUNNER}").returncode == 1
    assert RUNNER not in phone.shell("logcat -d -b all").stdout
    last = copied(phone, "restarting")[-1].body
    assert isinstance(last, Memory)
    assert last.phase == "warmup"


def state(phone: ConnectedPhone) -> tuple[str, float]:
    """Boot id and uptime."""
    boot_id, uptime = phone.shell("cat /proc/sys/kernel/random/boot_id /proc/uptime").stdout.splitlines()
    return boot_id, float(uptime.split()[0])


def test_a_throttled_phone_is_slower_by_what_its_caps_say(
    phones: list[ConnectedPhone], tmp_path: Path
) -> None:
    phone = phones[WORN]
    medians_ns = []
    for name in ("cool", "throttled", "still-throttled"):
        [samples] = launched(phone, tmp_path, name).bodies(Samples)
        medians_ns.append(statistics.median(samples.duration_ns))
    cool_ns, throttled_ns, still_ns = medians_ns
    assert throttled_ns == pytest.approx(2 * cool_ns, rel=0.2)
    assert still_ns == pytest.approx(2 * cool_ns, rel=0.2)
    assert phone.shell("cat /sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq").stdout == "902400\n"
    assert phone.shell("cat /sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq").stdout == "1804800\n"


def test_a_phone_that_throttles_while_one_model_runs_is_cool_before_and_after(
    phones: list[ConnectedPhone], tmp_path: Path
) -> None:
    phone = phones[TOUCHY]
    state = "cat /sys/devices/system/cpu/cpu4/cpufreq/scaling_max_freq; dumpsys thermalservice | grep Status:"

    def is_cool() -> bool:
        return phone.shell(state).stdout == "2457600\nThermal Status: 0\n"

    seen = []
    for name, model in (("run-0", "tiny"), ("run-1", "heavy"), ("run-2", "heavy"), ("run-3", "tiny")):
        stream, after = launched(phone, tmp_path, name, model=model), phone.shell(state).stdout
        [samples], [thermal] = stream.bodies(Samples), stream.bodies(Thermal)
        seen.append((model, round(statistics.median(samples.duration_ns) / 1e5), thermal.status, after))
        becomes_true(is_cool)
    cool_tenths = seen[0][1]
    for model, tenths, status, after in seen:
        is_heavy = model == "heavy"
        assert status == (3 if is_heavy else 0)
        assert after == f"{1228800 if is_heavy else 2457600}\nThermal Status: {status}\n"
        assert tenths == pytest.approx(cool_tenths * (2 if is_heavy else 1), rel=0.2)


def test_the_app_is_told_the_thermal_status_that_a_command_has_set(
    phones: list[ConnectedPhone], tmp_path: Path
) -> None:
    phone = phones[TOUCHY]
    phone.shell("cmd thermalservice override-status 2")
    [thermal] = launched(phone, tmp_path, "overridden").bodies(Thermal)
    phone.shell("cmd thermalservice reset")
    assert thermal.status == 2


def test_a_clock_that_is_set_back_moves_dates_and_nothing_else(phones: list[ConnectedPhone]) -> None:
    phone = phones[WORN]
    before_s, (_, uptime_s) = float(phone.shell("date +%s").stdout), state(phone)
    phone.shell("log before; echo jump now; log after")
    assert float(phone.shell("date +%s").stdout) == pytest.approx(before_s - 86400, abs=60)
    assert state(phone)[1] >= uptime_s
    line = phone.shell("logcat -d -v epoch -s log:I").stdout.splitlines()[-1]
    assert float(line.split()[0]) == pytest.approx(before_s - 86400, abs=60)


def test_an_app_that_nobody_sees_runs_in_the_background_group(
    phones: list[ConnectedPhone], tmp_path: Path
) -> None:
    phone = phones[WORN]
    assert launched(phone, tmp_path, "seen").bodies(Started)[0].cpuset != "/background"
    phone.shell("echo lock now")
    assert "mWakefulness=Asleep" in phone.shell("dumpsys power").stdout
    assert launched(phone, tmp_path, "unseen").bodies(Started)[0].cpuset == "/background"


def test_a_slow_phone_answers_later_and_is_fast_again(phones: list[ConnectedPhone]) -> None:
    phone = phones[WORN]
    began_s = time.monotonic()
    phone.shell("echo slow now")
    assert time.monotonic() - began_s > 0.4
    began_s = time.monotonic()
    phone.shell("true")
    assert time.monotonic() - began_s < 0.4


def test_a_byte_that_breaks_on_the_way_breaks_the_stream_and_not_the_copy(
    phones: list[ConnectedPhone], tmp_path: Path
) -> None:
    phone = phones[DAMAGED]
    said = phone.shell(prepared(phone, tmp_path, "damaged")).stdout
    with pytest.raises(Exception, match="event"):
        read_stream(said)
    assert isinstance(copied(phone, "damaged")[-1].body, Finished)
    assert launched(phone, tmp_path, "whole").bodies(Finished)


def test_a_byte_that_breaks_in_a_pushed_model_is_noticed(
    phones: list[ConnectedPhone], tmp_path: Path
) -> None:
    phone = phones[DAMAGED]
    line = prepared(phone, tmp_path, "broken-model")
    phone.shell("echo damage a model")
    [failure] = read_stream(phone.shell(line).stdout).bodies(Failure)
    assert "the file arrived damaged" in failure.message


def test_a_phone_that_refuses_installs_says_what_it_was_told(
    phones: list[ConnectedPhone], tmp_path: Path
) -> None:
    phone = phones[DAMAGED]
    apk = tmp_path / "small.apk"
    apk.write_bytes(build_apk("com.example.refused"))
    phone.shell("echo refuse now")
    refused = phone.run("install", str(apk))
    assert "INSTALL_FAILED_VERIFICATION_FAILURE" in refused.stdout + refused.stderr
    assert phone.shell("pm path com.example.refused").stdout == ""


def test_a_full_phone_takes_nothing_and_launches_without_a_copy(
    phones: list[ConnectedPhone], tmp_path: Path
) -> None:
    phone = phones[DAMAGED]
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(bytes(300_000))
    second.write_bytes(bytes(200_000))
    line = prepared(phone, tmp_path, "full")
    phone.push(first, "/data/local/tmp/first")
    phone.shell("echo fill now")
    pushed = phone.push(second, "/data/local/tmp/second")
    assert "No space left on device" in pushed.stdout + pushed.stderr
    assert read_stream(phone.shell(line).stdout).bodies(Finished)
    assert phone.shell(f"cat {contract.recovery_path('full')}").returncode == 1
    phone.shell("rm /data/local/tmp/first")
    assert "No space left" in phone.push(second, "/data/local/tmp/second").stderr
    becomes_true(lambda: phone.push(second, "/data/local/tmp/second").returncode == 0)


def test_a_fault_of_an_app_befalls_the_one_that_runs_or_the_next_one(
    phones: list[ConnectedPhone], tmp_path: Path
) -> None:
    phone = phones[UNLUCKY]
    assert launched(phone, tmp_path, "crashes-at-once").text.endswith("INSTRUMENTATION_CODE: 0\n")
    phone.shell(f"pidof {RUNNER}; true")
    phone.shell(f"pidof {RUNNER}; true")
    assert launched(phone, tmp_path, "befallen").text.endswith("INSTRUMENTATION_CODE: 0\n")
    assert "(LOW_MEMORY)" in phone.shell(f"dumpsys activity exit-info {RUNNER}").stdout
    assert launched(phone, tmp_path, "spared").text.endswith("INSTRUMENTATION_CODE: -1\n")
