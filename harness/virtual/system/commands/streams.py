"""Commands that make, pass on and pick lines: `echo`, `printf`, `seq`, `grep`, `tee`, `xargs` and more."""

import re
import shlex

from harness.virtual.system.commands.call import Call, Command
from harness.virtual.system.commands.options import split_options
from harness.virtual.system.commands.text import basic_pattern, input_of

MOST_NUMBERS = 100_000
WORDS_A_CALL = 1000


async def echo(call: Call) -> int:
    """Print the arguments; `-n` without the line's end, `-e` with escapes."""
    words = call.arguments
    end, escapes = "\n", False
    while words and words[0] in ("-n", "-e", "-E", "-ne", "-en"):
        end = "" if "n" in words[0] else end
        escapes = "e" in words[0] or escapes
        words = words[1:]
    text = " ".join(words)
    call.write(((_unescape(text) if escapes else text) + end).encode(errors="surrogateescape"))
    return 0


def _unescape(text: str) -> str:
    known = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "e": "\x1b", "0": "\0"}
    return re.sub(r"\\(.)", lambda found: known.get(found[1], found[0]), text, flags=re.DOTALL)


async def printf(call: Call) -> int:
    """`%s`, `%d`, `%i`, `%x`, `%%` and `%b`, with widths, over and over while there are arguments."""
    if not call.arguments:
        return call.complain('printf: Needs 1 argument (see "printf --help")')
    form, *rest = call.arguments
    form = _unescape(form)
    status = 0
    while True:
        before = len(rest)
        text, rest, is_right = _filled(form, rest)
        status |= int(not is_right)
        call.write(text.encode(errors="surrogateescape"))
        if not rest or len(rest) == before:
            return status


def _filled(form: str, arguments: list[str]) -> tuple[str, list[str], bool]:
    left, is_right = list(arguments), True

    def fill(found: "re.Match[str]") -> str:
        nonlocal is_right
        flags, kind = found[1], found[2]
        if kind == "%":
            return "%"
        value = left.pop(0) if left else ""
        if kind in "sb":
            return f"%{flags}s" % (_unescape(value) if kind == "b" else value)
        is_number = bool(re.fullmatch(r"-?\d{1,18}", value)) or not value
        is_right = is_right and is_number
        return f"%{flags}{'d' if kind == 'u' else kind}" % (int(value) if is_number and value else 0)

    return re.sub(r"%(-?0?\d{0,3})([sbdiux%])", fill, form), left, is_right


