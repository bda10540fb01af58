"""Waiting for a phone that went away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.phone.facts import read_facts
from harness.phone.reconnection import await_phone, is_up
from harness.phone.server import AdbServer
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb, bundled_adb, serving

SOON_S = 20.0


@pytest.fixture
def own_adb(tmp_path: Path) -> Iterator[PrivateAdb]:
    """A server that may be ended."""
    yield from serving(bundled_adb(), tmp_path)


def server_of(adb: PrivateAdb) -> AdbServer:
    return AdbServer(host="127.0.0.1", port=adb.port, adb_path=adb.binary)


def test_a_phone_on_the_network_is_connected_to_again_after_the_adb_server_was_ended(
    own_adb: PrivateAdb,
) -> None:
    server = server_of(own_adb)
    with VirtualPhones.start(engine="modelled") as phones:
        [serial] = phones.addresses
        server.connect(serial)
        transport = server.transport(serial)
        facts = read_facts(transport)
        own_adb.run("kill-server")
        assert await_phone(server, transport, facts.phone_id, limit_s=SOON_S, stop=lambda: False)
        assert transport.check("echo here", deadline_s=SOON_S) == "here\n"
        server.disconnect(serial)


def test_another_phone_at_the_same_address_is_not_the_one_that_was_lost(adb: PrivateAdb) -> None:
    server = server_of(adb)
    with VirtualPhones.start(engine="modelled") as phones:
        [serial] = phones.addresses
        server.connect(serial)
        transport = server.transport(serial)
        pauses: list[float] = []
        assert not await_phone(
            server, transport, "another", limit_s=0.5, stop=lambda: len(pauses) == 3, pause=pauses.append
        )
        server.disconnect(serial)


def test_nothing_is_waited_for_once_the_run_is_being_ended(adb: PrivateAdb) -> None:
    server = server_of(adb)
    transport = server.transport("nobody")
    assert not await_phone(server, transport, "nobody", limit_s=SOON_S, stop=lambda: True)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"init.svc.zygote": "running", "sys.boot_completed": "1"}, True),
        # Android sets it as the last thing, so a phone that starts has none yet.
        ({"init.svc.zygote": "running", "init.svc.bootanim": "running"}, False),
        ({"init.svc.zygote": "running", "sys.boot_completed": "0"}, False),
        # A replayed phone whose recording holds no services.
        ({"ro.product.model": "Nexus 6"}, True),
    ],
)
def test_a_phone_is_back_only_once_android_is_up(properties: dict[str, str], expected: bool) -> None:
    assert is_up(properties) is expected
