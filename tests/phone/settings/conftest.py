"""One phone, as it left the shop, for each test that changes settings."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.phone.facts import read_facts
from harness.phone.server import AdbServer
from harness.phone.transport import Transport
from harness.results.records import PhoneFacts
from tests.conftest import PrivateAdb
from tests.phone.conftest import connected
from tests.phone.settings.changing import ORIGINAL, set_values


@pytest.fixture(scope="session")
def connection(adb: PrivateAdb) -> Iterator[tuple[AdbServer, str]]:
    with connected(adb) as (server, phones):
        yield server, phones.addresses[0]


@pytest.fixture
def phone(connection: tuple[AdbServer, str]) -> Iterator[Transport]:
    """A phone as it left the shop, which every test must leave so or set back itself."""
    server, address = connection
    server.connect(address)
    transport = server.transport(address)
    set_values(transport, ORIGINAL)
    yield transport
    server.connect(address)


@pytest.fixture(scope="session")
def cabled(connection: tuple[AdbServer, str]) -> PhoneFacts:
    """Its facts as of a phone on a cable."""
    server, address = connection
    return replace(read_facts(server.transport(address)), transport="usb")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "restore"
