"""Virtual phones start, say why they cannot, and leave nothing behind, however they end."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from android_runner.contract import encode_request, request_path
from harness.errors import PhoneError, SetupIncomplete, UsageError
from harness.virtual.app.timing import read_timing
from harness.virtual.fault_file import read_faults
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb
from tests.virtual.connected import connect
from tests.virtual.launching import instrument_line, model_request, push_bytes, quick_request
from tests.virtual.processes import children, wait_for_end


def serve(folder: Path, *options: str) -> "subprocess.Popen[bytes]":
    """Start `python -m harness.virtual` with its temporary files in a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "harness.virtual", "--engine", "modelled", *options],
        env={**os.environ, "TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL", "end of input"])
def test_nothing_is_left_behind_however_it_ends(tmp_path: Path, how: str) -> None:
    process = serve(tmp_path, "--count", "2", "--until-eof")
    assert process.stdout
    ready = json.loads(process.stdout.readline())
    assert ready["engine"] == "modelled"
    assert len(ready["addresses"]) == 2
    assert ready["pid"] == process.pid
    others = children(process.pid)
    assert others
    assert list(tmp_path.iterdir())
    if how == "end of input":
        process.stdin.close()
        process.stdin = None
    else:
        process.send_signal(getattr(signal, how))
    out, errors = process.communicate(timeout=30)
    wait_for_end(others)
    assert out == b""
    assert errors == b""
    assert process.returncode == {"SIGKILL": -signal.SIGKILL, "SIGHUP": -signal.SIGHUP}.get(how, 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("victim", ["server", "zygote"])
def test_an_app_that_hangs_ends_with_its_phone(adb: PrivateAdb, tmp_path: Path, victim: str) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nkind = "hang"\nphase = "start"\n')
    with VirtualPhones.start(engine="modelled", faults=faults) as phones:
        phone = connect(adb, phones.addresses[0])
        request = quick_request("hangs", model_request(phone, tmp_path, b"model", bytes(3072)))
        push_bytes(phone, tmp_path, encode_request(request), request_path("hangs"))
        client = phone.client("shell", instrument_line("hangs"))
        assert client.stdout
        assert client.stdout.readline().startswith(b"INSTRUMENTATION_STATUS")
        apps = [int(pid) for pid in phone.shell("pidof io.elbench.runner").stdout.split()]
        (zygote,) = children(phones.pid)
        os.kill(phones.pid if victim == "server" else zygote, signal.SIGKILL)
        client.communicate(timeout=30)
        wait_for_end(apps)
        if victim == "zygote":
            answer = phone.shell(instrument_line("hangs"))
            assert answer.returncode == 1
            assert "the zygote has ended" in answer.stderr
        adb.run("disconnect", phones.addresses[0])


def test_bytes_that_are_no_adb_end_the_connection_and_nothing_else(modelled_phones: VirtualPhones) -> None:
    host, _, port = modelled_phones.addresses[0].partition(":")
    for noise in (b"GET / HTTP/1.1\r\nHost: phone\r\n\r\n", bytes(24), bytes([0xFF]) * 100):
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(noise)
            assert connection.recv(100) == b""


def test_an_adb_server_sees_the_phone_go(adb: PrivateAdb) -> None:
    with VirtualPhones.start(engine="modelled") as phones:
        serial = phones.addresses[0]
        phone = connect(adb, serial)
        line = next(line for line in adb.run("devices", "-l").stdout.splitlines() if serial in line)
        assert "device product:elbench_virtual model:Virtual_Phone" in line
        waiting = phone.client("shell", "sleep 60")
        assert phone.shell("echo up").stdout == "up\n"
    waiting.communicate(timeout=30)
    assert waiting.returncode != 0
    assert phone.shell("echo up").returncode != 0
    adb.run("disconnect", serial)


def test_a_reboot_drops_the_connection_and_the_phone_comes_back(adb: PrivateAdb) -> None:
    with VirtualPhones.start(engine="modelled") as phones:
        phone = connect(adb, phones.addresses[0])
        serial = phone.shell("getprop ro.serialno").stdout
        waiting = phone.client("shell", "sleep 60")
        phone.run("reboot")
        waiting.communicate(timeout=30)
        phone.run("wait-for-device")
        assert phone.shell("getprop ro.serialno").stdout == serial
        adb.run("disconnect", phones.addresses[0])


def test_phones_of_different_seeds_are_different_phones(
    adb: PrivateAdb, modelled_phones: VirtualPhones
) -> None:
    serials = [
        connect(adb, address).shell("getprop ro.serialno; cat /proc/cpuinfo | grep -c processor").stdout
        for address in modelled_phones.addresses
    ]
    assert len(set(serials)) == 2
    assert all(serial.splitlines()[1] == "8" for serial in serials)


def test_a_port_that_is_taken_is_named(tmp_path: Path, modelled_phones: VirtualPhones) -> None:
    port = modelled_phones.addresses[0].partition(":")[2]
    process = serve(tmp_path, "--port", port)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert f"port {port} cannot be used: Address already in use" in errors.decode()
    assert "Traceback" not in errors.decode()
    assert list(tmp_path.iterdir()) == []


def test_a_port_at_which_adb_looks_for_emulators_is_refused(tmp_path: Path) -> None:
    process = serve(tmp_path, "--port", "5555")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "emulators" in errors.decode()


def test_phones_that_cannot_start_say_why(tmp_path: Path) -> None:
    timing = tmp_path / "timing.toml"
    timing.write_text("[default]\nspeed = 3\n")
    with pytest.raises(SetupIncomplete, match="unknown key speed"):
        VirtualPhones.start(engine="modelled", timing=timing)


def test_phones_that_are_not_ready_in_time_are_ended() -> None:
    with pytest.raises(PhoneError, match="not ready after"):
        VirtualPhones.start(engine="modelled", deadline_s=0.001)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[model.a]\ncost_ms = -1\n", "at least 0"),
        ("[model.a]\ncost_ms = 'fast'\n", "must be a number"),
        ("[other]\n", "unknown table other"),
        ("nonsense", "not understood"),
        ("default = 3\n", "default must be a table"),
        ("model = 3\n", "model must be a table"),
        ("[model]\na = 3\n", "a must be a table"),
        ("[default]\ncost_ms = nan\n", "must be a number"),
        ("[default]\ncost_ms = inf\n", "must be a number"),
    ],
)
def test_a_wrong_timing_file_is_refused_by_name(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "timing.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=reason):
        read_timing(file, "b")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[[fault]]\nkind = "melt"\nphase = "end"\n', "kind is 'melt'"),
        ('[[fault]]\nkind = "crash"\n', "needs one of phase"),
        ('[[fault]]\nkind = "crash"\nphase = "end"\nat = 3\n', "unknown key at"),
        ("fault = 3\n", "tables and nothing else"),
        ("fault = [3]\n", "tables and nothing else"),
        ('[[fault]]\nkind = "crash"\nphase = "end"\nphone = 1\n', "phone is 1"),
        ('[[fault]]\nkind = "crash"\nphase = "end"\nlaunch = 0\n', "launch is 0"),
        ('[[fault]]\nkind = "disconnect"\n', "after_bytes"),
    ],
)
def test_a_wrong_fault_file_is_refused_by_name(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "faults.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=reason):
        read_faults(file, count=1)
