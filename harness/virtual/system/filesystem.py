"""The phone's files: phone paths mapped into a private folder of the host, with a phone's permissions.

Nothing that a host or an app names can reach outside that folder: links are `links`' business. What lies in
it from the start is `image`'s.
"""

import errno
import os
import shutil
import stat as stat_bits
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from harness.virtual.system.links import MOST_LINKS, make_link, next_hop, read_link

ALIASES = {
    "/sdcard": "/storage/emulated/0",
    "/mnt/sdcard": "/storage/emulated/0",
    "/storage/self/primary": "/storage/emulated/0",
}
SHARED_STORAGE = "/storage/emulated/0"
SHELL_WRITABLE = ("/data/local/tmp", SHARED_STORAGE)
UNLISTABLE = ("/data", "/data/app", "/data/local")
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
        self._denied: set[str] = set()
        self.capacity_bytes = capacity_bytes

    def host_path(self, path: str) -> Path:
        """Where a phone path lies on the host, past all links.

        Raises:
            PermissionError: a link inside the folder that is none of the phone's.
            OSError: links that lead in a circle.
        """
        return self._locate(path, follow_last=True)

    def _locate(self, path: str, *, follow_last: bool) -> Path:
        plain = canonical(path)
        for _ in range(MOST_LINKS):
            hop = next_hop(self._root, plain, follow_last=follow_last)
            if hop is None:
                return self._root / plain.removeprefix("/")
            plain = canonical(hop)
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)

    def resolve(self, path: str) -> str:
        """The canonical path of what a path means, past all links."""
        return "/" + self.host_path(path).relative_to(self._root).as_posix().removeprefix(".")

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

    def deny(self, path: str) -> None:
        """Let the shell user see that there is something at a path, a file if nothing is, but not read it."""
        if not self.exists(path):
            self.place(path, b"", mode=0o400)
        self._denied.add(canonical(path))

    def read(self, path: str) -> bytes:
        """The whole content of a file."""
        self._check_allowed(path)
        if self._generated and (content := self._generated.get(self.resolve(path))):
            return content()
        with phone_path_in_errors(path):
            return self.host_path(path).read_bytes()

    def stat(self, path: str) -> os.stat_result:
        """Status of what a path means."""
        return self._status(path, follow=True)

    def lstat(self, path: str) -> os.stat_result:
        """Status of what lies at a path; a link is not followed."""
        if path.endswith("/"):
            return self.stat(path)
        return self._status(path, follow=False)

    def _status(self, path: str, *, follow: bool) -> os.stat_result:
        self._check_allowed(str(PurePosixPath(path).parent))
        with phone_path_in_errors(path):
            status = self._locate(path, follow_last=follow).lstat()
        target = None if follow else self.link_target(path)
        if target is None:
            return status
        values = list(status)
        values[stat_bits.ST_MODE] = stat_bits.S_IFLNK | 0o777
        values[stat_bits.ST_SIZE] = len(target.encode(errors="surrogateescape"))
        return os.stat_result(values)

    def link_target(self, path: str) -> str | None:
        """Where the link at a path points, as it was made; None if there is no link."""
        if target := ALIASES.get("/" + path.strip("/")):
            return target
        with phone_path_in_errors(path):
            return read_link(self._locate(path, follow_last=False))

    def is_dir(self, path: str) -> bool:
        """Whether the path means a folder."""
        try:
            return self.host_path(path).is_dir()
        except OSError:
            return False

    def exists(self, path: str) -> bool:
        """Whether the path means anything that is there."""
        try:
            return self.host_path(path).exists()
        except OSError:
            return False

    def names(self, path: str) -> list[str]:
        """Sorted names in a folder."""
        plain = self.resolve(path)
        if plain in UNLISTABLE:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        self._check_allowed(path)
        with phone_path_in_errors(path):
            found = {entry.name for entry in self.host_path(path).iterdir()}
        return sorted(found | {name for above, name in map(os.path.split, ALIASES) if above == plain})

    def _check_allowed(self, path: str) -> None:
        if self._denied and is_below(self.resolve(path), tuple(self._denied)):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    def owner(self, path: str) -> tuple[str, str]:
        """Names of the user and the group that a file belongs to, as they are in every Android."""
        plain = canonical(path)
        owners = {"/data/local/tmp": ("shell", "shell"), SHARED_STORAGE: ("u0_a100", "media_rw")}
        owners |= {"/data": ("system", "system")}
        return next(
            (owner for folder, owner in owners.items() if is_below(plain, (folder,))), ("root", "root")
        )

    def check_writable(self, path: str) -> Path:
        """The host path of a file that the shell user may write, make or remove, past all links."""
        return self._writable(path, follow_last=True)

    def _writable(self, path: str, *, follow_last: bool) -> Path:
        with phone_path_in_errors(path):
            host = self._locate(path, follow_last=follow_last)
        plain = "/" + host.relative_to(self._root).as_posix()
        if plain in SHELL_WRITABLE or not is_below(plain, SHELL_WRITABLE):
            number = errno.EROFS if is_below(plain, READ_ONLY_PARTITIONS) else errno.EACCES
            raise OSError(number, os.strerror(number), path)
        return host

    def make_folder(self, path: str, *, parents: bool) -> None:
        """Make a folder, and with `parents` every missing one above it, without complaint if it is there."""
        if parents and self.is_dir(path):
            return
        host = self._writable(path, follow_last=False)
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

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link; the shared storage has none."""
        host = self._writable(path, follow_last=False)
        if is_below("/" + host.relative_to(self._root).as_posix(), (SHARED_STORAGE,)):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), path)
        with phone_path_in_errors(path):
            make_link(host, target)

    def remove(self, path: str, *, recursive: bool) -> None:
        """Remove a file or a link, or with `recursive` a folder and all in it."""
        host = self._writable(path, follow_last=False)
        with phone_path_in_errors(path):
            if host.is_dir() and not recursive:
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if host.is_dir():
                shutil.rmtree(host)
            else:
                host.unlink()

    def move(self, source: str, target: str) -> None:
        """Move a file, link or folder; onto a folder means into it."""
        old = self._writable(source, follow_last=False)
        if self.is_dir(target):
            target = f"{target}/{PurePosixPath(source).name}"
        new = self._writable(target, follow_last=False)
        with phone_path_in_errors(source):
            old.rename(new)

    def set_mode(self, path: str, mode: int) -> None:
        """Change permission bits."""
        host = self.check_writable(path)
        with phone_path_in_errors(path):
            host.chmod(mode & 0o7777)
