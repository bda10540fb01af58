"""Shells and single commands as services: raw, through a terminal, and in the packets of shell v2.

Before Android 7 every `shell:` has a terminal between, so that its lines end in CR LF.
Source: daemon/shell_service.cpp in packages/modules/adb (AOSP).
"""

from collections.abc import Awaitable, Callable
from functools import partial

from harness.virtual.adb.adbd import Service, Stream
from harness.virtual.adb.shell_packets import ShellPackets
from harness.virtual.adb.terminal import Terminal
from harness.virtual.system import commands
from harness.virtual.system.commands.call import Call, Sink
from harness.virtual.system.phone import VirtualPhone
from harness.virtual.system.shell import Shell

SHELL_V2 = "shell_v2"


def route_shell(phone: VirtualPhone, features: frozenset[str], kind: str, line: str) -> Service | None:
    """What serves `shell,OPTIONS:LINE`; options that adbd does not know are for later versions."""
    _, *options = kind.split(",")
    has_terminal = not line
    for option in options:
        has_terminal = {"raw": False, "pty": True}.get(option, has_terminal)
    if SHELL_V2 not in features:
        return partial(_serve_terminal, phone, line) if not options else None
    if "v2" in options:
        return partial(_serve_v2_terminal if has_terminal else _serve_v2, phone, line)
    return partial(_serve_terminal if has_terminal else serve_raw, phone, line)


async def serve_raw(phone: VirtualPhone, line: str, stream: Stream) -> None:
    """Both outputs in one, byte for byte, and no exit status."""
    await _run(Shell(phone, stream.read, stream.write, stream.write, is_gone=stream.closed.is_set), line)


async def serve_direct(phone: VirtualPhone, arguments: str, stream: Stream) -> None:
    """`cmd` without a shell; the arguments are separated by NUL."""
    call = Call(phone, ["cmd", *arguments.split("\0")], stream.read, stream.write, stream.write)
    await commands.run(call)


async def serve_direct_v2(phone: VirtualPhone, arguments: str, stream: Stream) -> None:
    """The same in packets, with an exit status."""
    packets = ShellPackets(stream)
    argv = ["cmd", *arguments.split("\0")]
    call = Call(phone, argv, packets.read_stdin, packets.write_stdout, packets.write_stderr)
    await packets.write_exit(await commands.run(call))


async def _serve_v2(phone: VirtualPhone, line: str, stream: Stream) -> None:
    packets = ShellPackets(stream)
    shell = Shell(
        phone,
        packets.read_stdin,
        packets.write_stdout,
        packets.write_stderr,
        is_gone=stream.closed.is_set,
    )
    await packets.write_exit(await _run(shell, line))


async def _serve_v2_terminal(phone: VirtualPhone, line: str, stream: Stream) -> None:
    packets = ShellPackets(stream)
    await packets.write_exit(
        await _run_on_terminal(phone, line, packets.read_stdin, packets.write_stdout, stream.closed.is_set)
    )


async def _serve_terminal(phone: VirtualPhone, line: str, stream: Stream) -> None:
    await _run_on_terminal(phone, line, stream.read, stream.write, stream.closed.is_set)


async def _run_on_terminal(
    phone: VirtualPhone,
    line: str,
    read: Callable[[], Awaitable[bytes]],
    write: Sink,
    is_gone: Callable[[], bool],
) -> int:
    terminal = Terminal(read, write)
    shell = Shell(phone, terminal.read, terminal.write, terminal.write, is_gone=is_gone)
    if line:
        return await shell.run(line)
    prompt = f"{phone.properties.get('ro.product.device', 'generic')}:/ $ "
    while (typed := await terminal.ask(prompt)) is not None:
        await shell.run(typed)
        if typed.split()[:1] == ["exit"]:
            break
    return shell.status


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
