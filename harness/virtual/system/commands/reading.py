"""What is in files, and how much room there is: `cat`, hashes, `cmp`, `dd`, `df`, with toybox's messages."""

import hashlib
import re

from harness.virtual.system.commands.call import Call, Command, for_each
from harness.virtual.system.commands.listing import for_people
from harness.virtual.system.commands.options import split_options

SIZES = {"": 1, "c": 1, "w": 2, "k": 1 << 10, "K": 1 << 10, "m": 1 << 20, "M": 1 << 20, "G": 1 << 30}
LARGEST_BLOCK_BYTES = 1 << 30


async def cat(call: Call) -> int:
    """The contents of files, or the standard input."""
    _, paths = split_options(call, "utvetAn")
    status = 0
    for path in paths or ["-"]:
        if path != "-":
            status |= for_each(call, lambda path: call.write(call.phone.files.read(path)), [path])
            continue
        while data := await call.stdin():
            call.write(data)
            await call.flush()
    return status


def _digest_command(algorithm: str) -> Command:
    async def digest(call: Call) -> int:
        """Hash and name of each file; `-b` the hash alone."""
        files = call.phone.files
        options, paths = split_options(call, "bcs")

        def show(path: str) -> None:
            value = hashlib.new(algorithm, files.read(path), usedforsecurity=False).hexdigest()
            call.print(value if "b" in options else f"{value}  {path}")

        if paths:
            return for_each(call, show, paths)
        content = await call.read_stdin()
        call.print(f"{hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()}  -")
        return 0

    return digest


async def cmp(call: Call) -> int:
    """Whether two files are the same; says where they first differ."""
    options, paths = split_options(call, "ls")
    if len(paths) != 2:
        return call.complain('cmp: Need 2 arguments (see "cmp --help")', 2)
    one, other = (call.phone.files.read(path) for path in paths)
    if one == other:
        return 0
    at = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    if "s" not in options:
        line = one[:at].count(b"\n") + 1
        is_end = at == min(len(one), len(other))
        shorter = paths[0] if len(one) < len(other) else paths[1]
        if is_end:
            call.complain(f"cmp: EOF on {shorter}")
        else:
            call.print(f"{paths[0]} {paths[1]} differ: char {at + 1}, line {line}")
    return 1


async def dd(call: Call) -> int:
    """Copy a file or the standard input in blocks: `if`, `of`, `bs`, `count`, `skip`."""
    words = dict(word.partition("=")[::2] for word in call.arguments)
    if unknown := words.keys() - {"if", "of", "bs", "count", "skip", "conv", "status", "ibs", "obs"}:
        return call.complain(f"dd: bad arg '{sorted(unknown)[0]}'")
    size, skip = _size(words.get("bs", "512")), _size(words.get("skip", "0"))
    count = _size(words["count"]) if "count" in words else None
    if not size or size > LARGEST_BLOCK_BYTES or skip is None or ("count" in words and count is None):
        return call.complain("dd: bad number")
    content = await _input(call, words.get("if"), None if count is None else (count + skip) * size)
    chosen = content[skip * size : None if count is None else (skip + count) * size]
    if "of" in words:
        call.phone.files.write(words["of"], chosen)
    else:
        call.write(chosen)
    whole, rest = divmod(len(chosen), size)
    call.complain(f"{whole}+{int(bool(rest))} records in\n{whole}+{int(bool(rest))} records out")
    call.complain(f"{len(chosen)} bytes ({for_people(len(chosen))}) copied, 0.001 s")
    return 0


async def _input(call: Call, path: str | None, limit: int | None) -> bytes:
    if path in ("/dev/zero", "/dev/urandom"):
        return bytes(min(limit or 0, call.phone.files.capacity_bytes))
    return call.phone.files.read(path) if path else await call.read_stdin()


def _size(text: str) -> int | None:
    found = re.fullmatch(r"(\d{1,12})([ckmwKMG]?)", text)
    return int(found[1]) * SIZES[found[2]] if found else None


async def df(call: Call) -> int:
    """Room in the writable folders; `-h` for people."""
    files = call.phone.files
    options, paths = split_options(call, "hkHPaim", "t")
    for path in paths:
        files.stat(path)
    total, used = files.capacity_bytes // 1024, files.used_bytes() // 1024
    share = -(-used * 100 // total) if total else 100
    if "h" in options:
        sizes = [for_people(kib * 1024) for kib in (total, used, total - used)]
        call.print("Filesystem      Size  Used Avail Use% Mounted on")
        call.print(f"/dev/block/dm-9 {sizes[0]:>4}  {sizes[1]:>4}  {sizes[2]:>4} {share:>3}% /data")
        return 0
    call.print("Filesystem      1K-blocks      Used Available Use% Mounted on")
    call.print(f"/dev/block/dm-9 {total:>10} {used:>9} {total - used:>9} {share:>3}% /data")
    return 0


COMMANDS: dict[str, Command] = {
    "cat": cat,
    "cmp": cmp,
    "dd": dd,
    "df": df,
    "md5sum": _digest_command("md5"),
    "sha1sum": _digest_command("sha1"),
    "sha256sum": _digest_command("sha256"),
    "sha512sum": _digest_command("sha512"),
}
