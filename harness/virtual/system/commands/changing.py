"""Changing files: `mkdir`, `rm`, `mv`, `cp`, `ln`, `touch`, `chmod`, `truncate`, with toybox's messages."""

import os
import re
from datetime import UTC, datetime
from pathlib import PurePosixPath

from harness.virtual.system.commands.call import Call, Command, for_each
from harness.virtual.system.commands.options import split_options

DEEPEST = 64


async def mkdir(call: Call) -> int:
    """Make folders; `-p` with those above, `-m` with a mode."""
    options, paths = split_options(call, "pv", "m")
    if options.get("m") and not re.fullmatch(r"[0-7]{1,4}", options["m"]):
        return call.complain(f"mkdir: bad mode '{options['m']}'")
    status = 0
    for path in paths:
        try:
            call.phone.files.make_folder(path, parents="p" in options)
            if options.get("m"):
                call.phone.files.set_mode(path, int(options["m"], 8))
        except OSError as error:
            status = call.complain(f"mkdir: '{path}': {error.strerror}")
    return status


async def rm(call: Call) -> int:
    """Remove files, `-r` folders too; `-f` does not mind missing ones."""
    options, paths = split_options(call, "rRfiv")
    files = call.phone.files
    if not paths and "f" not in options:
        return call.complain('rm: Needs 1 argument (see "rm --help")')

    def remove(path: str) -> None:
        try:
            files.remove(path, recursive=bool({"r", "R"} & options.keys()))
        except FileNotFoundError:
            if "f" not in options:
                raise

    return for_each(call, remove, paths)


async def rmdir(call: Call) -> int:
    """Remove empty folders."""
    _, paths = split_options(call, "p")
    return for_each(call, lambda path: call.phone.files.check_writable(path).rmdir(), paths)


async def mv(call: Call) -> int:
    """Move files; the last operand says where to."""
    _, paths = split_options(call, "finv")
    *sources, target = paths or [""]
    if not sources:
        return call.complain('mv: Needs 2 arguments (see "mv --help")')
    return for_each(call, lambda source: call.phone.files.move(source, target), sources)


async def cp(call: Call) -> int:
    """Copy files, `-r` folders too."""
    options, paths = split_options(call, "rRfpaivdPLn")
    *sources, target = paths or [""]
    if not sources:
        return call.complain('cp: Needs 2 arguments (see "cp --help")')
    is_deep = bool({"r", "R", "a"} & options.keys())

    def copy(source: str) -> None:
        into = target
        if call.phone.files.is_dir(target):
            into = f"{target}/{PurePosixPath(source).name}"
        _copy(call, source, into, is_deep=is_deep, depth=0)

    return for_each(call, copy, sources)


def _copy(call: Call, source: str, target: str, *, is_deep: bool, depth: int) -> None:
    files = call.phone.files
    if not is_deep or not files.is_dir(source):
        files.write(target, files.read(source))
        return
    if files.resolve(target).startswith(f"{files.resolve(source)}/") or depth > DEEPEST:
        call.complain(f"cp: dest '{target}' inside '{source}'")
        return
    files.make_folder(target, parents=True)
    for name in files.names(source):
        _copy(call, f"{source}/{name}", f"{target}/{name}", is_deep=True, depth=depth + 1)


async def ln(call: Call) -> int:
    """Make links: `-s` symbolic ones, `-f` in the place of another; a phone's shell may make no others."""
    options, paths = split_options(call, "sfnTv")
    if len(paths) != 2:
        return call.complain('ln: Needs 2 arguments (see "ln --help")')
    target, path = paths
    files = call.phone.files
    if files.is_dir(path) and "n" not in options and "T" not in options:
        path = f"{path}/{PurePosixPath(target).name}"
    kind = "symbolic" if "s" in options else "hard"
    try:
        if "s" not in options:
            files.stat(target)
            raise PermissionError(13, "Permission denied")
        if "f" in options and (files.exists(path) or files.link_target(path) is not None):
            files.remove(path, recursive=False)
        files.link(path, target)
    except OSError as error:
        return call.complain(f"ln: cannot create {kind} link from '{target}' to '{path}': {error.strerror}")
    return 0


