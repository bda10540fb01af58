"""The host's side of ADB, by hand: for messages that no real adb server sends."""

import socket
import struct
from types import TracebackType
from typing import Self

from harness.virtual.adb.wire import HEADER, MAX_PAYLOAD, VERSION, Command

BANNER = b"host::features=shell_v2,cmd,stat_v2,ls_v2,sendrecv_v2,delayed_ack"


class RawHost:
    """One connection to a phone."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, command: int, arg0: int, arg1: int, payload: bytes = b"") -> None:
        """Send one message."""
        header = HEADER.pack(command, arg0, arg1, len(payload), sum(payload), command ^ 0xFFFFFFFF)
        self.socket.sendall(header + payload)

    def receive(self) -> tuple[int, int, int, bytes]:
        """The next message.

        Raises:
            EOFError: the phone has hung up.
        """
        command, arg0, arg1, length, _, _ = HEADER.unpack(self._exactly(HEADER.size))
        return command, arg0, arg1, self._exactly(length)

    def greet(
        self, *, version: int = VERSION, max_payload: int = MAX_PAYLOAD, banner: bytes = BANNER
    ) -> bytes:
        """Greet, and return the phone's banner."""
        self.send(Command.CNXN, version, max_payload, banner)
        command, _, _, payload = self.receive()
        assert command == Command.CNXN
        return payload

    def open(self, service: str, local_id: int = 1, window: int = 0) -> int | None:
        """Open a service; the phone's number of the stream, or None if it was refused."""
        self.send(Command.OPEN, local_id, window, service.encode() + b"\0")
        command, arg0, arg1, _ = self.receive()
        assert arg1 == local_id
        return arg0 if command == Command.OKAY else None

    def all_of(self, service: str) -> bytes:
        """All that a service says until it ends, without delayed acknowledgement."""
        remote_id = self.open(service)
        assert remote_id is not None, f"{service} is refused"
        said = b""
        while True:
            command, arg0, _, payload = self.receive()
            if command == Command.CLSE:
                return said
            said += payload
            if command == Command.WRTE:
                self.send(Command.OKAY, 1, arg0)

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data


def int32(number: int) -> bytes:
    """A number as an OKAY carries it."""
    return struct.pack("<i", number)
