"""Changing files: `mkdir`, `rm`, `mv`, `cp`, `touch`, `chmod`, with toybox's messages."""

from pathlib import PurePosixPath

from harness.virtual.system.commands.call import Call, Command, for_each


async def mkdir(call: Call) -> int:
    """Make folders; `-p` with those above."""
    parents = call.has_option("-p")

    def make(path: str) -> None:
        call.phone.files.make_folder(path, parents=parents)

    status = 0
    for path in call.operands:
        try:
            make(path)
        except OSError as error:
            status = call.complain(f"mkdir: '{path}': {error.strerror}")
    return status


async def rm(call: Call) -> int:
    """Remove files, `-r` folders too; `-f` does not mind missing ones."""
    files = call.phone.files

    def remove(path: str) -> None:
        try:
            files.remove(path, recursive=call.has_option("-r", "-R"))
        except FileNotFoundError:
            if not call.has_option("-f"):
                raise

    return for_each(call, remove, call.operands)


async def rmdir(call: Call) -> int:
    """Remove empty folders."""
    return for_each(call, lambda path: call.phone.files.check_writable(path).rmdir(), call.operands)


async def mv(call: Call) -> int:
    """Move files; the last operand says where to."""
    *sources, target = call.operands or [""]
    if not sources:
        return call.complain('mv: Needs 2 arguments (see "mv --help")')
    return for_each(call, lambda source: call.phone.files.move(source, target), sources)


async def cp(call: Call) -> int:
    """Copy one file."""
    files = call.phone.files
    *sources, target = call.operands or [""]

    def copy(source: str) -> None:
        into = f"{target}/{PurePosixPath(source).name}" if files.is_dir(target) else target
        files.write(into, files.read(source))

    return for_each(call, copy, sources)


async def touch(call: Call) -> int:
    """Make empty files, or renew their times."""
    return for_each(call, lambda path: call.phone.files.write(path, b"", append=True), call.operands)


async def chmod(call: Call) -> int:
    """Change permission bits, given in octal."""
    mode, *paths = call.operands or [""]
    if not mode or any(digit not in "01234567" for digit in mode):
        return call.complain(f"chmod: bad mode '{mode}'")
    return for_each(call, lambda path: call.phone.files.set_mode(path, int(mode, 8)), paths)


COMMANDS: dict[str, Command] = {
    "chmod": chmod,
    "cp": cp,
    "mkdir": mkdir,
    "mv": mv,
    "rm": rm,
    "rmdir": rmdir,
    "touch": touch,
}
