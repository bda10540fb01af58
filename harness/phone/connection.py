"""adbutils' connection to the adb server, made safe: the only module that uses adbutils.

One deadline holds for all that is done on a connection, no server is started behind one's back, no request
goes out in part, and every failure becomes an error of `harness.errors`. What is said on a connection is
left to `transport` (a phone) and `server` (the adb server itself).
"""

import os
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from harness.errors import AdbServerUnavailable, DeadlineExceeded
from harness.phone.deadline import Deadline
from harness.phone.states import connection_lost, refusal


@contextmanager
def _hidden(variable: str) -> Iterator[None]:
    value = os.environ.pop(variable, None)
    try:
        yield
    finally:
        if value is not None:
            os.environ[variable] = value


with _hidden(
    "ANDROID_ADB_SERVER_PORT"
):  # adbutils reads it as it is imported, and breaks unless it is a number
    import adbutils


class Address(NamedTuple):
    """Where an adb server listens."""

    host: str
    port: int


class Connection(adbutils.AdbConnection):  # type: ignore[misc]  # adbutils ships no types
    """adbutils' connection to the adb server, held to a deadline.

    Args:
        address: the server.
        deadline: for everything that is done on this connection.
        doing: what it is for, in a few words or the command; for messages.
        place: the phone's serial, or the server's address; for messages.
    """

    def __init__(self, address: Address, deadline: Deadline, *, doing: str, place: str) -> None:
        self._address = address
        self._deadline = deadline
        self._doing = doing if len(doing) <= 100 else f"{doing[:97]}..."
        self.place = place
        super().__init__(address.host, address.port)

    def request(self, service: str) -> None:
        """Ask for a service of the server or, after `host:transport`, of the phone."""
        encoded = service.encode()
        self.write(b"%04x%s" % (len(encoded), encoded))
        with self._failures_named():
            self.check_okay()

    def read_block(self) -> str:
        """The server's answer to a host service."""
        with self._failures_named():
            return str(self.read_string_block())

    def read_exact(self, count: int) -> bytes:
        """Exactly `count` bytes."""
        with self._failures_named():
            return self._read_fully(count)

    def read_some(self, limit: int) -> bytes:
        """What has arrived, at least one byte."""
        with self._failures_named():
            return self._receive(limit)

    def write(self, data: bytes) -> None:
        """Send everything."""
        with self._failures_named():
            self.conn.settimeout(self._deadline.wait_s())
            self.conn.sendall(data)

    def has_input(self) -> bool:
        """Whether something can be read without waiting."""
        return bool(select.select([self.conn], [], [], 0)[0])

    def close(self) -> None:
        """Close at once; adbutils would sleep first."""
        self.conn.close()

    def _safe_connect(self) -> socket.socket:
        """Connect or fail; adbutils would start a server, and on port 5037 whatever the address is."""
        try:
            connected = socket.create_connection(self._address, timeout=self._deadline.wait_s())
        except OSError as error:
            raise AdbServerUnavailable(
                f"no adb server answers ({error.strerror or error})",
                remedy="run `adb start-server`, and check ADB_SERVER_SOCKET and ANDROID_ADB_SERVER_PORT",
                where=f"{self._address.host}:{self._address.port}",
            ) from error
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected

    def _read_fully(self, count: int) -> bytes:
        """Exactly `count` bytes; adbutils, whose other reads end here, would take fewer at the end."""
        data = bytearray()
        while len(data) < count:
            data += self._receive(count - len(data))
        return bytes(data)

    def _receive(self, limit: int) -> bytes:
        self.conn.settimeout(self._deadline.wait_s())
        data = bytes(self.conn.recv(limit))
        if not data:
            raise EOFError
        return data

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except (TimeoutError, adbutils.AdbTimeout) as error:
            raise DeadlineExceeded(
                f"`{self._doing}`: {self._deadline.describe()}",
                remedy="check that the phone responds, then run again",
                where=self.place,
            ) from error
        except adbutils.AdbError as error:
            raise refusal(str(error), self._doing, self.place) from error
        except (EOFError, OSError, ValueError) as error:
            raise connection_lost(self._doing, self.place) from error
