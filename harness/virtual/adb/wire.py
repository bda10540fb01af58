"""The messages of the ADB wire protocol: 24 bytes of header, then the payload.

Only bytes in, messages out. What a message means is `adbd`'s question.
Source: packages/modules/adb/protocol.txt and types.h (AOSP).
"""

import struct
from asyncio import StreamReader
from dataclasses import dataclass
from enum import IntEnum

VERSION = 0x01000001
"""From this version on, neither side sums its payloads up."""
MAX_PAYLOAD = 1 << 20
"""Largest payload that adb has ever negotiated."""
HEADER = struct.Struct("<6I")


class Command(IntEnum):
    """What a message is; the four letters as a little-endian number."""

    CNXN = 0x4E584E43
    AUTH = 0x48545541
    STLS = 0x534C5453
    OPEN = 0x4E45504F
    OKAY = 0x59414B4F
    CLSE = 0x45534C43
    WRTE = 0x45545257


class MalformedMessage(ValueError):
    """Bytes that are no ADB message; there is no way back into step, so the connection must end."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `arg0` and `arg1` are ids or, in CNXN, the version and the largest payload."""

    command: Command
    arg0: int
    arg1: int
    payload: bytes = b""


def encode(message: Message, *, with_sum: bool) -> bytes:
    """The message as it travels; only hosts older than VERSION verify the sum of a payload."""
    header = HEADER.pack(
        message.command,
        message.arg0,
        message.arg1,
        len(message.payload),
        sum(message.payload) & 0xFFFFFFFF if with_sum else 0,
        message.command ^ 0xFFFFFFFF,
    )
    return header + message.payload


def decode_header(header: bytes, max_payload: int = MAX_PAYLOAD) -> tuple[Message, int]:
    """A message without its payload, and how many bytes of payload follow.

    The sum is never verified: hosts send a true one at first and 0 after a reconnect. A host greets before it
    knows the largest payload, so its CNXN may be larger.

    Raises:
        MalformedMessage: the magic is wrong, the command unknown or the payload too large.
    """
    command, arg0, arg1, length, _sum, magic = HEADER.unpack(header)
    if command ^ 0xFFFFFFFF != magic:
        raise MalformedMessage(f"magic {magic:#010x} does not belong to command {command:#010x}")
    largest = MAX_PAYLOAD if command == Command.CNXN else max_payload
    if length > largest:
        raise MalformedMessage(f"payload of {length} bytes, at most {largest} may be sent")
    try:
        return Message(Command(command), arg0, arg1), length
    except ValueError as error:
        raise MalformedMessage(f"unknown command {command:#010x}") from error


async def read_message(reader: StreamReader, max_payload: int = MAX_PAYLOAD) -> Message:
    """The next message.

    Raises:
        MalformedMessage: see `decode_header`.
        asyncio.IncompleteReadError: the host has gone.
    """
    message, length = decode_header(await reader.readexactly(HEADER.size), max_payload)
    if not length:
        return message
    return Message(message.command, message.arg0, message.arg1, await reader.readexactly(length))
