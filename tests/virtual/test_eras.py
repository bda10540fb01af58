"""What older phones do otherwise: small payloads, a terminal between, no exit status, old installs."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.virtual.era import features_of
from tests.conftest import PrivateAdb
from tests.virtual.apk import build_apk
from tests.virtual.connected import ConnectedPhone, connect
from tests.virtual.in_process import PhoneHere, invented, phone_here
from tests.virtual.raw_host import RawHost

LOLLIPOP, MARSHMALLOW, OREO = 22, 23, 27
TMP = "/data/local/tmp"


@pytest.fixture(scope="module", params=[LOLLIPOP, OREO])
def old_here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneHere]:
    with phone_here(tmp_path_factory.mktemp("old"), invented(sdk=request.param)) as here:
        yield here


@pytest.fixture(scope="module")
def lollipop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneHere]:
    with phone_here(tmp_path_factory.mktemp("lollipop"), invented(sdk=LOLLIPOP)) as here:
        yield here


@pytest.fixture
def old_phone(each_adb: PrivateAdb, lollipop: PhoneHere) -> Iterator[ConnectedPhone]:
    yield connect(each_adb, lollipop.address)
    each_adb.run("disconnect", lollipop.address)


def test_an_android_5_shell_has_a_terminal_between_and_no_exit_status(old_phone: ConnectedPhone) -> None:
    client = old_phone.client("shell", "echo one; ls /nope; exit 3")
    out, _ = client.communicate(timeout=30)
    assert out == b"one\r\nls: /nope: No such file or directory\r\n"
    assert client.returncode == 0


def test_exec_out_is_raw_on_every_android(old_phone: ConnectedPhone) -> None:
    client = old_phone.client("exec-out", "echo one")
    assert client.communicate(timeout=30)[0] == b"one\n"


def test_files_travel_in_small_messages(old_phone: ConnectedPhone, tmp_path: Path) -> None:
    sent, back = tmp_path / "sent", tmp_path / "back"
    sent.write_bytes(os.urandom(300_000))
    assert old_phone.push(sent, f"{TMP}/old").returncode == 0
    assert old_phone.pull(f"{TMP}/old", back).returncode == 0
    assert back.read_bytes() == sent.read_bytes()


def test_an_android_5_installs_from_a_pushed_file(old_phone: ConnectedPhone, tmp_path: Path) -> None:
    apk = tmp_path / "app.apk"
    apk.write_bytes(build_apk("org.example.old"))
    answer = old_phone.run("install", "-r", str(apk))
    assert "Success" in answer.stdout
    assert "pkg: /data/local/tmp/app.apk" in answer.stdout
    assert "app.apk" not in old_phone.shell(f"ls {TMP}").stdout
    assert "Success" in old_phone.run("uninstall", "org.example.old").stdout


def test_an_android_5_has_no_cmd_and_no_thermal_service(old_phone: ConnectedPhone) -> None:
    assert "cmd: not found" in old_phone.shell("cmd package list packages").stdout
    assert old_phone.shell("dumpsys thermalservice").stdout == "Can't find service: thermalservice\n"


def test_requests_of_later_versions_are_unknown_to_an_android_5(lollipop: PhoneHere) -> None:
    assert features_of(LOLLIPOP) == frozenset()
    with RawHost(lollipop.port) as host:
        banner = host.greet(version=0x01000000, max_payload=4096, banner=b"host::")
        assert b"features" not in banner
        assert host.open("shell,v2,raw:echo") is None
    with RawHost(lollipop.port) as host:
        host.greet(version=0x01000000, max_payload=4096, banner=b"host::")
        remote = host.open("sync:")
        assert remote
        path = b"/sdcard"
        host.send(0x45545257, 1, remote, b"STA2" + len(path).to_bytes(4, "little") + path)
        host.receive()
        assert host.receive()[3].endswith(b"unknown command STA2")


def test_a_phone_refuses_messages_beyond_its_largest_payload(old_here: PhoneHere) -> None:
    with RawHost(old_here.port) as host:
        host.greet(banner=b"host::")
        _, largest = old_here.phone.profile.protocol
        host.send(0x4E45504F, 1, 0, b"shell:" + b"x" * largest)
        with pytest.raises((EOFError, ConnectionResetError)):
            host.receive()


@pytest.mark.parametrize("state", ["recovery", "sideload", "rescue"])
def test_a_phone_in_another_state_says_so(adb: PrivateAdb, tmp_path: Path, state: str) -> None:
    with phone_here(tmp_path, invented(state=state)) as here:
        adb.run("connect", here.address)
        assert f"{here.address}\t{state}" in adb.run("devices").stdout
        adb.run("disconnect", here.address)
