"""The device side of ADB: connections from adb servers, and the streams that each connection carries.

A stream carries bytes for one service; one unacknowledged WRTE may be under way in each direction, which
is ADB's flow control. What services do with their streams is `services`' business.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from harness.virtual.adb.wire import (
    MAX_PAYLOAD,
    VERSION,
    Command,
    MalformedMessage,
    Message,
    encode,
    read_message,
)


class StreamClosed(ConnectionError):
    """The host has closed the stream, or the whole connection has gone."""


class Stream:
    """One open service on one connection."""

    def __init__(self, connection: "Connection", local_id: int, remote_id: int) -> None:
        self._connection = connection
        self._local_id = local_id
        self._remote_id = remote_id
        self._received: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._may_write = asyncio.Event()
        self._may_write.set()
        self.closed = asyncio.Event()

    async def read(self) -> bytes:
        """The next bytes from the host, acknowledged as they are taken; empty once it has closed."""
        if self.closed.is_set() and self._received.empty():
            return b""
        data = await self._received.get()
        if data is None:
            return b""
        await self._send(Command.OKAY)
        return data

    async def write(self, data: bytes) -> None:
        """Send bytes to the host, as fast as it acknowledges them.

        Raises:
            StreamClosed: the host does not want them any more.
        """
        for start in range(0, len(data), self._connection.max_payload):
            await self._may_write.wait()
            if self.closed.is_set():
                raise StreamClosed
            self._may_write.clear()
            await self._send(Command.WRTE, data[start : start + self._connection.max_payload])

    async def close(self) -> None:
        """Tell the host that nothing more will come."""
        if not self.closed.is_set():
            self.hang_up()
            with suppress(ConnectionError):
                await self._send(Command.CLSE)

    def deliver(self, data: bytes) -> None:
        """A WRTE has arrived."""
        self._received.put_nowait(data)

    def acknowledge(self) -> None:
        """An OKAY has arrived."""
        self._may_write.set()

    def hang_up(self) -> None:
        """A CLSE has arrived, or the connection has ended: wake whoever waits."""
        self.closed.set()
        self._received.put_nowait(None)
        self._may_write.set()

    async def _send(self, command: Command, payload: bytes = b"") -> None:
        await self._connection.send(Message(command, self._local_id, self._remote_id, payload))


Service = Callable[[Stream], Coroutine[Any, Any, None]]
Route = Callable[[str], Service | None]
"""From a service's name to what serves it; None refuses it."""


class Connection:
    """One adb server's connection, from its CNXN to its end.

    Args:
        reader: from the adb server.
        writer: to the adb server.
        banner: what the phone says of itself, with its features.
        route: finds the service that an OPEN names.
        on_traffic: told how many bytes of payload each message carried, either way.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        banner: bytes,
        route: Route,
        on_traffic: Callable[[int], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._banner = banner
        self._route = route
        self._on_traffic = on_traffic
        self._streams: dict[int, Stream] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_id = 1
        self._host_verifies_sums = True
        self.max_payload = MAX_PAYLOAD

    async def run(self) -> None:
        """Serve until either side ends the connection; bytes that are no ADB end it too."""
        with suppress(asyncio.IncompleteReadError, ConnectionError, MalformedMessage):
            while True:
                message = await read_message(self._reader)
                self._on_traffic(len(message.payload))
                await self._handle(message)
        await self._end()

    async def send(self, message: Message) -> None:
        """Send one message.

        Raises:
            StreamClosed: the connection has gone.
        """
        self._on_traffic(len(message.payload))
        try:
            self._writer.write(encode(message, with_sum=self._host_verifies_sums))
            await self._writer.drain()
        except (ConnectionError, RuntimeError) as error:
            raise StreamClosed from error

    def abort(self) -> None:
        """Drop the connection as a pulled cable does."""
        self._writer.transport.abort()

    async def _handle(self, message: Message) -> None:
        handlers: dict[Command, Callable[[Message], Awaitable[None]]] = {
            Command.CNXN: self._greet,
            Command.OPEN: self._open,
            Command.WRTE: self._deliver,
            Command.OKAY: self._acknowledge,
            Command.CLSE: self._hang_up,
        }
        if handler := handlers.get(message.command):
            await handler(message)

    async def _greet(self, message: Message) -> None:
        self.max_payload = max(1, min(MAX_PAYLOAD, message.arg1))
        await self.send(Message(Command.CNXN, VERSION, MAX_PAYLOAD, self._banner))
        self._host_verifies_sums = message.arg0 < VERSION

    async def _open(self, message: Message) -> None:
        service = self._route(message.payload.decode(errors="surrogateescape").removesuffix("\0"))
        if service is None:
            await self.send(Message(Command.CLSE, 0, message.arg0))
            return
        local_id, self._next_id = self._next_id, self._next_id + 1
        stream = self._streams[local_id] = Stream(self, local_id, message.arg0)
        await self.send(Message(Command.OKAY, local_id, message.arg0))
        task = asyncio.create_task(self._serve(service, stream, local_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, service: Service, stream: Stream, local_id: int) -> None:
        try:
            await service(stream)
        except StreamClosed:
            pass
        finally:
            await stream.close()
            self._streams.pop(local_id, None)

    async def _deliver(self, message: Message) -> None:
        if stream := self._streams.get(message.arg1):
            stream.deliver(message.payload)
        else:
            await self.send(Message(Command.CLSE, 0, message.arg0))

    async def _acknowledge(self, message: Message) -> None:
        if stream := self._streams.get(message.arg1):
            stream.acknowledge()

    async def _hang_up(self, message: Message) -> None:
        if stream := self._streams.get(message.arg1):
            stream.hang_up()

    async def _end(self) -> None:
        for stream in list(self._streams.values()):
            stream.hang_up()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