async def touch(call: Call) -> int:
    """Make empty files, or renew their times; `-t` or `-d` sets them, `-c` makes none."""
    options, paths = split_options(call, "acmh", "tdr")
    when = _time(options)
    if when is None:
        return call.complain(f"touch: bad date '{options.get('t') or options.get('d')}'")

    def renew(path: str) -> None:
        if not call.phone.files.exists(path):
            if "c" in options:
                return
            call.phone.files.write(path, b"", append=True)
        os.utime(call.phone.files.check_writable(path), (when, when))

    return for_each(call, renew, paths)


def _time(options: dict[str, str]) -> float | None:
    """The time that the options name, or now; None if it is none."""
    now = datetime.now(UTC)
    if "t" not in options and "d" not in options:
        return now.timestamp()
    text = options.get("t", "")
    try:
        if "d" in options:
            return datetime.fromisoformat(options["d"].removesuffix("Z")).replace(tzinfo=UTC).timestamp()
        digits, _, seconds = text.partition(".")
        digits = {8: f"{now.year}{digits}", 10: f"20{digits}", 12: digits}[len(digits)]
        stamp = datetime.strptime(digits + (seconds or "00"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return None
    return stamp.timestamp()


async def chmod(call: Call) -> int:
    """Change permission bits, in octal or as `u+x`; `-R` of all below."""
    options, operands = split_options(call, "Rvf", arguments=_after_mode(call.arguments))
    mode = next((word for word in call.arguments if word not in ("-R", "-v", "-f")), "")
    if not re.fullmatch(r"[0-7]{1,4}|(?:[ugoa]*[+=-][rwxX]*,?)+", mode):
        return call.complain(f"chmod: bad mode '{mode}'")

    def change(path: str) -> None:
        old = call.phone.files.stat(path).st_mode & 0o7777
        call.phone.files.set_mode(path, _new_mode(mode, old))
        if "R" in options and call.phone.files.is_dir(path):
            for name in call.phone.files.names(path):
                change(f"{path}/{name}")

    return for_each(call, change, operands)


def _after_mode(arguments: list[str]) -> list[str]:
    """The arguments without the mode, which may look like an option."""
    at = next((n for n, word in enumerate(arguments) if word not in ("-R", "-v", "-f")), len(arguments))
    return arguments[:at] + arguments[at + 1 :]


def _new_mode(mode: str, old: int) -> int:
    if mode.isdecimal():
        return int(mode, 8)
    for who, sign, what in re.findall(r"([ugoa]*)([+=-])([rwxX]*)", mode):
        people = "ugo" if not who or "a" in who else who
        bits = sum({"r": 4, "w": 2, "x": 1, "X": 1}[letter] for letter in set(what))
        mask = sum(bits << {"u": 6, "g": 3, "o": 0}[person] for person in set(people))
        cleared = sum(7 << {"u": 6, "g": 3, "o": 0}[person] for person in set(people))
        old = {"+": old | mask, "-": old & ~mask, "=": old & ~cleared | mask}[sign]
    return old


async def truncate(call: Call) -> int:
    """`-s N`: cut files to N bytes, or fill them with zeros."""
    options, paths = split_options(call, "c", "s")
    size = options.get("s", "")
    if not re.fullmatch(r"\d{1,12}", size):
        return call.complain('truncate: Needs -s (see "truncate --help")')

    def resize(path: str) -> None:
        files = call.phone.files
        old = files.read(path) if files.exists(path) else b""
        files.check_room(int(size) - len(old))
        files.write(path, old[: int(size)].ljust(int(size), b"\0"))

    return for_each(call, resize, paths)


COMMANDS: dict[str, Command] = {
    "chmod": chmod,
    "cp": cp,
    "ln": ln,
    "mkdir": mkdir,
    "mv": mv,
    "rm": rm,
    "rmdir": rmdir,
    "touch": touch,
    "truncate": truncate,
}
