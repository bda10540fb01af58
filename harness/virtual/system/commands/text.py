"""Commands on lines of text: `sort`, `uniq`, `cut`, `tr`, `sed`, as far as scripts for phones use them."""

import re
from itertools import groupby

from harness.virtual.system.commands.call import Call, Command
from harness.virtual.system.commands.options import split_options

MOST_FIELDS = 10_000
ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\\\": "\\", "\\0": "\0"}
CLASSES = {
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:digit:]": "0-9",
    "[:alpha:]": "A-Za-z",
    "[:alnum:]": "A-Za-z0-9",
    "[:space:]": " \t\n\r",
}


async def input_of(call: Call, paths: list[str]) -> str:
    """The text of files one after another, or of the standard input."""
    content = b"".join(call.phone.files.read(path) for path in paths) if paths else await call.read_stdin()
    return content.decode(errors="surrogateescape")


async def sort(call: Call) -> int:
    """Lines in order; `-n` by number, `-r` the other way, `-u` each once, `-k N` by a field (`-t C`)."""
    options, paths = split_options(call, "nrubfs", "kt")
    lines = (await input_of(call, paths)).splitlines()
    field = int(found[0]) if (found := re.match(r"\d{1,4}", options.get("k", ""))) else 0

    def key(line: str) -> tuple[float, str]:
        parts = line.split(options.get("t") or None)
        text = line if not field else parts[field - 1] if field <= len(parts) else ""
        text = text.lower() if "f" in options else text
        number = re.match(r"\s*(-?\d{1,18}(?:\.\d{1,18})?)", text) if "n" in options else None
        return (float(number[1]) if number else 0.0, "" if "n" in options else text)

    ordered = sorted(lines, key=lambda line: (key(line), line), reverse="r" in options)
    for _, same in groupby(ordered, key) if "u" in options else ((None, [line]) for line in ordered):
        call.print(next(iter(same)))
    return 0


async def uniq(call: Call) -> int:
    """Neighbouring lines that are the same, once; `-c` how often, `-d` only repeated ones, `-u` others."""
    options, paths = split_options(call, "cdui")
    for line, same in groupby((await input_of(call, paths)).splitlines()):
        count = len(list(same))
        if ("d" in options and count < 2) or ("u" in options and count > 1):
            continue
        call.print(f"{count:>7} {line}" if "c" in options else line)
    return 0


async def cut(call: Call) -> int:
    """Parts of lines: `-f LIST` fields, `-d C` their sign, `-c LIST` characters, `-s` only with the sign."""
    options, paths = split_options(call, "sn", "fdcb")
    wanted = options.get("f") or options.get("c") or options.get("b")
    places = _places(wanted or "")
    if places is None:
        return call.complain('cut: Needs -fFcCb (see "cut --help")')
    sign = options.get("d") or "\t"
    for line in (await input_of(call, paths)).splitlines():
        if "f" not in options:
            call.print("".join(line[n] for n in places if n < len(line)))
        elif sign in line:
            parts = line.split(sign)
            call.print(sign.join(parts[n] for n in places if n < len(parts)))
        elif "s" not in options:
            call.print(line)
    return 0


def _places(text: str) -> list[int] | None:
    """Numbers from 0 of a list as `1,3-5,7-`; None if it is none."""
    places: set[int] = set()
    for part in text.split(","):
        found = re.fullmatch(r"(\d{1,5})?(-)?(\d{1,5})?", part)
        if not found or not (found[1] or found[3]):
            return None
        first = int(found[1] or 1)
        last = int(found[3] or MOST_FIELDS) if found[2] else first
        places |= set(range(max(first, 1) - 1, min(last, MOST_FIELDS)))
    return sorted(places)


async def tr(call: Call) -> int:
    """Characters for others; `-d` removes them, `-s` leaves one of several."""
    options, sets = split_options(call, "dscCt")
    if not sets:
        return call.complain('tr: Needs 1 argument (see "tr --help")')
    text = (await call.read_stdin()).decode(errors="surrogateescape")
    first = _characters(sets[0])
    if {"c", "C"} & options.keys():
        first = "".join(sorted(set(text) - set(first)))
    if "d" in options:
        text = text.translate({ord(character): None for character in first})
    elif sets[1:]:
        second = _characters(sets[1]) or " "
        text = text.translate(str.maketrans(first, second[: len(first)].ljust(len(first), second[-1])))
    if "s" in options:
        squeezed = re.escape(_characters(sets[-1]))
        text = re.sub(f"([{squeezed}])\\1+", r"\1", text) if squeezed else text
    call.write(text.encode(errors="surrogateescape"))
    return 0