async def seq(call: Call) -> int:
    """Whole numbers from the first to the last."""
    words = call.arguments
    if not words or not all(re.fullmatch(r"-?\d{1,9}", word) for word in words) or len(words) > 3:
        return call.complain('seq: Needs 1 argument (see "seq --help")')
    numbers = [int(word) for word in words]
    first, step, last = {1: (1, 1, numbers[0]), 2: (numbers[0], 1, numbers[-1])}.get(
        len(numbers), (numbers[0], numbers[len(numbers) // 2], numbers[-1])
    )
    span = range(first, last + (1 if step > 0 else -1), step) if step else range(0)
    for number in span[:MOST_NUMBERS]:
        call.print(str(number))
    return 0


async def grep(call: Call) -> int:
    """Lines that match a pattern, from files or the standard input."""
    options, operands = split_options(call, "EFivcqlnoswxhHrL", "emABC")
    if "e" not in options and not operands:
        return call.complain('grep: No REGEX (see "grep --help")', 2)
    pattern = options.get("e") or (operands.pop(0) if "e" not in options else "")
    try:
        expression = _expression(pattern, options)
    except re.error as error:
        return call.complain(f"grep: bad REGEX '{pattern}': {error}", 2)
    has_found = False
    for path in operands or ["-"]:
        try:
            text = await input_of(call, [] if path == "-" else [path])
        except OSError as error:
            if "s" not in options:
                call.complain(f"grep: {path}: {error.strerror}")
            continue
        title = f"{path}:" if (len(operands) > 1 or "H" in options) and "h" not in options else ""
        has_found |= _pick(call, text, expression, options, title, path)
    return 0 if has_found else 1


def _expression(pattern: str, options: dict[str, str]) -> "re.Pattern[str]":
    if "F" in options:
        pattern = re.escape(pattern)
    elif "E" not in options:
        pattern = basic_pattern(pattern)
    if "w" in options:
        pattern = rf"(?<!\w)(?:{pattern})(?!\w)"
    if "x" in options:
        pattern = rf"^(?:{pattern})$"
    return re.compile(pattern, re.IGNORECASE if "i" in options else 0)


def _pick(
    call: Call, text: str, expression: "re.Pattern[str]", options: dict[str, str], title: str, path: str
) -> bool:
    """Show what was found in one file; whether it was anything."""
    found = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if bool(expression.search(line)) != ("v" in options)
    ]
    if options.get("m", "").isdecimal():
        found = found[: int(options["m"])]
    if "l" in options and found:
        call.print(path)
    elif "c" in options:
        call.print(f"{title}{len(found)}")
    elif not {"q", "l"} & options.keys():
        for number, line in found:
            lead = title + (f"{number}:" if "n" in options else "")
            parts = [m[0] for m in expression.finditer(line) if m[0]] if "o" in options else [line]
            for part in parts:
                call.print(lead + part)
    return bool(found)


async def head(call: Call) -> int:
    """The first lines, 10 unless `-n` says otherwise, or bytes with `-c`."""
    unit, count, paths = _count(call)
    text = await input_of(call, paths)
    parts = text.splitlines(keepends=True) if unit == "n" else text
    call.write("".join(parts[: max(count, 0)]).encode(errors="surrogateescape"))
    return 0


async def tail(call: Call) -> int:
    """The last lines, 10 unless `-n` says otherwise (`-n +N`: from line N on), or bytes with `-c`."""
    unit, count, paths = _count(call)
    text = await input_of(call, paths)
    parts = text.splitlines(keepends=True) if unit == "n" else text
    start = -count - 1 if count < 0 else max(len(parts) - count, 0)
    call.write("".join(parts[start:]).encode(errors="surrogateescape"))
    return 0


def _count(call: Call) -> tuple[str, int, list[str]]:
    """Unit, how many (below 0: from the line of that number on), and the files."""
    arguments = call.arguments
    if arguments and re.fullmatch(r"-\d{1,9}", arguments[0]):
        return "n", int(arguments[0][1:]), arguments[1:]
    options, paths = split_options(call, "fqvs", "nc")
    unit = "c" if "c" in options else "n"
    found = re.fullmatch(r"([+-]?)(\d{1,9})", options.get(unit, "10"))
    count = int(found[2]) if found else 10
    return unit, -count if found and found[1] == "+" else count, paths


async def wc(call: Call) -> int:
    """Lines, words and bytes of each file; `-l`, `-w`, `-c` alone."""
    options, paths = split_options(call, "lwcm")
    for path in paths or [""]:
        text = await input_of(call, [path] if path else [])
        counts = {
            "l": text.count("\n"),
            "w": len(text.split()),
            "c": len(text.encode(errors="surrogateescape")),
        }
        wanted = [str(counts[name]) for name in counts if name in options or not options]
        call.print(" ".join([*wanted, path] if path else wanted))
    return 0


async def tee(call: Call) -> int:
    """The standard input to the output and to files; `-a` behind what they hold."""
    options, paths = split_options(call, "ai")
    content = await call.read_stdin()
    call.write(content)
    for path in paths:
        call.phone.files.write(path, content, append="a" in options)
    return 0


async def xargs(call: Call) -> int:
    """A command with the words of the standard input behind it; `-n N` at most N at a time, `-0`, `-r`."""
    from harness.virtual.system.commands import run  # the registry holds this command

    options: dict[str, str] = {}
    at = 0
    while at < len(call.arguments) and call.arguments[at].startswith("-"):
        one, _ = split_options(call, "0rtp", "ns", arguments=call.arguments[at : at + 2])
        options |= one
        at += 2 if call.arguments[at] in ("-n", "-s") else 1
    command = call.arguments[at:] or ["echo"]
    text = (await call.read_stdin()).decode(errors="surrogateescape")
    try:
        words = [word for word in text.split("\0") if word] if "0" in options else shlex.split(text)
    except ValueError:
        return call.complain("xargs: Unterminated quote")
    size = int(options["n"]) if options.get("n", "").isdecimal() and int(options["n"]) else WORDS_A_CALL
    groups = [words[start : start + size] for start in range(0, len(words), size)]
    status = 0
    await call.flush()
    for group in groups or ([] if "r" in options else [[]]):
        one_call = Call(call.phone, [*command, *group], _nothing, call.stdout, call.stderr)
        status |= int(await run(one_call) != 0) * 123
    return status


async def _nothing() -> bytes:
    return b""


COMMANDS: dict[str, Command] = {
    "echo": echo,
    "egrep": lambda call: grep(_with_option(call, "-E")),
    "fgrep": lambda call: grep(_with_option(call, "-F")),
    "grep": grep,
    "head": head,
    "printf": printf,
    "seq": seq,
    "tail": tail,
    "tee": tee,
    "wc": wc,
    "xargs": xargs,
}


def _with_option(call: Call, option: str) -> Call:
    call.argv = [call.argv[0], option, *call.arguments]
    return call
