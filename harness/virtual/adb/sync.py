"""The sync service: status, listing, sending and receiving files, each in both versions and compressed.

Source: packages/modules/adb/SYNC.TXT, file_sync_protocol.h and daemon/file_sync_service.cpp (AOSP), whose
error texts are used. How a file that arrives is written is `receiving`'s business.
"""

import errno
import os
import struct
from collections.abc import Awaitable, Callable, Iterable

from harness.virtual.adb import codecs
from harness.virtual.adb.adbd import Stream, StreamClosed
from harness.virtual.adb.receiving import IncomingFile
from harness.virtual.system.filesystem import PhoneFiles

REQUEST = struct.Struct("<4sI")
STAT_V1 = struct.Struct("<4s3I")
STAT_V2 = struct.Struct("<4sIQQIIIIQqqq")
DENT_V1 = struct.Struct("<4s4I")
DENT_V2 = struct.Struct("<4sIQQIIIIQqqqI")
SEND_V2 = struct.Struct("<4sII")
RECV_V2 = struct.Struct("<4sI")
USER_IDS = {"root": 0, "system": 1000, "shell": 2000, "media_rw": 1023}
APP_ID = 10100
MAX_DATA = 64 * 1024
MAX_PATH = 1024
DRY_RUN = 0x80000000
KNOWN_SIZE = 0xFFFFFFFF


class SyncFailure(Exception):
    """A request that failed; its text goes to the host."""


async def serve_sync(files: PhoneFiles, features: frozenset[str], stream: Stream) -> None:
    """Answer requests until QUIT, or until the host closes the stream."""
    session = SyncSession(files, features, stream)
    while await session.answer_one():
        pass


