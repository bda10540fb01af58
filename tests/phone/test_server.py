"""The adb server: found as adb finds it, started where it belongs, and never anywhere else."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.errors import AdbServerUnavailable, PhoneNotReady
from harness.phone.facts import read_facts
from harness.phone.server import AdbServer, ListedPhone, parse_devices
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb, free_port

NO_PROGRAM = Path("/nonexistent/adb")


def server_of(adb: PrivateAdb) -> AdbServer:
    return AdbServer(host="127.0.0.1", port=adb.port, adb_path=adb.binary)


def script(folder: Path, text: str) -> Path:
    """A program that stands in for adb."""
    path = folder / "adb"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A port where something that is no adb server gives one answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(100)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_a_local_server_is_started_on_its_own_port_and_only_once(
    each_adb: PrivateAdb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("ADB_MDNS", "0")
    port = free_port()
    started = PrivateAdb(each_adb.binary, port, dict(os.environ))
    server = server_of(started)
    try:
        server.start()
        assert server.devices() == ()
        AdbServer("127.0.0.1", port, NO_PROGRAM).start()
    finally:
        started.run("kill-server")


def test_a_server_that_another_program_starts_at_the_same_time_is_used(
    adb: PrivateAdb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("ADB_MDNS", "0")
    port = free_port()
    too_late = script(tmp_path, f"'{adb.binary}' \"$@\"; echo 'Address already in use' >&2; exit 1")
    try:
        AdbServer("127.0.0.1", port, too_late).start()
    finally:
        PrivateAdb(adb.binary, port, dict(os.environ)).run("kill-server")


def test_a_call_to_a_dead_server_starts_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = tmp_path / "was started"
    monkeypatch.setenv("ADBUTILS_ADB_PATH", str(script(tmp_path, f"touch '{trace}'")))
    server = AdbServer.from_environment(dict(os.environ) | {"ANDROID_ADB_SERVER_PORT": str(free_port())})
    with pytest.raises(AdbServerUnavailable, match="no adb server answers"):
        server.devices()
    with pytest.raises(AdbServerUnavailable):
        server.transport("any").shell("true", deadline_s=5)
    assert not trace.exists()


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(AdbServerUnavailable, match="/nonexistent/adb: the adb server cannot be started"):
        AdbServer("127.0.0.1", free_port(), NO_PROGRAM).start()


def test_what_a_failing_adb_says_stands_in_one_line(tmp_path: Path) -> None:
    failing = script(tmp_path, "echo '* daemon not running'; echo 'cannot bind:\nno' >&2; exit 1")
    with pytest.raises(AdbServerUnavailable) as raised:
        AdbServer("127.0.0.1", free_port(), failing).start()
    assert "cannot bind: no" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"OKAY0004what"])
def test_a_port_held_by_something_else_is_said_so(answer: bytes) -> None:
    with (
        answering(answer) as port,
        pytest.raises(AdbServerUnavailable, match="no adb server answers on this port"),
    ):
        AdbServer("127.0.0.1", port, NO_PROGRAM).start()


def test_a_server_that_dies_in_its_list_of_phones_is_no_lost_phone() -> None:
    with (
        answering(b"OKAY0020one phone") as port,
        pytest.raises(AdbServerUnavailable, match=r"127\.0\.0\.1:\d+: the adb server .*kill-server"),
    ):
        AdbServer("127.0.0.1", port, NO_PROGRAM).devices()


def test_a_remote_server_that_does_not_answer_is_not_started_here() -> None:
    # 127.0.0.2 reaches this machine, but is none of the names under which a server is started.
    with pytest.raises(AdbServerUnavailable, match=r"127\.0\.0\.2:\d+: no adb server answers"):
        AdbServer("127.0.0.2", free_port(), NO_PROGRAM).start()


def test_a_server_elsewhere_is_used_as_it_is_and_its_phones_with_it(adb: PrivateAdb, tmp_path: Path) -> None:
    # `-a` serves every address of this machine, and 127.0.0.2 is one that is not taken for local.
    # adb 29 knows `-a` in the foreground only.
    port = free_port()
    environment = {**adb.environment, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    del environment["ANDROID_ADB_SERVER_PORT"]
    elsewhere = PrivateAdb(adb.binary, port, environment)
    assert elsewhere.run("-a", "start-server").returncode == 0
    variables = (
        {"ANDROID_ADB_SERVER_ADDRESS": "127.0.0.2", "ANDROID_ADB_SERVER_PORT": str(port)},
        {"ADB_SERVER_SOCKET": f"tcp:127.0.0.2:{port}"},
    )
    try:
        with VirtualPhones.start(engine="modelled", count=1) as phones:
            for environ in variables:
                server = AdbServer.from_environment({**environ, "ADBUTILS_ADB_PATH": str(NO_PROGRAM)})
                assert not server.is_local
                server.start()
                server.connect(phones.addresses[0])
                assert [phone.serial for phone in server.devices()] == [phones.addresses[0]]
                assert read_facts(server.transport(phones.addresses[0])).manufacturer == "elbench"
            assert server_of(adb).devices() != server.devices()
    finally:
        elsewhere.run("kill-server")


@pytest.mark.parametrize(
    ("environ", "host", "port"),
    [
        ({}, "127.0.0.1", 5037),
        ({"ANDROID_ADB_SERVER_PORT": "5999"}, "127.0.0.1", 5999),
        ({"ANDROID_ADB_SERVER_ADDRESS": "lab-1"}, "lab-1", 5037),
        ({"ANDROID_ADB_SERVER_HOST": "lab-2"}, "lab-2", 5037),
        ({"ADB_SERVER_SOCKET": "tcp:lab-3:6000", "ANDROID_ADB_SERVER_PORT": "1"}, "lab-3", 6000),
        ({"ADB_SERVER_SOCKET": "tcp:6001"}, "127.0.0.1", 6001),
        ({"ADB_SERVER_SOCKET": "tcp:[::1]:6002"}, "::1", 6002),
    ],
)
def test_the_server_is_the_one_that_adb_would_use(environ: dict[str, str], host: str, port: int) -> None:
    server = AdbServer.from_environment(environ)
    assert (server.host, server.port) == (host, port)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ANDROID_ADB_SERVER_PORT", "a lot"),
        ("ANDROID_ADB_SERVER_PORT", "70000"),
        ("ADB_SERVER_SOCKET", "localfilesystem:/run/adb"),
        ("ADB_SERVER_SOCKET", "tcp:lab:"),
    ],
)
def test_a_variable_that_cannot_be_understood_is_named(variable: str, value: str) -> None:
    with pytest.raises(AdbServerUnavailable, match=f"^{variable}: "):
        AdbServer.from_environment({variable: value})


def test_the_adb_program_is_the_named_one_then_the_one_on_path_then_the_bundled_one(tmp_path: Path) -> None:
    on_path = script(tmp_path, "true")
    named = AdbServer.from_environment({"ADBUTILS_ADB_PATH": "/opt/adb", "PATH": str(tmp_path)})
    found = AdbServer.from_environment({"PATH": str(tmp_path)})
    bundled = AdbServer.from_environment({"PATH": "/nonexistent"})
    assert (named.adb_path, found.adb_path) == (Path("/opt/adb"), on_path)
    assert bundled.adb_path.is_file()
    assert bundled.adb_path.parent.name == "binaries"


def test_serials_and_states_with_spaces_are_listed_whole() -> None:
    no_permissions = "no permissions (missing udev rules?); see [http://developer.android.com/tools]"
    short = (
        f"adb-83aa-Xy (2)._adb-tls-connect._tcp\tdevice\nadb-83aa-Xy\toffline\n0123456789\t{no_permissions}\n"
    )
    long = (
        "adb-83aa-Xy (2)._adb-tls-connect._tcp device product:p model:Zeta_5 device:z transport_id:3\n"
        "adb-83aa-Xy            offline transport_id:4\n"
        f"0123456789             {no_permissions} usb:1-2 transport_id:5\n"
    )
    assert parse_devices(short, long) == (
        ListedPhone(
            "adb-83aa-Xy (2)._adb-tls-connect._tcp",
            "device",
            {"product": "p", "model": "Zeta_5", "device": "z", "transport_id": "3"},
        ),
        ListedPhone("adb-83aa-Xy", "offline", {"transport_id": "4"}),
        ListedPhone("0123456789", no_permissions, {"usb": "1-2", "transport_id": "5"}),
    )


def test_an_address_without_a_phone_is_not_ready(each_adb: PrivateAdb) -> None:
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(PhoneNotReady) as raised:
        server_of(each_adb).connect(address)
    assert raised.value.where == address
    server_of(each_adb).disconnect(address)
