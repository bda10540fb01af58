"""The services that adbd offers, by the name in an OPEN. What is not here is refused, as a phone refuses it.

Source: daemon/services.cpp and services.cpp in packages/modules/adb (AOSP), whose words are used.
"""

import asyncio
import re
from collections.abc import Callable
from functools import partial

from harness.virtual.adb import shells
from harness.virtual.adb.adbd import Service, Stream
from harness.virtual.adb.sockets import Sockets, serve_reverse
from harness.virtual.adb.sync import serve_sync
from harness.virtual.system.phone import VirtualPhone

NOT_ROOT = 'Not running as root. Try "adb root" first.\n'
VERITY = "verity cannot be disabled/enabled - USER build\n"
PLAIN_ANSWERS = {
    "root": "adbd cannot run as root in production builds\n",
    "unroot": "adbd not running as root\n",
    "remount": NOT_ROOT,
    "disable-verity": VERITY,
    "enable-verity": VERITY,
    "usb": "restarting in USB mode\n",
    "jdwp": "",
}
"""`jdwp`: no app of a phone that can be bought lets itself be debugged."""
TRACKERS = ("track-jdwp", "track-app")
MOST_BYTES = 1 << 40


def route(
    phone: VirtualPhone, sockets: Sockets, reboot: Callable[[], None], features: frozenset[str], name: str
) -> Service | None:
    """What serves a name; None refuses it."""
    kind, _, rest = name.partition(":")
    if kind.partition(",")[0] == "shell":
        return shells.route_shell(phone, features, kind, rest)
    if kind in PLAIN_ANSWERS and not rest:
        return partial(_say, PLAIN_ANSWERS[kind])
    if kind in TRACKERS:
        return _track_nothing
    services: dict[str, Service] = {
        "exec": partial(shells.serve_raw, phone, rest),
        "sync": partial(serve_sync, phone.files, features),
        "reverse": partial(serve_reverse, sockets, rest),
        "reboot": partial(_reboot, reboot),
        "tcpip": partial(_say, _tcp_mode(rest)),
        "sink": partial(_sink, rest),
        "source": partial(_source, rest),
    }
    if {"abb", "abb_exec"} & {kind} & features:
        services |= {
            "abb_exec": partial(shells.serve_direct, phone, rest),
            "abb": partial(shells.serve_direct_v2, phone, rest),
        }
    return services.get(kind) or sockets.find(name)


async def _say(text: str, stream: Stream) -> None:
    await stream.write(text.encode())


def _tcp_mode(port: str) -> str:
    is_port = port.isdecimal() and 0 < int(port) < 65536
    return f"restarting in TCP mode port: {int(port)}\n" if is_port else f"invalid port {port}\n"


async def _track_nothing(stream: Stream) -> None:
    """An empty list of processes, which never changes."""
    await stream.write(b"0000")
    while await stream.read():
        pass


async def _reboot(reboot: Callable[[], None], stream: Stream) -> None:
    await stream.close()
    asyncio.get_running_loop().call_soon(reboot)


async def _sink(count: str, stream: Stream) -> None:
    """Take so many bytes, or all that come."""
    left = _count(count)
    while left > 0 and (data := await stream.read()):
        left -= len(data)


async def _source(count: str, stream: Stream) -> None:
    """Give so many zeros."""
    left = _count(count)
    while left > 0:
        piece = bytes(min(left, 1 << 20))
        await stream.write(piece)
        left -= len(piece)


def _count(text: str) -> int:
    return min(int(text), MOST_BYTES) if re.fullmatch(r"\d{1,15}", text) else MOST_BYTES
