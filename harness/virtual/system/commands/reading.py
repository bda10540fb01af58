"""Looking at files: `cat`, `ls`, `stat`, hashes, `df`, with toybox's messages."""

import hashlib
import os
import stat as stat_bits
from datetime import UTC, datetime

from harness.virtual.system.commands.call import Call, Command, for_each
from harness.virtual.system.filesystem import canonical


async def cat(call: Call) -> int:
    """The contents of files, or the standard input."""
    if not call.operands:
        while data := await call.stdin():
            call.write(data)
            await call.flush()
        return 0
    return for_each(call, lambda path: call.write(call.phone.files.read(path)), call.operands)


async def ls(call: Call) -> int:
    """Names in folders; `-l` with mode, size and time, `-d` the folder itself, `-a` hidden ones too."""
    files = call.phone.files
    is_long, only_itself = call.has_option("-l"), call.has_option("-d")

    def show(path: str) -> None:
        if only_itself or not stat_bits.S_ISDIR(files.stat(path).st_mode):
            call.print(_entry(files.stat(path), path, is_long=is_long))
            return
        if len(call.operands) > 1:
            call.print(f"{path}:")
        for name in files.names(path):
            if call.has_option("-a", "-A") or not name.startswith("."):
                call.print(_entry(files.stat(f"{path}/{name}"), name, is_long=is_long))

    return for_each(call, show, call.operands or ["/"])


def _entry(status: os.stat_result, name: str, *, is_long: bool) -> str:
    if not is_long:
        return name
    when = datetime.fromtimestamp(status.st_mtime, UTC).strftime("%Y-%m-%d %H:%M")
    mode = stat_bits.filemode(status.st_mode)
    return f"{mode} {status.st_nlink} shell shell {status.st_size:>8} {when} {name}"


async def stat(call: Call) -> int:
    """Status of files; `-c FORMAT` knows %n %s %a %Y %f %F %u %g."""
    arguments = call.arguments
    form = arguments[1] if arguments[:1] == ["-c"] and arguments[1:] else None
    paths = arguments[2:] if form is not None else call.operands

    def show(path: str) -> None:
        call.print(_format_status(form or "  File: %n\n  Size: %s\nAccess: (0%a)\nModify: %Y", path, call))

    return for_each(call, show, paths)


def _format_status(form: str, path: str, call: Call) -> str:
    status = call.phone.files.stat(path)
    kind = "directory" if stat_bits.S_ISDIR(status.st_mode) else "regular file"
    values = {
        "%n": path,
        "%s": str(status.st_size),
        "%a": f"{stat_bits.S_IMODE(status.st_mode):o}",
        "%Y": str(int(status.st_mtime)),
        "%f": f"{status.st_mode:x}",
        "%F": kind,
        "%u": "2000",
        "%g": "2000",
    }
    for name, value in values.items():
        form = form.replace(name, value)
    return form


def _digest_command(algorithm: str) -> Command:
    async def digest(call: Call) -> int:
        """Hash and name of each file."""
        files = call.phone.files

        def show(path: str) -> None:
            value = hashlib.new(algorithm, files.read(path), usedforsecurity=False).hexdigest()
            call.print(value if call.has_option("-b") else f"{value}  {path}")

        if call.operands:
            return for_each(call, show, call.operands)
        content = await call.read_stdin()
        call.print(f"{hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()}  -")
        return 0

    return digest


async def df(call: Call) -> int:
    """Room in the writable folders."""
    files = call.phone.files
    total, used = files.capacity_bytes // 1024, files.used_bytes() // 1024
    call.print("Filesystem      1K-blocks      Used Available Use% Mounted on")
    share = -(-used * 100 // total) if total else 100
    call.print(f"/dev/block/dm-9 {total:>10} {used:>9} {total - used:>9} {share:>3}% /data")
    return 0


async def readlink(call: Call) -> int:
    """`-f`: the path without aliases."""
    for path in call.operands:
        call.print(canonical(path))
    return 0


COMMANDS: dict[str, Command] = {
    "cat": cat,
    "df": df,
    "ls": ls,
    "md5sum": _digest_command("md5"),
    "readlink": readlink,
    "realpath": readlink,
    "sha1sum": _digest_command("sha1"),
    "sha256sum": _digest_command("sha256"),
    "stat": stat,
}
