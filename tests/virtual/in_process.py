"""A virtual phone's adbd in the tests' own process, whose connections and tasks can be looked at."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from harness.virtual.adb.adbd import Connection
from harness.virtual.adb.daemon import Daemon
from harness.virtual.faults import Faults
from harness.virtual.launcher import Zygote
from harness.virtual.profile import PhoneProfile, invent_profile
from harness.virtual.system.phone import VirtualPhone

Answer = TypeVar("Answer")


@dataclass
class PhoneHere:
    """A phone that listens on a port of this process."""

    phone: VirtualPhone
    address: str
    port: int
    loop: asyncio.AbstractEventLoop
    connections: list[Connection]
    problems: list[str]
    """Errors that nothing in the phone caught."""

    def call(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Run something in the phone's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def tasks(self) -> int:
        """How many tasks live in the phone's loop, beside the one that asks."""

        async def count() -> int:
            return len(asyncio.all_tasks()) - 1

        return self.call(count())


def invented(**changes: Any) -> PhoneProfile:
    """The invented phone, changed."""
    return replace(invent_profile(seed=3, engine="modelled"), **changes)


@contextmanager
def phone_here(folder: Path, profile: PhoneProfile, *, asks_user: bool = False) -> Iterator[PhoneHere]:
    """Serve a phone for as long as the block lasts; it can launch nothing."""
    ready = threading.Event()
    found: list[PhoneHere] = []
    stop: list[Callable[[], object]] = []

    async def serve() -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        problems: list[str] = []
        loop.set_exception_handler(lambda _, context: problems.append(repr(context)))
        nothing_happens, no_apps = Faults(), cast(Zygote, None)
        phone = VirtualPhone(profile, folder / "phone", zygote=no_apps, faults=nothing_happens, timing=None)
        daemon = Daemon(phone, lambda: None, asks_user=asks_user)
        connections: list[Connection] = []

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = daemon.connection(reader, writer, on_traffic=lambda _: None)
            connections.append(connection)
            await connection.run()
            connections.remove(connection)

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        found.append(PhoneHere(phone, f"127.0.0.1:{port}", port, loop, connections, problems))
        stop.append(lambda: loop.call_soon_threadsafe(ended.set))
        ready.set()
        await ended.wait()
        server.close()
        for connection in list(connections):
            connection.abort()
        while connections:
            await asyncio.sleep(0.01)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(20), "the phone does not start"
    try:
        yield found[0]
    finally:
        stop[0]()
        thread.join(20)
