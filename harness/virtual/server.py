"""Serves virtual phones to adb servers: one listening port on 127.0.0.1 for each phone.

`serve` blocks until it is told to stop. Whoever wants phones in a process of their own uses `process`.
"""

import asyncio
import math
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.virtual.adb.adbd import Connection
from harness.virtual.adb.daemon import Daemon
from harness.virtual.app.timing import read_timing
from harness.virtual.fault_file import read_faults
from harness.virtual.launcher import Zygote
from harness.virtual.profile import EngineName, PhoneProfile, invent_profile
from harness.virtual.replayed import replayed_profile
from harness.virtual.stop import Stop
from harness.virtual.system.filesystem import UMASK
from harness.virtual.system.phone import VirtualPhone

EMULATOR_PORTS = range(5554, 5586)
"""adb servers look for emulators here by themselves, and would list a phone twice."""
READ_AHEAD_BYTES = 4 << 20
LOCKED_STATES = ("unauthorized", "offline")
"""Of phones that an adb server lists, though `adb connect` to them fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """What to serve."""

    engine: EngineName = "lite"
    count: int = 1
    port: int = 0
    """First port; 0 takes free ones."""
    seed: int = 0
    timing: Path | None = None
    faults: Path | None = None
    profiles: tuple[Path | str, ...] = ()
    """Recorded phones to replay, `count` of each; none serves invented ones."""
    until_eof: bool = False
    """End when the standard input ends."""


@dataclass(frozen=True, slots=True)
class Serving:
    """Phones that can be connected to."""

    addresses: tuple[str, ...]
    engine: EngineName
    pid: int
    locked: tuple[str, ...] = ()
    """Addresses of those that let nobody in, as their profiles want it."""


def serve(settings: ServeSettings, announce: Callable[[Serving], None]) -> None:
    """Serve phones until SIGTERM, SIGINT, SIGHUP or, if wanted, the end of the standard input.

    Everything has ended and is removed when it returns. SIGHUP then reaches whoever called, as it would have
    without virtual phones.

    Args:
        settings: what to serve.
        announce: called once, in a thread of its own, when the phones can be connected to.

    Raises:
        UsageError: a port is taken, or a file is not understood.
        SetupIncomplete: the engine does not start.
    """
    _check(settings)
    os.umask(UMASK)  # files get a phone's modes, whatever the user's own umask
    stop = Stop()
    with (
        stop.noting_signals(),
        tempfile.TemporaryDirectory(prefix="elbench-phone-", ignore_cleanup_errors=True) as folder,
    ):
        asyncio.run(_serve(settings, Path(folder), announce, stop))


def _check(settings: ServeSettings) -> None:
    read_timing(settings.timing, "")
    ports = range(settings.port, settings.port + settings.count * max(1, len(settings.profiles)))
    if settings.port and any(port in EMULATOR_PORTS or port > 65535 for port in ports):
        raise UsageError(
            f"ports {ports[0]} to {ports[-1]} cannot all be used: adb takes 5554 to 5585 for emulators",
            remedy="choose others, or 0 for free ones",
            where="--port",
        )


async def _serve(
    settings: ServeSettings, folder: Path, announce: Callable[[Serving], None], stop: Stop
) -> None:
    profiles = _profiles(settings)
    all_faults = read_faults(settings.faults, count=len(profiles))
    timing = Path(shutil.copy(settings.timing, folder / "timing.toml")) if settings.timing else None
    async with AsyncExitStack() as stack:
        zygote = await stack.enter_async_context(Zygote(settings.engine, folder))
        servers = []
        for index, (profile, faults) in enumerate(zip(profiles, all_faults, strict=True)):
            phone = VirtualPhone(
                profile, folder / f"phone-{index}", zygote=zygote, faults=faults, timing=timing
            )
            server = PhoneServer(phone)
            await server.listen(settings.port + index if settings.port else 0)
            stack.push_async_callback(server.close)
            servers.append(server)
        serving = _serving(settings, profiles, [server.address for server in servers])
        await asyncio.to_thread(announce, serving)
        await stop.wait(until_eof=settings.until_eof)


def _serving(settings: ServeSettings, profiles: Sequence[PhoneProfile], addresses: Sequence[str]) -> Serving:
    locked = tuple(
        address
        for profile, address in zip(profiles, addresses, strict=True)
        if profile.state in LOCKED_STATES
    )
    return Serving(tuple(addresses), settings.engine, os.getpid(), locked)


def _profiles(settings: ServeSettings) -> list[PhoneProfile]:
    """What each phone is, in the order of their ports."""
    seed, engine = settings.seed, settings.engine
    if not settings.profiles:
        return [invent_profile(seed=seed + index, engine=engine) for index in range(settings.count)]
    phones = [wanted for wanted in settings.profiles for _ in range(settings.count)]
    return [
        replayed_profile(wanted, seed=seed, copy=phones[:index].count(wanted), engine=engine)
        for index, wanted in enumerate(phones)
    ]


class PhoneServer:
    """The listening side of one phone."""

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone
        self._daemon = Daemon(phone, self._reboot)
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._held: socket.socket | None = None
        self._return: asyncio.TimerHandle | None = None
        self.address = ""
        phone.line = self

    async def listen(self, port: int) -> None:
        """Open the port; 0 takes a free one.

        Raises:
            UsageError: the port is taken.
        """
        try:
            self._server = await asyncio.start_server(
                self._connected, "127.0.0.1", port, limit=READ_AHEAD_BYTES
            )
        except OSError as error:
            raise UsageError(
                f"port {port} cannot be used: {os.strerror(error.errno or 0)}",
                remedy="choose another with --port, or 0 for a free one",
                where="virtual phone",
            ) from error
        host, port, *_ = self._server.sockets[0].getsockname()
        self.address = f"{host}:{port}"
        self._phone.script.begin()

    async def close(self) -> None:
        """Drop all connections and the port, as a phone that is switched off."""
        self._phone.script.end()
        self._refuse()
        self.drop_connections()
        await asyncio.gather(*self._tasks)
        assert self._server
        await self._server.wait_closed()
        if self._held:
            self._held.close()

    def cut(self, for_seconds: float) -> None:
        """Drop every connection, as a pulled cable does, and refuse new ones for so long; inf is for ever."""
        self.drop_connections()
        if for_seconds > 0:
            self._refuse()
        if 0 < for_seconds < math.inf:
            self._return = asyncio.get_running_loop().call_later(for_seconds, self._accept_again)

    def _refuse(self) -> None:
        """Stop listening, and hold the port, so that nobody else gets it meanwhile."""
        assert self._server
        if self._return:
            self._return.cancel()
        self._server.close()
        if self._held is None:
            host, _, port = self.address.partition(":")
            self._held = socket.socket()
            self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._held.bind((host, int(port)))

    def _accept_again(self) -> None:
        task = asyncio.ensure_future(self._listen_again())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen_again(self) -> None:
        held, self._held = self._held, None
        self._server = await asyncio.start_server(self._connected, sock=held, limit=READ_AHEAD_BYTES)

    def drop_connections(self) -> None:
        """Drop every connection at once, as a pulled cable or a reboot does."""
        for connection in list(self._connections):
            connection.abort()

    def _reboot(self) -> None:
        self._phone.reboot()
        self.drop_connections()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = self._daemon.connection(reader, writer, on_traffic=self._phone.script.hear_bytes)
        self._connections.add(connection)
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(ConnectionError):
            await connection.run()
        self._connections.discard(connection)
