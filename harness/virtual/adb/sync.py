"""The sync service: status, listing, sending and receiving files.

Source: packages/modules/adb/SYNC.TXT, file_sync_protocol.h and daemon/file_sync_service.cpp (AOSP), whose
error texts are used. Compression is not offered.
"""

import errno
import os
import stat
import struct
from collections.abc import Awaitable, Callable
from io import FileIO
from pathlib import Path

from harness.virtual.adb.adbd import Stream, StreamClosed
from harness.virtual.system.filesystem import UMASK, PhoneFiles, canonical

REQUEST = struct.Struct("<4sI")
STAT_V1 = struct.Struct("<4s3I")
STAT_V2 = struct.Struct("<4sIQQIIIIQqqq")
DENT_V1 = struct.Struct("<4s4I")
DENT_V2 = struct.Struct("<4sIQQIIIIQqqqI")
SHELL_ID = 2000
MAX_DATA = 64 * 1024
MAX_PATH = 1024


class SyncFailure(Exception):
    """A request that failed; its text goes to the host."""


async def serve_sync(files: PhoneFiles, stream: Stream) -> None:
    """Answer requests until QUIT, or until the host closes the stream."""
    session = SyncSession(files, stream)
    while await session.answer_one():
        pass


class SyncSession:
    """One sync stream."""

    def __init__(self, files: PhoneFiles, stream: Stream) -> None:
        self._files = files
        self._stream = stream
        self._buffer = bytearray()
        self._handlers: dict[bytes, Callable[[str], Awaitable[None]]] = {
            b"STAT": self._stat_v1,
            b"STA2": self._stat_v2,
            b"LST2": self._lstat_v2,
            b"LIST": self._list_v1,
            b"LIS2": self._list_v2,
            b"SEND": self._send_v1,
            b"SND2": self._send_v2,
            b"RECV": self._receive,
            b"RCV2": self._receive_v2,
        }

    async def answer_one(self) -> bool:
        """Answer one request; false when the session is over."""
        try:
            request, length = REQUEST.unpack(await self._take(REQUEST.size))
            handler = self._handlers.get(request)
            if handler is None or length > MAX_PATH:
                if request != b"QUIT":
                    await self._fail("path too long" if handler else f"unknown command {request!r}")
                return False
            await handler((await self._take(length)).decode(errors="surrogateescape"))
        except SyncFailure as failure:
            await self._fail(str(failure))
        return True

    async def _stat_v1(self, path: str) -> None:
        status = self._status(path)
        values = (status.st_mode, status.st_size & 0xFFFFFFFF, int(status.st_mtime)) if status else (0, 0, 0)
        await self._stream.write(STAT_V1.pack(b"STAT", *values))

    async def _stat_v2(self, path: str) -> None:
        await self._stream.write(STAT_V2.pack(b"STA2", *self._fields_v2(path)))

    async def _lstat_v2(self, path: str) -> None:
        await self._stream.write(STAT_V2.pack(b"LST2", *self._fields_v2(path)))

    async def _list_v1(self, path: str) -> None:
        for name in self._names(path):
            status = self._files.stat(f"{path}/{name}")
            raw = os.fsencode(name)
            entry = (status.st_mode, status.st_size & 0xFFFFFFFF, int(status.st_mtime), len(raw))
            await self._stream.write(DENT_V1.pack(b"DENT", *entry) + raw)
        await self._stream.write(DENT_V1.pack(b"DONE", 0, 0, 0, 0))

    async def _list_v2(self, path: str) -> None:
        for name in self._names(path):
            raw = os.fsencode(name)
            await self._stream.write(
                DENT_V2.pack(b"DNT2", *self._fields_v2(f"{path}/{name}"), len(raw)) + raw
            )
        await self._stream.write(DENT_V2.pack(b"DONE", *([0] * 12)))

    def _names(self, path: str) -> list[str]:
        """Names in a folder; adbd answers an unreadable folder with an empty list."""
        try:
            return self._files.names(path)
        except OSError:
            return []

    def _status(self, path: str) -> os.stat_result | None:
        try:
            return self._files.stat(path)
        except OSError:
            return None

    def _fields_v2(self, path: str) -> tuple[int, ...]:
        try:
            s = self._files.stat(path)
        except OSError as error:
            return (error.errno or errno.EIO, *([0] * 10))
        times = (int(s.st_atime), int(s.st_mtime), int(s.st_ctime))
        return (0, s.st_dev, s.st_ino, s.st_mode, s.st_nlink, SHELL_ID, SHELL_ID, s.st_size, *times)

    async def _send_v1(self, path_and_mode: str) -> None:
        path, _, mode = path_and_mode.rpartition(",")
        if not mode.isdecimal():
            raise SyncFailure("bad mode")
        await self._store(path, int(mode))

    async def _send_v2(self, path: str) -> None:
        _, mode, flags = struct.unpack("<4s2I", await self._take(12))
        if flags & ~0x80000000:
            await self._drain()
            raise SyncFailure(f"unsupported flags {flags}")
        await self._store(path, mode)

    async def _store(self, path: str, mode: int) -> None:
        """Write a file, and take all its data even if it cannot be written."""
        try:
            host = self._prepare(path, mode)
        except OSError as error:
            await self._drain()
            raise SyncFailure(f"couldn't create file: {error.strerror}") from error
        complete = False
        try:
            modified = await self._write_data(host)
            host.chmod(0o100000 | mode & 0o777 & ~UMASK | mode & 0o7000)
            os.utime(host, (modified, modified))
            complete = True
        finally:
            if not complete:
                host.unlink(missing_ok=True)
        await self._stream.write(REQUEST.pack(b"OKAY", 0))

    def _prepare(self, path: str, mode: int) -> Path:
        """Where to write a file, with the folders above it made, as adbd makes them."""
        if stat.S_ISLNK(mode):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        host = self._files.check_writable(path)
        self._files.make_folder(str(Path(canonical(path)).parent), parents=True)
        if host.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        host.unlink(missing_ok=True)
        return host

    async def _write_data(self, host: Path) -> int:
        """Write what the host sends; returns the modification time in seconds."""
        room = self._files.capacity_bytes - self._files.used_bytes()
        with host.open("wb", buffering=0) as file:
            while True:
                request, length = REQUEST.unpack(await self._take(REQUEST.size))
                if request == b"DONE":
                    return int(length)
                await self._write_chunk(file, request, length, room - file.tell())

    async def _write_chunk(self, file: FileIO, request: bytes, length: int, room: int) -> None:
        if request != b"DATA" or length > MAX_DATA:
            raise SyncFailure("bad data message")
        data = await self._take(length)
        if length > room or not _wrote_whole(file, data):
            await self._drain()
            raise SyncFailure(f"write failed: {os.strerror(errno.ENOSPC)}")

    async def _drain(self) -> None:
        """Take and forget the rest of a file, so that the host comes to read the failure."""
        while True:
            request, length = REQUEST.unpack(await self._take(REQUEST.size))
            if request != b"DATA":
                return
            await self._take(length)

    async def _receive_v2(self, path: str) -> None:
        _, flags = struct.unpack("<4sI", await self._take(8))
        if flags:
            raise SyncFailure(f"unsupported flags {flags}")
        await self._receive(path)

    async def _receive(self, path: str) -> None:
        try:
            content = memoryview(self._files.read(path))
        except OSError as error:
            raise SyncFailure(f"open failed: {error.strerror}") from error
        for start in range(0, len(content), MAX_DATA):
            chunk = content[start : start + MAX_DATA]
            await self._stream.write(REQUEST.pack(b"DATA", len(chunk)) + chunk)
        await self._stream.write(REQUEST.pack(b"DONE", 0))

    async def _fail(self, message: str) -> None:
        text = message.encode(errors="replace")
        await self._stream.write(REQUEST.pack(b"FAIL", len(text)) + text)

    async def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            data = await self._stream.read()
            if not data:
                raise StreamClosed
            self._buffer += data
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


def _wrote_whole(file: FileIO, data: bytes) -> bool:
    """Whether the disk of the computer that the phone lives on took everything."""
    try:
        return file.write(data) == len(data)
    except OSError:
        return False
