"""A file or link that a host sends: unpacked, written, and put in its place only when it is whole.

A failure is kept until the host has sent everything, for only then does it read the answer.
"""

import errno
import os
import stat
from io import FileIO
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from harness.virtual.adb import codecs
from harness.virtual.system.filesystem import UMASK, PhoneFiles, canonical

LONGEST_LINK_BYTES = 1024


class IncomingFile:
    """One file on its way; use `with`, and what is not finished leaves nothing.

    Args:
        files: the phone's.
        path: where it goes; missing folders are made.
        mode: type and permission bits.
        codec: how it is compressed; 0 is not at all.
        is_dry: whether it is only unpacked.
    """

    def __init__(self, files: PhoneFiles, path: str, mode: int, *, codec: int, is_dry: bool) -> None:
        self._files = files
        self._path = path
        self._mode = mode
        self._is_dry = is_dry
        self._unpacker = codecs.unpacker(codec, self._write) if codec else None
        self._problem: OSError | None = None
        self._host: Path | None = None
        self._file: FileIO | None = None
        self._link = bytearray()
        self._room = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()
        if self._host and (kind or self._problem):
            self._host.unlink(missing_ok=True)

    def open_or_note(self) -> None:
        """Make the file."""
        try:
            if not self._is_dry and not stat.S_ISLNK(self._mode):
                self._open()
        except OSError as error:
            self._note("couldn't create file", error)

    def feed_or_note(self, data: bytes) -> None:
        """Take what the host has sent."""
        if self._problem:
            return
        try:
            if self._unpacker:
                self._unpacker.feed(data)
            else:
                self._write(data)
        except OSError as error:
            self._note("write failed", error)
        except codecs.DamagedData:
            self._note("decompress failed", OSError(errno.EBADMSG, os.strerror(errno.EBADMSG)))

    def finish(self, modified_s: int) -> None:
        """Put it in its place.

        Raises:
            OSError: what went wrong first; its file name says what was being done.
        """
        try:
            if self._unpacker and not self._problem:
                self._unpacker.finish()
        except codecs.DamagedData:
            self._note("decompress failed", OSError(errno.EBADMSG, os.strerror(errno.EBADMSG)))
        if not self._problem and not self._is_dry:
            self._place(modified_s)
        if self._problem:
            raise self._problem

    def _place(self, modified_s: int) -> None:
        try:
            if stat.S_ISLNK(self._mode):
                self._make_link()
            elif self._host:
                self._host.chmod(self._mode & 0o777 & ~UMASK)
                os.utime(self._host, (modified_s, modified_s))
        except OSError as error:
            self._note("symlink failed" if stat.S_ISLNK(self._mode) else "fchmod failed", error)

    def _open(self) -> None:
        self._host = self._cleared(self._files.check_writable(self._path))
        self._file = self._host.open("wb", buffering=0)
        self._room = self._files.capacity_bytes - self._files.used_bytes()

    def _cleared(self, host: Path) -> Path:
        """A host path with the folders above it made, as adbd makes them, and no file there."""
        self._files.make_folder(str(PurePosixPath(canonical(self._path)).parent), parents=True)
        if host.is_dir() and not host.is_symlink():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), self._path)
        host.unlink(missing_ok=True)
        return host

    def _make_link(self) -> None:
        target = bytes(self._link).rstrip(b"\0").decode(errors="surrogateescape")
        self._files.make_folder(str(PurePosixPath(canonical(self._path)).parent), parents=True)
        if self._files.link_target(self._path) is not None:
            self._files.remove(self._path, recursive=False)
        self._files.link(self._path, target)

    def _write(self, data: bytes) -> None:
        if self._is_dry:
            return
        if stat.S_ISLNK(self._mode):
            self._link += data
            if len(self._link) > LONGEST_LINK_BYTES:
                raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        elif self._file and (
            self._file.tell() + len(data) > self._room or not _wrote_whole(self._file, data)
        ):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _note(self, doing: str, error: OSError) -> None:
        self._problem = self._problem or OSError(error.errno, error.strerror, doing)


def _wrote_whole(file: FileIO, data: bytes) -> bool:
    """Whether the disk of the computer that the phone lives on took everything."""
    try:
        return file.write(data) == len(data)
    except OSError:
        return False
