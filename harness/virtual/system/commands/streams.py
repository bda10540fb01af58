"""Small commands on text: `echo`, `grep`, `head`, `tail`, `wc`."""

import re

from harness.virtual.system.commands.call import Call, Command


async def echo(call: Call) -> int:
    """Print the arguments; `-n` without the line's end."""
    words = call.arguments
    end = "\n"
    if words[:1] == ["-n"]:
        words, end = words[1:], ""
    call.write((" ".join(words) + end).encode(errors="surrogateescape"))
    return 0


async def grep(call: Call) -> int:
    """Lines that match a pattern, from files or the standard input."""
    if not call.operands:
        return call.complain('grep: No REGEX (see "grep --help")', 2)
    pattern, *paths = call.operands
    flags = re.IGNORECASE if call.has_option("-i") else 0
    try:
        expression = re.compile(re.escape(pattern) if call.has_option("-F") else pattern, flags)
    except re.error as error:
        return call.complain(f"grep: bad REGEX '{pattern}': {error}", 2)
    found = [
        line
        for line in (await _input(call, paths)).splitlines()
        if bool(expression.search(line)) != call.has_option("-v")
    ]
    if call.has_option("-c"):
        call.print(str(len(found)))
    elif not call.has_option("-q"):
        call.write("".join(f"{line}\n" for line in found).encode(errors="surrogateescape"))
    return 0 if found else 1


async def head(call: Call) -> int:
    """The first lines, 10 unless `-n` says otherwise."""
    count, paths = _line_count(call)
    lines = (await _input(call, paths)).splitlines(keepends=True)
    call.write("".join(lines[:count]).encode(errors="surrogateescape"))
    return 0


async def tail(call: Call) -> int:
    """The last lines, 10 unless `-n` says otherwise."""
    count, paths = _line_count(call)
    lines = (await _input(call, paths)).splitlines(keepends=True)
    call.write("".join(lines[-count:] if count else []).encode(errors="surrogateescape"))
    return 0


async def wc(call: Call) -> int:
    """Lines, words and bytes; `-l` and `-c` alone."""
    text = await _input(call, call.operands)
    counts = {
        "-l": text.count("\n"),
        "-w": len(text.split()),
        "-c": len(text.encode(errors="surrogateescape")),
    }
    wanted = [name for name in counts if call.has_option(name)] or list(counts)
    call.print(" ".join(str(counts[name]) for name in wanted))
    return 0


def _line_count(call: Call) -> tuple[int, list[str]]:
    arguments = call.arguments
    if arguments[:1] == ["-n"] and arguments[1:] and arguments[1].isdecimal():
        return int(arguments[1]), arguments[2:]
    if arguments and re.fullmatch(r"-\d+", arguments[0]):
        return int(arguments[0][1:]), arguments[1:]
    return 10, call.operands


async def _input(call: Call, paths: list[str]) -> str:
    content = b"".join(call.phone.files.read(path) for path in paths) if paths else await call.read_stdin()
    return content.decode(errors="surrogateescape")


COMMANDS: dict[str, Command] = {
    "echo": echo,
    "grep": grep,
    "head": head,
    "tail": tail,
    "wc": wc,
}
