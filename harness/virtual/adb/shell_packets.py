"""The packets of adb's shell protocol (v2), which keep both outputs and the exit status apart.

Source: packages/modules/adb/shell_protocol.h (AOSP).
"""

import struct
from enum import IntEnum

from harness.virtual.adb.adbd import Stream

HEADER = struct.Struct("<BI")
LARGEST_PACKET_BYTES = 16 << 20
"""More than any adb sends; adbd gives up on packets that are larger than its buffer."""


class PacketId(IntEnum):
    """What a packet carries."""

    STDIN = 0
    STDOUT = 1
    STDERR = 2
    EXIT = 3
    CLOSE_STDIN = 4
    WINDOW_SIZE_CHANGE = 5


def encode_packet(packet_id: PacketId, data: bytes) -> bytes:
    """One packet."""
    return HEADER.pack(packet_id, len(data)) + data


class ShellPackets:
    """A stream seen as shell packets. Changes of the window's size are taken and not used."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._buffer = bytearray()
        self._stdin_is_open = True

    async def read_stdin(self) -> bytes:
        """The next bytes of the standard input; empty once the host has closed it."""
        while self._stdin_is_open:
            packet_id, data = await self._next_packet()
            if packet_id == PacketId.STDIN and data:
                return data
            if packet_id in (None, PacketId.CLOSE_STDIN):
                self._stdin_is_open = False
        return b""

    async def write_stdout(self, data: bytes) -> None:
        """Send to the host's standard output."""
        await self._stream.write(encode_packet(PacketId.STDOUT, data))

    async def write_stderr(self, data: bytes) -> None:
        """Send to the host's standard error."""
        await self._stream.write(encode_packet(PacketId.STDERR, data))

    async def write_exit(self, status: int) -> None:
        """Send the exit status, which ends the shell."""
        await self._stream.write(encode_packet(PacketId.EXIT, bytes([status & 0xFF])))

    async def _next_packet(self) -> tuple[int | None, bytes]:
        if not await self._fill(HEADER.size):
            return None, b""
        packet_id, length = HEADER.unpack_from(self._buffer)
        if length > LARGEST_PACKET_BYTES or not await self._fill(HEADER.size + length):
            return None, b""
        data = bytes(self._buffer[HEADER.size : HEADER.size + length])
        del self._buffer[: HEADER.size + length]
        return packet_id, data

    async def _fill(self, size: int) -> bool:
        while len(self._buffer) < size:
            data = await self._stream.read()
            if not data:
                return False
            self._buffer += data
        return True
