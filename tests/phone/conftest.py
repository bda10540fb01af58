"""A virtual phone behind each real adb server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.phone.connection import Address
from harness.phone.server import AdbServer
from harness.phone.transport import Transport
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb


@contextmanager
def connected(
    adb: PrivateAdb, faults: Path | None = None, *, seed: int = 0
) -> Iterator[tuple[AdbServer, VirtualPhones]]:
    """A virtual phone of one's own, connected to this adb server."""
    server = AdbServer(host="127.0.0.1", port=adb.port, adb_path=adb.binary)
    with VirtualPhones.start(engine="modelled", count=1, faults=faults, seed=seed) as phones:
        server.connect(phones.addresses[0])
        yield server, phones
        server.disconnect(phones.addresses[0])


@pytest.fixture(scope="session")
def phone(each_adb: PrivateAdb) -> Iterator[Transport]:
    """A phone that all tests share; each works in a folder of its own."""
    with connected(each_adb) as (server, phones):
        yield server.transport(phones.addresses[0])


@pytest.fixture(scope="session")
def as_kind(each_adb: PrivateAdb, phone: Transport) -> Callable[[type[Transport]], Transport]:
    """The same phone, seen through a Transport with a fault or an age of its own."""
    return lambda kind: kind(Address("127.0.0.1", each_adb.port), phone.serial)


@pytest.fixture
def folder(phone: Transport, request: pytest.FixtureRequest) -> Iterator[str]:
    """A folder on the phone for this test alone."""
    path = f"/data/local/tmp/elbench/tests/{abs(hash(request.node.nodeid))}"
    yield path
    phone.check(f"rm -rf {path}", deadline_s=20)
