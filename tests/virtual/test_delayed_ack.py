"""Delayed acknowledgement: as many bytes at once as the other side has promised to take, and no more."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.virtual.adb.wire import Command
from tests.conftest import PrivateAdb, bundled_adb, serving
from tests.virtual.connected import ConnectedPhone, connect
from tests.virtual.in_process import PhoneHere, invented, phone_here
from tests.virtual.raw_host import BANNER, RawHost, int32

FEATURES = frozenset({"shell_v2", "cmd", "stat_v2", "ls_v2", "sendrecv_v2", "delayed_ack"})


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneHere]:
    with phone_here(tmp_path_factory.mktemp("burst"), invented(stated_features=FEATURES)) as phone:
        yield phone


def bursting(home: Path) -> Iterator[PrivateAdb]:
    """A private server of the bundled adb that asks for delayed acknowledgement."""
    for adb in serving(bundled_adb(), home):
        bursts = replace(adb, environment={**adb.environment, "ADB_BURST_MODE": "1"})
        bursts.run("kill-server")
        assert bursts.run("start-server").returncode == 0
        yield bursts


def test_the_phone_sends_no_more_than_the_host_has_room_for(here: PhoneHere) -> None:
    with RawHost(here.port) as host:
        host.greet()
        remote_id = host.open("source:100000", window=5000)
        got = b""
        while len(got) < 5000:
            command, _, _, payload = host.receive()
            assert command == Command.WRTE
            got += payload
        assert len(got) == 5000
        host.send(Command.OKAY, 1, remote_id or 0, int32(-100))
        host.send(Command.OKAY, 1, remote_id or 0, int32(3100))
        while len(got) < 8000:
            got += host.receive()[3]
        assert len(got) == 8000


def test_what_is_received_is_acknowledged_with_its_size(here: PhoneHere) -> None:
    with RawHost(here.port) as host:
        host.greet()
        host.send(Command.OPEN, 1, 1000, b"sink:9\0")
        command, remote_id, _, payload = host.receive()
        assert (command, payload) == (Command.OKAY, int32(32 << 20))
        for data in (b"1234", b"56789"):
            host.send(Command.WRTE, 1, remote_id, data)
        answers = [host.receive() for _ in range(3)]
        assert [(answer[0], answer[3]) for answer in answers] == [
            (Command.OKAY, int32(4)),
            (Command.OKAY, int32(5)),
            (Command.CLSE, b""),
        ]


def test_an_open_that_disagrees_about_acknowledgement_is_refused(here: PhoneHere) -> None:
    with RawHost(here.port) as host:
        host.greet()
        assert host.open("shell:echo", window=0) is None
    with RawHost(here.port) as host:
        host.greet(banner=BANNER.replace(b",delayed_ack", b""))
        assert host.open("shell:echo", window=1000) is None
        assert host.all_of("shell:echo a") == b"a\n"


def test_a_real_server_in_burst_mode_moves_files_and_runs_commands(here: PhoneHere, tmp_path: Path) -> None:
    sent, back = tmp_path / "sent", tmp_path / "back"
    sent.write_bytes(os.urandom(9_000_000))
    servers = bursting(tmp_path)
    phone: ConnectedPhone = connect(next(servers), here.address)
    try:
        assert "delayed_ack" in phone.run("features").stdout.split()
        assert phone.push(sent, "/data/local/tmp/burst").returncode == 0
        assert phone.pull("/data/local/tmp/burst", back).returncode == 0
        assert back.read_bytes() == sent.read_bytes()
        answer = phone.shell("seq 1 50000 | tail -1; false")
        assert (answer.stdout, answer.returncode) == ("50000\n", 1)
    finally:
        next(servers, None)
