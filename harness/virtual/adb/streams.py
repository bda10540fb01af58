"""One service's bytes on a connection, in both directions, with ADB's two kinds of flow control.

Without delayed acknowledgement one WRTE may be under way in each direction; with it each side may send as
many bytes as the other has promised to take, and every OKAY says how many more it takes.
Source: packages/modules/adb/protocol.txt and adb.cpp (AOSP).
"""

import asyncio
import struct
from typing import TYPE_CHECKING

from harness.virtual.adb.wire import Command, Message

if TYPE_CHECKING:
    from harness.virtual.adb.adbd import Connection

DELAYED_ACK_WINDOW = 32 << 20
"""Bytes that either side takes before it acknowledges any."""
ACKNOWLEDGED = struct.Struct("<i")


class StreamClosed(ConnectionError):
    """The host has closed the stream, or the whole connection has gone."""


class Stream:
    """One open service on one connection.

    Args:
        connection: what carries it.
        local_id: the phone's number for it.
        remote_id: the host's; 0 until the host has accepted it.
        window: bytes that may be sent at first, with delayed acknowledgement.
    """

    def __init__(self, connection: "Connection", local_id: int, remote_id: int, window: int = 0) -> None:
        self.connection = connection
        self.local_id = local_id
        self.remote_id = remote_id
        self._received: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._unread_bytes = 0
        self._window = window
        self._may_write = asyncio.Event()
        if remote_id:
            self._may_write.set()
        self.closed = asyncio.Event()

    async def read(self) -> bytes:
        """The next bytes from the host, acknowledged as they are taken; empty once it has closed."""
        if self.closed.is_set() and self._received.empty():
            return b""
        data = await self._received.get()
        if data is None:
            return b""
        self._unread_bytes -= len(data)
        if not self.closed.is_set():
            await self.acknowledge_bytes(len(data))
        return data

    async def acknowledge_bytes(self, count: int) -> None:
        """Tell the host that so many bytes more may come."""
        payload = ACKNOWLEDGED.pack(count) if self.connection.has_delayed_ack else b""
        await self._send(Command.OKAY, payload)

    async def write(self, data: bytes) -> None:
        """Send bytes to the host, as fast as it acknowledges them.

        Raises:
            StreamClosed: the host does not want them any more.
        """
        start = 0
        while start < len(data):
            await self._may_write.wait()
            if self.closed.is_set():
                raise StreamClosed
            end = start + self._sendable()
            await self._send(Command.WRTE, data[start:end])
            start = end

    def _sendable(self) -> int:
        """How many bytes the next WRTE may hold; they count as sent."""
        largest = self.connection.max_payload
        if not self.connection.has_delayed_ack:
            self._may_write.clear()
            return largest
        size = min(largest, self._window)
        self._window -= size
        if self._window <= 0:
            self._may_write.clear()
        return size

    async def accepted(self) -> bool:
        """Whether the host has accepted a stream that the phone asked for."""
        await self._may_write.wait()
        return bool(self.remote_id)

    async def close(self) -> None:
        """Tell the host that nothing more will come."""
        if not self.closed.is_set():
            self.hang_up()
            try:
                await self._send(Command.CLSE)
            except ConnectionError:
                return

    def deliver(self, data: bytes) -> None:
        """A WRTE has arrived; a host that sends far more than it may is hung up on."""
        self._unread_bytes += len(data)
        if self._unread_bytes > 2 * DELAYED_ACK_WINDOW:
            self.hang_up()
        else:
            self._received.put_nowait(data)

    def acknowledge(self, remote_id: int, payload: bytes) -> None:
        """An OKAY has arrived; the first one for a stream of the phone's own brings the host's number."""
        self.remote_id = self.remote_id or remote_id
        if self.connection.has_delayed_ack and len(payload) == ACKNOWLEDGED.size:
            self._window += ACKNOWLEDGED.unpack(payload)[0]
            if self._window <= 0:
                return
        self._may_write.set()

    def hang_up(self) -> None:
        """A CLSE has arrived, or the connection has ended: wake whoever waits."""
        self.closed.set()
        self._received.put_nowait(None)
        self._may_write.set()

    async def _send(self, command: Command, payload: bytes = b"") -> None:
        await self.connection.send(Message(command, self.local_id, self.remote_id, payload))
