"""What lies where: `ls`, `stat`, `find`, `du`, `readlink`, `realpath`, `basename`, `dirname`."""

import fnmatch
import os
import stat as stat_bits
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath

from harness.virtual.system.commands.call import Call, Command, for_each
from harness.virtual.system.commands.options import split_options

LS_FLAGS = "ACFHLNRSZacdfghiklmnopqrstux1"
BLOCK_BYTES = 4096
DEEPEST = 64


async def ls(call: Call) -> int:
    """Names in folders; `-l` long, `-d` the folder itself, `-a`, `-A` hidden ones, `-R` all below."""
    options, paths = split_options(call, LS_FLAGS)
    status = 0
    for path in paths or ["/"]:
        try:
            _list(call, path, options, has_title=len(paths) > 1 or "R" in options)
        except OSError as error:
            status = call.complain(f"ls: {path}: {error.strerror}")
    return status


def _list(call: Call, path: str, options: dict[str, str], *, has_title: bool) -> None:
    files = call.phone.files
    is_long = "l" in options
    status = files.lstat(path) if is_long or "d" in options else files.stat(path)
    if "d" in options or not stat_bits.S_ISDIR(status.st_mode):
        call.print(_entry(call, path, path, is_long=is_long))
        return
    if has_title:
        call.print(f"{path}:")
    own = [".", ".."] if "a" in options else []
    hidden = "a" in options or "A" in options
    names = own + [name for name in files.names(path) if hidden or not name.startswith(".")]
    if is_long:
        blocks = sum(files.lstat(f"{path}/{name}").st_size // 1024 + 1 for name in names)
        call.print(f"total {blocks}")
    for name in names:
        call.print(_entry(call, f"{path}/{name}", name, is_long=is_long))
    if "R" in options:
        _list_below(call, path, names, options)


def _list_below(call: Call, path: str, names: list[str], options: dict[str, str]) -> None:
    for name in names:
        below = f"{path.rstrip('/')}/{name}"
        is_folder = stat_bits.S_ISDIR(call.phone.files.lstat(below).st_mode)
        if is_folder and name not in (".", "..") and below.count("/") < DEEPEST:
            call.print("")
            _list(call, below, options, has_title=True)


def _entry(call: Call, path: str, name: str, *, is_long: bool) -> str:
    if not is_long:
        return name
    status = call.phone.files.lstat(path)
    user, group = call.phone.files.owner(path)
    when = datetime.fromtimestamp(status.st_mtime, UTC).strftime("%Y-%m-%d %H:%M")
    target = call.phone.files.link_target(path) if stat_bits.S_ISLNK(status.st_mode) else None
    arrow = f" -> {target}" if target is not None else ""
    mode = stat_bits.filemode(status.st_mode)
    return f"{mode} {status.st_nlink} {user} {group} {status.st_size:>8} {when} {name}{arrow}"


async def stat(call: Call) -> int:
    """Status of files, `-L` of what links mean; `-c FORMAT` knows the letters of `_format_status`."""
    options, paths = split_options(call, "Ltf", "c")
    form = (
        options.get("c") or "  File: %N\n  Size: %s\nAccess: (0%a/%A)\tUid: (%u/%U)\tGid: (%g/%G)\nModify: %y"
    )

    def show(path: str) -> None:
        call.print(_format_status(form, path, call, follow="L" in options))

    status = 0
    for path in paths:
        try:
            show(path)
        except OSError as error:
            status = call.complain(f"stat: '{path}': {error.strerror}")
    return status


KINDS = {stat_bits.S_IFDIR: "directory", stat_bits.S_IFLNK: "symbolic link"}
USER_IDS = {"root": "0", "system": "1000", "media_rw": "1023", "shell": "2000", "u0_a100": "10100"}


def _format_status(form: str, path: str, call: Call, *, follow: bool) -> str:
    files = call.phone.files
    status = files.stat(path) if follow else files.lstat(path)
    user, group = files.owner(path)
    when = datetime.fromtimestamp(status.st_mtime, UTC)
    kind = KINDS.get(
        stat_bits.S_IFMT(status.st_mode), "regular file" if status.st_size else "regular empty file"
    )
    target = None if follow else files.link_target(path)
    values = {
        "%n": path,
        "%N": path if target is None else f"'{path}' -> '{target}'",
        "%s": str(status.st_size),
        "%a": f"{stat_bits.S_IMODE(status.st_mode):o}",
        "%A": stat_bits.filemode(status.st_mode),
        "%Y": str(int(status.st_mtime)),
        "%X": str(int(status.st_atime)),
        "%y": when.strftime("%Y-%m-%d %H:%M:%S.%f000 +0000"),
        "%f": f"{status.st_mode:x}",
        "%F": kind,
        "%h": str(status.st_nlink),
        "%i": str(status.st_ino),
        "%u": USER_IDS[user],
        "%g": USER_IDS[group],
        "%U": user,
        "%G": group,
    }
    for name, value in values.items():
        form = form.replace(name, value)
    return form


async def find(call: Call) -> int:
    """Everything below folders; `-name`, `-type`, `-maxdepth`, `-mindepth`."""
    at = next(
        (n for n, word in enumerate(call.arguments) if word.startswith(("-", "!", "("))), len(call.arguments)
    )
    paths, tests = call.arguments[:at] or ["."], call.arguments[at:]
    wanted = {"-name": "*", "-type": "", "-maxdepth": str(DEEPEST), "-mindepth": "0"}
    words = iter(tests)
    for word in words:
        if word in ("-print", "-follow"):
            continue
        if word not in wanted:
            return call.complain(f"find: bad arg '{word}'")
        wanted[word] = next(words, "")
    if not (wanted["-maxdepth"].isdecimal() and wanted["-mindepth"].isdecimal()):
        return call.complain("find: not integer")

    def show(top: str) -> None:
        call.phone.files.lstat(top)
        for path, depth in _walk(call, top, 0, int(wanted["-maxdepth"])):
            if depth >= int(wanted["-mindepth"]) and _is_wanted(call, path, wanted):
                call.print(path)

    return for_each(call, show, paths)


def _walk(call: Call, path: str, depth: int, deepest: int) -> Iterator[tuple[str, int]]:
    yield path, depth
    files = call.phone.files
    if depth >= min(deepest, DEEPEST) or not stat_bits.S_ISDIR(files.lstat(path).st_mode):
        return
    try:
        names = files.names(path)
    except OSError as error:
        call.complain(f"find: {path}: {error.strerror}")
        return
    for name in names:
        yield from _walk(call, f"{path.rstrip('/')}/{name}", depth + 1, deepest)


def _is_wanted(call: Call, path: str, wanted: dict[str, str]) -> bool:
    name = PurePosixPath(path).name or "/"
    mode = call.phone.files.lstat(path).st_mode
    kinds = {"f": stat_bits.S_IFREG, "d": stat_bits.S_IFDIR, "l": stat_bits.S_IFLNK}
    is_kind = not wanted["-type"] or kinds.get(wanted["-type"]) == stat_bits.S_IFMT(mode)
    return is_kind and fnmatch.fnmatchcase(name, wanted["-name"])


async def du(call: Call) -> int:
    """Room that files take, in KiB; `-s` in sum, `-h` for people."""
    options, paths = split_options(call, "sahkmx", "d")

    def show(top: str) -> None:
        call.phone.files.lstat(top)
        sizes = {path: _blocks_kib(call.phone.files.lstat(path)) for path, _ in _walk(call, top, 0, DEEPEST)}
        shown = [top] if "s" in options else _folders_and_top(call, sizes, top, all_files="a" in options)
        for path in shown:
            total = sum(
                size for other, size in sizes.items() if other == path or other.startswith(f"{path}/")
            )
            call.print(f"{for_people(total * 1024) if 'h' in options else total}\t{path}")

    return for_each(call, show, paths or ["."])


def _folders_and_top(call: Call, sizes: dict[str, int], top: str, *, all_files: bool) -> list[str]:
    """The paths that `du` prints, the deepest first."""
    folders = [path for path in sizes if all_files or call.phone.files.is_dir(path)]
    return sorted(folders, key=lambda path: (-path.count("/"), path)) if folders else [top]


def _blocks_kib(status: os.stat_result) -> int:
    return -(-status.st_size // BLOCK_BYTES) * BLOCK_BYTES // 1024


def for_people(size_bytes: int) -> str:
    """A size as toybox prints it for people: `1.5M`, `12K`."""
    power = 0
    while size_bytes >= 1000 * 1024**power and power < 4:
        power += 1
    value, unit = size_bytes / 1024**power, ("", "K", "M", "G", "T")[power]
    return f"{value:.1f}{unit}" if value < 10 and unit else f"{round(value)}{unit}"


async def readlink(call: Call) -> int:
    """Where a link points; `-f` the path past all links, which must be there."""
    options, paths = split_options(call, "fenqz")
    files = call.phone.files
    status = 0
    for path in paths:
        try:
            found = files.resolve(path) if "f" in options else files.link_target(path)
        except OSError:
            found = None
        if found is None:
            status = 1
        else:
            call.print(found)
    return status


async def realpath(call: Call) -> int:
    """The path past all links."""

    def show(path: str) -> None:
        call.phone.files.stat(path)
        call.print(call.phone.files.resolve(path))

    return for_each(call, show, call.operands)


async def basename(call: Call) -> int:
    """The last part of a path, without a suffix if one is given."""
    path, suffix = [*call.operands, "", ""][:2]
    name = path.rstrip("/").rpartition("/")[2] or "/"
    call.print(name.removesuffix(suffix) if name != suffix else name)
    return 0


async def dirname(call: Call) -> int:
    """All but the last part of a path."""
    for path in call.operands:
        call.print(os.path.dirname(path.rstrip("/")) or ("/" if path.startswith("/") else "."))  # noqa: PTH120
    return 0


COMMANDS: dict[str, Command] = {
    "basename": basename,
    "dirname": dirname,
    "du": du,
    "find": find,
    "ls": ls,
    "readlink": readlink,
    "realpath": realpath,
    "stat": stat,
}
