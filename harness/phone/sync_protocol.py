"""The file service of a phone: send, receive, stat, one exchange a connection.

Ours and not adbutils', whose push loses the phone's message, whose pull of a missing file succeeds and whose
stat ends at 4 GiB. Source: AOSP packages/modules/adb, file_sync_protocol.h and SYNC.TXT.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NoReturn, Protocol

from harness.errors import TransferFailed

CHUNK_BYTES = 64 * 1024
_LONGEST_PATH_BYTES = 1024
_REGULAR_FILE = 0o100000
_STAT_V2 = struct.Struct("<4sIQQIIIIQqqq")
_NOTHING_THERE = (2, 20)  # ENOENT, ENOTDIR


class Channel(Protocol):
    """A connection to the sync service as this protocol needs it."""

    place: str

    def read_exact(self, count: int) -> bytes:
        """Exactly `count` bytes."""

    def write(self, data: bytes) -> None:
        """Send everything."""

    def has_input(self) -> bool:
        """Whether something can be read without waiting."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file or folder on the phone."""

    size_bytes: int
    mode: int
    """Type and permission bits as in `stat(2)`."""
    mtime_s: int
    """Seconds since 1970, UTC."""


def send(channel: Channel, chunks: Iterable[bytes], remote: str, *, mode: int, mtime_s: int) -> None:
    """Write a file from chunks of at most CHUNK_BYTES.

    Raises:
        TransferFailed: the phone refused, with its own message.
    """
    _request(channel, b"SEND", f"{remote},{_REGULAR_FILE | mode}")
    for chunk in chunks:
        # A phone that cannot write says so at once; what is sent after that is only thrown away.
        if channel.has_input():
            break
        channel.write(b"DATA" + len(chunk).to_bytes(4, "little") + chunk)
    else:
        channel.write(b"DONE" + mtime_s.to_bytes(4, "little"))
    kind, length = _header(channel)
    if kind != b"OKAY":
        _refuse(channel, kind, length, remote)


def receive(channel: Channel, remote: str) -> Iterator[bytes]:
    """Read a file, chunk by chunk.

    Raises:
        TransferFailed: the phone refused, with its own message, or there is no such file.
    """
    _request(channel, b"RECV", remote)
    while True:
        kind, length = _header(channel)
        if kind == b"DONE":
            return
        if kind != b"DATA" or length > CHUNK_BYTES:
            _refuse(channel, kind, length, remote)
        yield channel.read_exact(length)


def stat(channel: Channel, remote: str, *, version_2: bool) -> RemoteFile | None:
    """What lies at a path, or None if nothing does. Version 1 (before Android 8) wraps sizes at 4 GiB.

    Raises:
        TransferFailed: the phone does not let us look.
    """
    if not version_2:
        _request(channel, b"STAT", remote)
        _, mode, size_bytes, mtime_s = struct.unpack("<4sIII", channel.read_exact(16))
        return RemoteFile(size_bytes, mode, mtime_s) if mode else None
    _request(channel, b"STA2", remote)
    _, error, _, _, mode, _, _, _, size_bytes, _, mtime_s, _ = _STAT_V2.unpack(
        channel.read_exact(_STAT_V2.size)
    )
    if error in _NOTHING_THERE:
        return None
    if error:
        raise _failure(channel, remote, f"the phone does not let the shell look there (errno {error})")
    return RemoteFile(size_bytes, mode, mtime_s)


def _request(channel: Channel, kind: bytes, argument: str) -> None:
    encoded = argument.encode()
    if len(encoded) > _LONGEST_PATH_BYTES:
        raise _failure(channel, argument, f"a path of {len(encoded)} bytes is too long for a phone")
    channel.write(kind + len(encoded).to_bytes(4, "little") + encoded)


def _header(channel: Channel) -> tuple[bytes, int]:
    header = channel.read_exact(8)
    return header[:4], int.from_bytes(header[4:], "little")


def _refuse(channel: Channel, kind: bytes, length: int, remote: str) -> NoReturn:
    if kind != b"FAIL":
        raise _failure(channel, remote, f"the phone answered {kind!r}, which is no part of the protocol")
    raise _failure(channel, remote, channel.read_exact(length).decode(errors="replace"))


def _failure(channel: Channel, remote: str, message: str) -> TransferFailed:
    return TransferFailed(
        f"{remote}: {message}",
        remedy="check the path and the free space on the phone (`adb shell df /data`), then run again",
        where=channel.place,
    )
