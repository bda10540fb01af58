"""adbd of one phone, for as long as it is on: what outlives a connection, and how connections begin."""

import asyncio
from collections.abc import Callable
from functools import partial

from harness.virtual.adb.adbd import Connection, Service, Stream
from harness.virtual.adb.auth import Gate, KeyRing
from harness.virtual.adb.dialect import banner, dialect_of
from harness.virtual.adb.services import route
from harness.virtual.adb.sockets import Sockets
from harness.virtual.system.phone import VirtualPhone

GREETING_STATES = ("device", "recovery", "rescue", "sideload", "bootloader")
"""What a banner can begin with; `offline` never greets, `unauthorized` never lets anybody in."""


class Daemon:
    """One phone's adbd.

    Args:
        phone: whose.
        reboot: drops all connections and starts the phone anew.
        asks_user: whether a host needs a key that the phone's user accepts, as this one at once does.
    """

    def __init__(self, phone: VirtualPhone, reboot: Callable[[], None], *, asks_user: bool = False) -> None:
        profile = phone.profile
        self._phone = phone
        self._reboot = reboot
        self._state: str = profile.state
        self._dialect = dialect_of(profile.protocol, profile.features)
        self._sockets = Sockets()
        is_locked = profile.state == "unauthorized"
        self._keys = KeyRing(accepts=not is_locked) if is_locked or asks_user else None

    def connection(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        on_traffic: Callable[[int], None],
    ) -> Connection:
        """A connection that an adb server has just made; its `run` serves it."""
        return Connection(
            reader,
            writer,
            banner=self._banner(),
            route=self._route,
            on_traffic=on_traffic,
            dialect=self._dialect,
            gate=Gate(self._keys) if self._keys else None,
        )

    def _route(self, name: str) -> Service | None:
        """What serves a name, as late as the phone answers now."""
        self._phone.script.hear_service(name)
        service = route(self._phone, self._sockets, self._reboot, self._dialect.features, name)
        return partial(_serve_late, self._phone.delay_seconds, service) if service else None

    def _banner(self) -> bytes | None:
        if self._state == "offline":
            return None
        state = self._state if self._state in GREETING_STATES else "device"
        return banner(state, self._phone.properties, self._dialect.features)


async def _serve_late(delay_seconds: float, service: Service, stream: Stream) -> None:
    if delay_seconds:
        await asyncio.sleep(delay_seconds)
    await service(stream)