def _characters(text: str) -> str:
    for name, span in {**CLASSES, **ESCAPES}.items():
        text = text.replace(name, span)
    return re.sub(
        r"(.)-(.)",
        lambda span: "".join(map(chr, range(ord(span[1]), min(ord(span[2]), 255) + 1))),
        text,
        flags=re.DOTALL,
    )


async def sed(call: Call) -> int:
    """Lines changed by `s/…/…/[gip]`, chosen by `Np`, `N,Mp`, `/…/p`, or removed by `d`; `-n`, `-e`, `-E`."""
    options, operands = split_options(call, "nEriz", "e")
    if not operands and "e" not in options:
        return call.complain('sed: Needs 1 argument (see "sed --help")')
    script = options.get("e") or operands.pop(0)
    try:
        steps = [_step(one, extended=bool({"E", "r"} & options.keys())) for one in _steps(script)]
    except (ValueError, re.error) as problem:
        return call.complain(f"sed: bad pattern '{script}' ({problem})")
    for number, line in enumerate((await input_of(call, operands)).splitlines(), 1):
        shown: str | None = line
        for step in steps:
            shown = step(call, number, shown) if shown is not None else None
        if shown is not None and "n" not in options:
            call.print(shown)
    return 0


def _steps(script: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;\n](?=\s*(?:s\W|\d|/|\$|d))", script) if part.strip()]


class _Step:
    """One command of sed, with the lines that it is for."""

    def __init__(
        self, first: str, last: str, action: str, pattern: "re.Pattern[str] | None", new: str
    ) -> None:
        self._first, self._last, self._action = first, last, action
        self._pattern, self._new = pattern, new

    def __call__(self, call: Call, number: int, line: str) -> str | None:
        if not self._is_for(number, line):
            return line
        if self._action == "d":
            return None
        if self._action == "p":
            call.print(line)
            return line
        assert self._pattern
        changed, times = self._pattern.subn(self._new, line, count=0 if "g" in self._action else 1)
        if times and "p" in self._action:
            call.print(changed)
        return changed

    def _is_for(self, number: int, line: str) -> bool:
        if self._first.startswith("/"):
            return bool(re.search(self._first[1:-1], line))
        if not self._first.isdecimal():
            return True
        last = (
            int(self._last) if self._last.isdecimal() else number if self._last == "$" else int(self._first)
        )
        return int(self._first) <= number <= last


def _step(text: str, *, extended: bool) -> _Step:
    found = re.fullmatch(r"(\d{1,9}|/(?:[^/\\]|\\.)+/)?(?:,(\d{1,9}|\$))?\s*(.*)", text, re.DOTALL)
    assert found
    first, last, command = found[1] or "", found[2] or "", found[3]
    if command in ("p", "d"):
        return _Step(first, last, command, None, "")
    sign = re.escape(command[1:2])
    parts = re.fullmatch(
        rf"s{sign}((?:[^\\]|\\.)*?){sign}((?:[^\\]|\\.)*?){sign}([gip]*)", command, re.DOTALL
    )
    if not sign or not parts:
        raise ValueError("unknown command")
    pattern = parts[1] if extended else basic_pattern(parts[1])
    new = re.sub(r"(?<!\\)&", r"\\g<0>", parts[2].replace("\\&", "&"))
    return _Step(
        first, last, "s" + parts[3], re.compile(pattern, re.IGNORECASE if "i" in parts[3] else 0), new
    )


def basic_pattern(pattern: str) -> str:
    """A basic regular expression as Python has it: there `( ) { } + ? |` mean themselves without `\\`."""
    swapped = re.sub(r"\\([(){}+?|])|([(){}+?|])", lambda m: m[1] or f"\\{m[2]}", pattern)
    for name, span in CLASSES.items():
        swapped = swapped.replace(name, span)
    return swapped


COMMANDS: dict[str, Command] = {"cut": cut, "sed": sed, "sort": sort, "tr": tr, "uniq": uniq}
