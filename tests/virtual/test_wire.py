"""ADB messages: what is written is read again, and what is no message is refused."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.virtual.adb.wire import (
    HEADER,
    MAX_PAYLOAD,
    Command,
    MalformedMessage,
    Message,
    decode_header,
    encode,
    read_message,
)

NUMBERS = st.integers(0, 2**32 - 1)
MESSAGES = st.builds(Message, st.sampled_from(Command), NUMBERS, NUMBERS, st.binary(max_size=300))


def read(data: bytes) -> Message:
    async def feed() -> Message:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        return await read_message(reader)

    return asyncio.run(feed())


@given(MESSAGES, st.booleans())
def test_a_message_is_read_as_it_was_written(message: Message, with_sum: bool) -> None:
    assert read(encode(message, with_sum=with_sum)) == message


@given(MESSAGES)
def test_the_sum_of_a_payload_is_never_verified(message: Message) -> None:
    data = bytearray(encode(message, with_sum=True))
    data[16] ^= 0xFF
    assert read(bytes(data)) == message


@given(st.binary(min_size=HEADER.size, max_size=HEADER.size))
def test_bytes_that_are_no_header_are_refused_and_never_break_the_reader(data: bytes) -> None:
    command, _, _, length, _, magic = HEADER.unpack(data)
    is_valid = command in set(Command) and command ^ 0xFFFFFFFF == magic and length <= MAX_PAYLOAD
    if is_valid:
        decode_header(data)
    else:
        with pytest.raises(MalformedMessage):
            decode_header(data)


def test_a_payload_beyond_what_adb_negotiates_is_refused() -> None:
    header = HEADER.pack(Command.WRTE, 1, 1, MAX_PAYLOAD + 1, 0, Command.WRTE ^ 0xFFFFFFFF)
    with pytest.raises(MalformedMessage, match="at most"):
        decode_header(header)


@given(MESSAGES, st.integers(1, 23))
def test_a_message_that_is_cut_off_is_the_end_of_the_connection(message: Message, missing: int) -> None:
    with pytest.raises(asyncio.IncompleteReadError):
        read(encode(message, with_sum=False)[:-missing][: HEADER.size - missing])
