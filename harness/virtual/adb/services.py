"""The services that adbd offers, by the name in an OPEN: shells, direct commands, file transfer, reboot.

What is not here is refused, as a phone refuses it.
"""

import asyncio
from collections.abc import Callable

from harness.virtual.adb.adbd import Service, Stream
from harness.virtual.adb.shell_packets import ShellPackets
from harness.virtual.adb.sync import serve_sync
from harness.virtual.system import commands
from harness.virtual.system.commands.call import Call
from harness.virtual.system.phone import VirtualPhone
from harness.virtual.system.shell import Shell

PLAIN_ANSWERS = {
    "root": "adbd cannot run as root in production builds\n",
    "unroot": "adbd not running as root\n",
    "remount": "remount failed: Permission denied\n",
}


def route(phone: VirtualPhone, reboot: Callable[[], None], name: str) -> Service | None:
    """What serves a name; None refuses it."""
    kind, _, rest = name.partition(":")
    kind, *options = kind.split(",")
    if kind == "shell" and "v2" in options:
        return lambda stream: _shell_v2(phone, rest, stream)
    if kind == "shell":
        return lambda stream: _raw_shell(phone, rest, stream)
    routes: dict[str, Service] = {
        "exec": lambda stream: _raw_shell(phone, rest, stream),
        "abb_exec": lambda stream: _direct_command(phone, rest, stream),
        "sync": lambda stream: serve_sync(phone.files, stream),
        "reboot": lambda stream: _reboot(reboot, stream),
    }
    if kind in PLAIN_ANSWERS:
        return lambda stream: stream.write(PLAIN_ANSWERS[kind].encode())
    return routes.get(kind)


async def _shell_v2(phone: VirtualPhone, line: str, stream: Stream) -> None:
    packets = ShellPackets(stream)
    shell = Shell(phone, packets.read_stdin, packets.write_stdout, packets.write_stderr)
    await packets.write_exit(await _run(shell, line))


async def _raw_shell(phone: VirtualPhone, line: str, stream: Stream) -> None:
    """Both outputs in one, and no exit status: the protocol before Android 7."""
    await _run(Shell(phone, stream.read, stream.write, stream.write), line)


async def _run(shell: Shell, line: str) -> int:
    """One command line, or, without one, every line of the standard input."""
    if line:
        return await shell.run(line)
    script = bytearray()
    while data := await shell.stdin():
        script += data
        *lines, rest = bytes(script).replace(b"\r", b"\n").split(b"\n")
        script = bytearray(rest)
        for one in lines:
            await shell.run(one.decode(errors="surrogateescape"))
    return await shell.run(script.decode(errors="surrogateescape"))


async def _direct_command(phone: VirtualPhone, arguments: str, stream: Stream) -> None:
    """`cmd` without a shell; the arguments are separated by NUL."""
    call = Call(phone, ["cmd", *arguments.split("\0")], stream.read, stream.write, stream.write)
    await commands.run(call)


async def _reboot(reboot: Callable[[], None], stream: Stream) -> None:
    await stream.close()
    asyncio.get_running_loop().call_soon(reboot)