class SyncSession:
    """One sync stream."""

    def __init__(self, files: PhoneFiles, features: frozenset[str], stream: Stream) -> None:
        self._files = files
        self._features = features
        self._stream = stream
        self._buffer = bytearray()
        self._handlers = self._known_requests()

    def _known_requests(self) -> dict[bytes, Callable[[str], Awaitable[None]]]:
        requests: dict[bytes, Callable[[str], Awaitable[None]]] = {
            b"STAT": self._stat_v1,
            b"LIST": self._list_v1,
            b"SEND": self._send_v1,
            b"RECV": self._receive,
        }
        if "stat_v2" in self._features:
            requests |= {b"STA2": self._stat_v2, b"LST2": self._lstat_v2}
        if "ls_v2" in self._features:
            requests |= {b"LIS2": self._list_v2}
        if "sendrecv_v2" in self._features:
            requests |= {b"SND2": self._send_v2, b"RCV2": self._receive_v2}
        return requests

    async def answer_one(self) -> bool:
        """Answer one request; false when the session is over."""
        try:
            request, length = REQUEST.unpack(await self._take(REQUEST.size))
            handler = self._handlers.get(request)
            if handler is None or length > MAX_PATH:
                if request != b"QUIT":
                    name = request.decode("ascii", "replace")
                    await self._fail("path too long" if handler else f"unknown command {name}")
                return False
            await handler((await self._take(length)).decode(errors="surrogateescape"))
        except SyncFailure as failure:
            await self._fail(str(failure))
        return True

    async def _stat_v1(self, path: str) -> None:
        status = self._status(path)
        await self._stream.write(STAT_V1.pack(b"STAT", *_fields_v1(status)))

    async def _stat_v2(self, path: str) -> None:
        await self._stream.write(STAT_V2.pack(b"STA2", *self._fields_v2(path, follow=True)))

    async def _lstat_v2(self, path: str) -> None:
        await self._stream.write(STAT_V2.pack(b"LST2", *self._fields_v2(path)))

    async def _list_v1(self, path: str) -> None:
        for name in self._names(path):
            raw = os.fsencode(name)
            fields = _fields_v1(self._status(f"{path}/{name}"))
            await self._stream.write(DENT_V1.pack(b"DENT", *fields, len(raw)) + raw)
        await self._stream.write(DENT_V1.pack(b"DONE", *([0] * 4)))

    async def _list_v2(self, path: str) -> None:
        for name in self._names(path):
            raw = os.fsencode(name)
            fields = self._fields_v2(f"{path}/{name}")
            await self._stream.write(DENT_V2.pack(b"DNT2", *fields, len(raw)) + raw)
        await self._stream.write(DENT_V2.pack(b"DONE", *([0] * 12)))

    def _names(self, path: str) -> list[str]:
        """Names in a folder with its two own; adbd answers an unreadable folder with an empty list."""
        try:
            return [".", "..", *self._files.names(path)]
        except OSError:
            return []

    def _status(self, path: str) -> os.stat_result | None:
        try:
            return self._files.lstat(path)
        except OSError:
            return None

    def _fields_v2(self, path: str, *, follow: bool = False) -> tuple[int, ...]:
        try:
            s = self._files.stat(path) if follow else self._files.lstat(path)
            owner = tuple(USER_IDS.get(name, APP_ID) for name in self._files.owner(path))
        except OSError as error:
            return (error.errno or errno.EIO, *([0] * 10))
        times = (int(s.st_atime), int(s.st_mtime), int(s.st_ctime))
        return (0, s.st_dev, s.st_ino, s.st_mode, s.st_nlink, *owner, s.st_size, *times)

    async def _send_v1(self, path_and_mode: str) -> None:
        path, comma, mode = path_and_mode.rpartition(",")
        if not comma:
            raise SyncFailure("missing , in ID_SEND_V1")
        if not mode.isdecimal() or len(mode) > 9:
            raise SyncFailure("bad mode")
        await self._store(path, int(mode))

    async def _send_v2(self, path: str) -> None:
        _, mode, flags = SEND_V2.unpack(await self._take(SEND_V2.size))
        codec = await self._codec_of(flags & ~DRY_RUN, drain=True)
        await self._store(path, mode, codec=codec, is_dry=bool(flags & DRY_RUN))

    async def _codec_of(self, flags: int, *, drain: bool) -> int:
        """The compression that the flags ask for, 0 for none."""
        offered = {flag for name, flag in codecs.FEATURES.items() if name in self._features}
        if flags and flags not in offered:
            if drain:
                await self._drain()
            known = any(flags == flag for flag in codecs.LIBRARIES)
            raise SyncFailure(f"unsupported flags {flags}" if known else f"unknown flags: {flags}")
        return flags

    async def _store(self, path: str, mode: int, *, codec: int = 0, is_dry: bool = False) -> None:
        """Write a file, and take all its data even if it cannot be written."""
        try:
            with IncomingFile(self._files, path, mode, codec=codec, is_dry=is_dry) as file:
                file.finish(await self._take_data(file))
        except OSError as error:
            if isinstance(error, ConnectionError):
                raise
            raise SyncFailure(f"{error.filename}: {error.strerror}") from error
        await self._stream.write(REQUEST.pack(b"OKAY", 0))

    async def _take_data(self, file: IncomingFile) -> int:
        """Hand a file what the host sends; returns its modification time in seconds."""
        file.open_or_note()
        while True:
            request, length = REQUEST.unpack(await self._take(REQUEST.size))
            if request == b"DONE":
                return int(length)
            if request != b"DATA" or length > MAX_DATA:
                raise SyncFailure("bad data message")
            file.feed_or_note(await self._take(length))

    async def _drain(self) -> None:
        """Take and forget the rest of a file, so that the host comes to read the failure."""
        while True:
            request, length = REQUEST.unpack(await self._take(REQUEST.size))
            if request != b"DATA":
                return
            await self._take(length)

    async def _receive_v2(self, path: str) -> None:
        _, flags = RECV_V2.unpack(await self._take(RECV_V2.size))
        await self._give(path, await self._codec_of(flags, drain=False))

    async def _receive(self, path: str) -> None:
        await self._give(path, 0)

    async def _give(self, path: str, codec: int) -> None:
        try:
            content = self._files.read(path)
        except OSError as error:
            doing = "read" if error.errno == errno.EISDIR else "open"
            raise SyncFailure(f"{doing} failed: {error.strerror}") from error
        for chunk in _chunks(content, codec):
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


def _fields_v1(status: os.stat_result | None) -> tuple[int, int, int]:
    """Mode, size (which wraps at 4 GiB) and time; zeros stand for nothing there."""
    if status is None:
        return 0, 0, 0
    return status.st_mode, status.st_size & KNOWN_SIZE, int(status.st_mtime) & KNOWN_SIZE


def _chunks(content: bytes, codec: int) -> Iterable[bytes]:
    if codec:
        return codecs.packed(codec, content)
    return (content[start : start + MAX_DATA] for start in range(0, len(content), MAX_DATA))
