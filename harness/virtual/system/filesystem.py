"""The phone's files: phone paths mapped into a private folder of the host, with a phone's permissions.

Nothing that a host or an app names can reach outside that folder. What lies in it from the start is
`image`'s business.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

ALIASES = {
    "/sdcard": "/storage/emulated/0",
    "/mnt/sdcard": "/storage/emulated/0",
    "/storage/self/primary": "/storage/emulated/0",
}
SHELL_WRITABLE = ("/data/local/tmp", "/storage/emulated/0")
UNLISTABLE = ("/data", "/data/app", "/data/data", "/data/local")
READ_ONLY_PARTITIONS = ("/system", "/vendor", "/product", "/proc", "/sys")
UMASK = 0o022


def canonical(path: str) -> str:
    """The absolute phone path without `.`, `..`, doubled slashes and aliases; `..` stops at the root.

    Raises:
        OSError: a NUL, or a name or path longer than a phone allows.
    """
    if "\0" in path:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
    parts: list[str] = []
    for part in PurePosixPath(path).parts:
        if part == "..":
            del parts[-1:]
        elif part not in ("/", "//"):
            parts.append(part)
    if any(len(os.fsencode(part)) > 255 for part in parts) or len(os.fsencode(path)) > 4095:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)
    plain = "/" + "/".join(parts)
    for alias, target in ALIASES.items():
        if plain == alias or plain.startswith(alias + "/"):
            return target + plain.removeprefix(alias)
    return plain


def is_below(path: str, folders: tuple[str, ...]) -> bool:
    """Whether a canonical path is one of the folders or lies in one."""
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


@contextmanager
def phone_path_in_errors(path: str) -> Iterator[None]:
    """Let an error name the phone's path, never the host's."""
    try:
        yield
    except OSError as error:
        number = error.errno or errno.EIO
        raise OSError(number, os.strerror(number), path) from error


class PhoneFiles:
    """The file system as the shell user of a phone meets it.

    Every method takes a phone path and raises OSError with the error number that a phone would give.

    Args:
        root: the host folder that is the phone's `/`.
        capacity_bytes: how much the writable folders hold before ENOSPC.
    """

    def __init__(self, root: Path, *, capacity_bytes: int) -> None:
        self._root = root
        self._generated: dict[str, Callable[[], bytes]] = {}
        self.capacity_bytes = capacity_bytes

    def host_path(self, path: str) -> Path:
        """Where a phone path lies on the host.

        Raises:
            PermissionError: a link inside the folder leads out of it.
        """
        plain = canonical(path)
        host = self._root / plain.removeprefix("/")
        if not Path(os.path.realpath(host)).is_relative_to(os.path.realpath(self._root)):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return host

    def generate(self, path: str, content: Callable[[], bytes]) -> None:
        """Make a file whose content is computed at each reading, as in /proc."""
        self.place(path, b"", mode=0o444)
        self._generated[canonical(path)] = content

    def place(self, path: str, content: bytes, *, mode: int = 0o644) -> None:
        """Write a file as the system does, past all permissions."""
        host = self.host_path(path)
        host.parent.mkdir(parents=True, exist_ok=True)
        host.write_bytes(content)
        host.chmod(mode)

    def discard(self, path: str) -> None:
        """Remove a folder as the system does, past all permissions."""
        shutil.rmtree(self.host_path(path))

    def read(self, path: str) -> bytes:
        """The whole content of a file."""
        if content := self._generated.get(canonical(path)):
            return content()
        with phone_path_in_errors(path):
            return self.host_path(path).read_bytes()

    def stat(self, path: str) -> os.stat_result:
        """Status of a file; a link is never followed."""
        with phone_path_in_errors(path):
            return self.host_path(path).lstat()

    def is_dir(self, path: str) -> bool:
        """Whether the path is a folder."""
        return self.host_path(path).is_dir()

    def exists(self, path: str) -> bool:
        """Whether there is anything at the path."""
        return self.host_path(path).exists()

    def names(self, path: str) -> list[str]:
        """Sorted names in a folder."""
        if canonical(path) in UNLISTABLE:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        with phone_path_in_errors(path):
            return sorted(entry.name for entry in self.host_path(path).iterdir())

    def check_writable(self, path: str) -> Path:
        """The host path of a file that the shell user may write, make or remove."""
        plain = canonical(path)
        if plain in SHELL_WRITABLE or not is_below(plain, SHELL_WRITABLE):
            number = errno.EROFS if is_below(plain, READ_ONLY_PARTITIONS) else errno.EACCES
            raise OSError(number, os.strerror(number), path)
        return self.host_path(path)

    def make_folder(self, path: str, *, parents: bool) -> None:
        """Make a folder, and with `parents` every missing one above it, without complaint if it is there."""
        if parents and self.is_dir(path):
            return
        host = self.check_writable(path)
        with phone_path_in_errors(path):
            host.mkdir(parents=parents, exist_ok=parents, mode=0o777 & ~UMASK)

    def check_room(self, more_bytes: int) -> None:
        """Whether that many bytes more still fit.

        Raises:
            OSError: ENOSPC.
        """
        if more_bytes > self.capacity_bytes - self.used_bytes():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data")

    def used_bytes(self) -> int:
        """Bytes in the folders that count against the capacity."""
        folders = [self.host_path(folder) for folder in (*SHELL_WRITABLE, "/data/app")]
        return sum(file.lstat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())

    def write(self, path: str, content: bytes, *, append: bool = False) -> None:
        """Write a whole file as the shell user does."""
        host = self.check_writable(path)
        self.check_room(len(content))
        with phone_path_in_errors(path), host.open("ab" if append else "wb") as file:
            file.write(content)

    def remove(self, path: str, *, recursive: bool) -> None:
        """Remove a file, or with `recursive` a folder and all in it."""
        host = self.check_writable(path)
        with phone_path_in_errors(path):
            if host.is_dir() and not recursive:
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if host.is_dir():
                shutil.rmtree(host)
            else:
                host.unlink()

    def move(self, source: str, target: str) -> None:
        """Move a file or folder; onto a folder means into it."""
        old = self.check_writable(source)
        if self.is_dir(target):
            target = f"{target}/{PurePosixPath(source).name}"
        new = self.check_writable(target)
        with phone_path_in_errors(source):
            old.rename(new)

    def set_mode(self, path: str, mode: int) -> None:
        """Change permission bits."""
        host = self.check_writable(path)
        with phone_path_in_errors(path):
            host.chmod(mode & 0o7777)
