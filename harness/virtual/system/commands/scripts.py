"""`sh`: another shell, for a command line, a file, or what comes on the standard input."""

from contextvars import ContextVar

from harness.virtual.system.commands.call import Call, Command

DEEPEST = 16
"""Shells in shells: more than any script has, and far less than Python's stack allows."""
_depth: ContextVar[int] = ContextVar("shells around this one", default=0)


async def sh(call: Call) -> int:
    """`sh -c LINE`, `sh FILE`, or a script on the standard input."""
    from harness.virtual.system.shell import Shell  # the shell runs the registry that holds this command

    if _depth.get() >= DEEPEST:
        return call.complain("/system/bin/sh: can't fork - try again", 126)
    match [word for word in call.arguments if word not in ("-e", "-x", "-l")]:
        case ["-c", line, *_]:
            script = line
        case [path, *_] if not path.startswith("-"):
            script = call.phone.files.read(path).decode(errors="surrogateescape")
        case _:
            script = (await call.read_stdin()).decode(errors="surrogateescape")
    token = _depth.set(_depth.get() + 1)
    try:
        return await Shell(call.phone, call.stdin, call.stdout, call.stderr).run(script)
    finally:
        _depth.reset(token)


COMMANDS: dict[str, Command] = {"sh": sh}
