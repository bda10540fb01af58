"""The device side of ADB: one adb server's connection, from its greeting to its end.

It carries `streams`; what services do with theirs is `services`' business, and who may connect is `auth`'s.
Source: handle_packet in packages/modules/adb/adb.cpp (AOSP).
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from harness.virtual.adb.auth import Gate
from harness.virtual.adb.dialect import DELAYED_ACK, Dialect, features_of_host
from harness.virtual.adb.streams import DELAYED_ACK_WINDOW, Stream, StreamClosed
from harness.virtual.adb.wire import (
    VERSION,
    Command,
    MalformedMessage,
    Message,
    encode,
    read_message,
)

__all__ = ["Connection", "Route", "Service", "Stream", "StreamClosed"]

HANG_UP_GRACE_S = 1.0
"""How long a service may take to use what it has read, once its host has gone; then it ends, as by SIGHUP."""

Service = Callable[[Stream], Coroutine[Any, Any, None]]
Route = Callable[[str], Service | None]
"""From a service's name to what serves it; None refuses it."""


class Connection:
    """One adb server's connection.

    Args:
        reader: from the adb server.
        writer: to the adb server.
        banner: what the phone says of itself, with its features; None never answers.
        route: finds the service that an OPEN names.
        on_traffic: told how many bytes of payload each message carried, either way.
        dialect: what this adbd speaks.
        gate: lets hosts in by their key; None lets everybody in.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        banner: bytes | None,
        route: Route,
        on_traffic: Callable[[int], None],
        dialect: Dialect | None = None,
        gate: Gate | None = None,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._banner = banner
        self._route = route
        self._on_traffic = on_traffic
        self._dialect = dialect or Dialect()
        self._gate = gate
        self._streams: dict[int, Stream] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ids = itertools.count(1)
        self._host_verifies_sums = True
        self._is_online = False
        self._on_end: list[Callable[[], None]] = []
        self.max_payload = self._dialect.max_payload
        self.has_delayed_ack = False

    async def run(self) -> None:
        """Serve until either side ends the connection; bytes that are no ADB end it too."""
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, MalformedMessage):
                while True:
                    message = await read_message(self._reader, self._dialect.max_payload)
                    self._on_traffic(len(message.payload))
                    await self._handle(message)
        finally:
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

    async def open(self, address: str) -> Stream | None:
        """A stream to an address that the host has configured by `reverse`; None if it refuses."""
        window = DELAYED_ACK_WINDOW if self.has_delayed_ack else 0
        stream = self._add_stream(0)
        await self.send(Message(Command.OPEN, stream.local_id, window, address.encode() + b"\0"))
        if await stream.accepted():
            return stream
        self.forget(stream)
        return None

    def forget(self, stream: Stream) -> None:
        """Free the number of a stream that has ended."""
        self._streams.pop(stream.local_id, None)

    def at_end(self, action: Callable[[], None]) -> None:
        """Do something once this connection ends."""
        self._on_end.append(action)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something run beside the connection; it ends with it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, message: Message) -> None:
        handlers: dict[Command, Callable[[Message], Awaitable[None]]] = {Command.CNXN: self._greet}
        if self._is_online:
            handlers |= {
                Command.OPEN: self._open,
                Command.WRTE: self._deliver,
                Command.OKAY: self._acknowledge,
                Command.CLSE: self._hang_up,
            }
        elif self._gate:
            handlers |= {Command.AUTH: self._authenticate}
        if handler := handlers.get(message.command):
            await handler(message)

    async def _greet(self, message: Message) -> None:
        """A host says what it is; a second time it has forgotten all streams."""
        for stream in list(self._streams.values()):
            stream.hang_up()
        self._is_online = False
        self.max_payload = max(1, min(self._dialect.max_payload, message.arg1))
        self._host_verifies_sums = min(message.arg0, self._dialect.version) < VERSION
        self.has_delayed_ack = DELAYED_ACK in self._dialect.features & features_of_host(message.payload)
        if self._gate:
            await self.send(self._gate.challenge())
        else:
            await self._welcome()

    async def _authenticate(self, message: Message) -> None:
        assert self._gate
        if self._gate.admits(message):
            await self._welcome()
        elif challenge := self._gate.next_challenge(message):
            await self.send(challenge)

    async def _welcome(self) -> None:
        if self._banner is None:
            return
        self._is_online = True
        answer = Message(Command.CNXN, self._dialect.version, self._dialect.max_payload, self._banner)
        await self.send(answer)

    async def _open(self, message: Message) -> None:
        name = message.payload.decode(errors="surrogateescape").rstrip("\0")
        agrees = self.has_delayed_ack == bool(message.arg1)
        service = self._route(name) if agrees and message.arg0 else None
        if service is None:
            await self.send(Message(Command.CLSE, 0, message.arg0))
            return
        stream = self._add_stream(message.arg0, message.arg1)
        await stream.acknowledge_bytes(DELAYED_ACK_WINDOW)
        self.spawn(self._serve(service, stream))

    def _add_stream(self, remote_id: int, window: int = 0) -> Stream:
        stream = Stream(self, next(self._ids), remote_id, window)
        self._streams[stream.local_id] = stream
        return stream

    async def _serve(self, service: Service, stream: Stream) -> None:
        """Serve until the service ends by itself, or for a moment longer than its host listens."""
        work = asyncio.ensure_future(service(stream))
        hung_up = asyncio.ensure_future(stream.closed.wait())
        try:
            await asyncio.wait((work, hung_up), return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait((work,), timeout=HANG_UP_GRACE_S)
            if work.done():
                work.result()
        except StreamClosed:
            pass
        finally:
            hung_up.cancel()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await stream.close()
            self.forget(stream)

    def _stream_of(self, message: Message) -> Stream | None:
        """The stream that a message is for; one of another host's number is for none."""
        stream = self._streams.get(message.arg1)
        return stream if stream and stream.remote_id in (0, message.arg0) else None

    async def _deliver(self, message: Message) -> None:
        if stream := self._stream_of(message):
            stream.deliver(message.payload)
        else:
            await self.send(Message(Command.CLSE, 0, message.arg0))

    async def _acknowledge(self, message: Message) -> None:
        if message.arg0 and (stream := self._stream_of(message)):
            stream.acknowledge(message.arg0, message.payload)

    async def _hang_up(self, message: Message) -> None:
        """A host that refuses a stream names no number of its own."""
        stream = self._streams.get(message.arg1)
        if stream and message.arg0 in (0, stream.remote_id):
            stream.hang_up()

    async def _end(self) -> None:
        self._is_online = False
        for action in self._on_end:
            action()
        for stream in list(self._streams.values()):
            stream.hang_up()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
