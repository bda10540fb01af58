"""The sockets that listen on the phone itself, and `reverse:`, by which an adb server makes some.

They are names in this process: no port of the computer that the phone lives on is opened or connected to.
Source: listeners in packages/modules/adb/adb_listeners.cpp and handle_forward_request in adb.cpp (AOSP).
"""

import asyncio
import itertools
import re
from contextlib import suppress

from harness.virtual.adb.adbd import Connection, Service, Stream, StreamClosed

LOCAL_KINDS = ("localabstract", "localreserved", "localfilesystem", "local")
FREE_PORTS = range(32768, 61000)


class Sockets:
    """What listens on one phone, by its address: `tcp:8080`, `localabstract:name`."""

    def __init__(self) -> None:
        self._listening: dict[str, tuple[Connection, str]] = {}

    def find(self, name: str) -> Service | None:
        """What serves a client that connects to an address of the phone; None if nothing listens there."""
        listener = self._listening.get(_address(name) or "")
        if listener is None:
            return None
        connection, target = listener
        return lambda stream: _join(stream, connection, target)

    def listen(self, connection: Connection, name: str, target: str, *, rebind: bool) -> int:
        """Let what connects to an address of the phone reach an address of a host.

        Returns:
            The port that was chosen for `tcp:0`; 0 for other addresses.

        Raises:
            ValueError: with adbd's words.
        """
        address = _address(name)
        if address is None:
            raise ValueError(f"cannot bind listener: bad address '{name}'")
        chosen = 0
        if address == "tcp:0":
            chosen = next(port for port in FREE_PORTS if f"tcp:{port}" not in self._listening)
            address = f"tcp:{chosen}"
        if address in self._listening and not rebind:
            raise ValueError("cannot rebind existing socket")
        self._listening[address] = (connection, target)
        return chosen

    def close(self, name: str) -> None:
        """Stop listening.

        Raises:
            ValueError: with adbd's words.
        """
        if self._listening.pop(_address(name) or "", None) is None:
            raise ValueError(f"listener '{name}' not found")

    def close_all(self, connection: Connection) -> None:
        """Stop listening for one host."""
        for address, (owner, _) in list(self._listening.items()):
            if owner is connection:
                del self._listening[address]

    def of(self, connection: Connection) -> list[tuple[str, str]]:
        """Addresses of the phone and of the host that it reaches by them."""
        return [
            (address, target) for address, (owner, target) in self._listening.items() if owner is connection
        ]


def _address(name: str) -> str | None:
    """An address in one spelling: only the phone's own loopback counts as its own."""
    kind, _, rest = name.partition(":")
    if kind in LOCAL_KINDS and rest and "\0" not in rest:
        return f"localabstract:{rest}" if kind == "local" else name
    own = r"(?:(?:localhost|127\.0\.0\.1):)?(\d{1,5})"
    found = re.fullmatch(own, rest) if kind == "tcp" else None
    return f"tcp:{int(found[1])}" if found and int(found[1]) < 65536 else None


async def serve_reverse(sockets: Sockets, request: str, stream: Stream) -> None:
    """Answer one `reverse:` request of an adb server."""
    try:
        answer = _answer(sockets, request, stream.connection)
    except ValueError as problem:
        answer = f"FAIL{len(str(problem)):04x}{problem}"
    await stream.write(answer.encode(errors="surrogateescape"))


def _answer(sockets: Sockets, request: str, connection: Connection) -> str:
    action, _, rest = request.partition(":")
    if action == "list-forward":
        lines = "".join(f"host-1 {address} {target}\n" for address, target in sockets.of(connection))
        return f"{len(lines):04x}{lines}"
    if action == "killforward-all":
        sockets.close_all(connection)
    elif action == "killforward":
        sockets.close(rest)
    elif action == "forward":
        return "OKAY" + _listen(sockets, rest, connection)
    else:
        raise ValueError(f"unknown forward request: {request}")
    return "OKAY"


def _listen(sockets: Sockets, rest: str, connection: Connection) -> str:
    """Listen; the answer holds a port that was chosen."""
    wanted = rest.removeprefix("norebind:")
    name, separator, target = wanted.partition(";")
    if not separator or not target or ";" in target:
        raise ValueError(f"bad forward: {wanted}")
    if not sockets.of(connection):
        connection.at_end(lambda: sockets.close_all(connection))
    port = sockets.listen(connection, name, target, rebind=wanted == rest)
    return f"{len(str(port)):04x}{port}" if port else ""


async def _join(client: Stream, connection: Connection, target: str) -> None:
    """Carry bytes between a client on the phone and an address of a host, until either side closes."""
    server = await connection.open(target)
    if server is None:
        return
    ways = [asyncio.ensure_future(_carry(*pair)) for pair in itertools.permutations((client, server))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        await server.close()
        connection.forget(server)


async def _carry(source: Stream, sink: Stream) -> None:
    with suppress(StreamClosed):
        while data := await source.read():
            await sink.write(data)
