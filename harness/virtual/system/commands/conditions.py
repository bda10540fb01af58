"""What shell scripts ask and wait with: `test`, `[`, `true`, `false`, `sleep`."""

import asyncio

from harness.virtual.system.commands.call import Call, Command


async def true(_call: Call) -> int:
    """Success."""
    return 0


async def false(_call: Call) -> int:
    """Failure."""
    return 1


async def sleep(call: Call) -> int:
    """Wait some seconds."""
    try:
        await asyncio.sleep(float(call.operands[0]))
    except (IndexError, ValueError):
        return call.complain("sleep: bad time")
    return 0


async def test(call: Call) -> int:
    """`-e`, `-f`, `-d`, `-n`, `-z`, `=`, `!=`."""
    words = [word for word in call.arguments if word != "]"]
    files = call.phone.files
    match words:
        case ["!", *rest]:
            return 1 - await test(Call(call.phone, ["test", *rest], call.stdin, call.stdout, call.stderr))
        case ["-e", path]:
            holds = files.exists(path)
        case ["-d", path]:
            holds = files.is_dir(path)
        case ["-f", path]:
            holds = files.exists(path) and not files.is_dir(path)
        case ["-n", text] | [text]:
            holds = bool(text)
        case ["-z", text]:
            holds = not text
        case [left, "=" | "==", right]:
            holds = left == right
        case [left, "!=", right]:
            holds = left != right
        case _:
            return call.complain(f"test: unknown operand {' '.join(words)}", 2)
    return 0 if holds else 1


COMMANDS: dict[str, Command] = {
    "test": test,
    "[": test,
    "true": true,
    ":": true,
    "false": false,
    "sleep": sleep,
}
