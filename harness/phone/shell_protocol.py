"""What a phone's shell service sends: output, and the exit code that ends it.

Two wire formats become one sequence of pieces: the packets of shell v2 (Android 7 and later) and, for
older phones, the bare output followed by a marker of our own. Connections are `transport`'s business.
Source: AOSP packages/modules/adb, shell_protocol.h.
"""

import re
import shlex
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

Stream = Literal["stdout", "stderr", "exit"]

_STREAMS: dict[int, Stream] = {1: "stdout", 2: "stderr", 3: "exit"}
_READ_BYTES = 65536
# An end that tells no code is no success.
_UNKNOWN_EXIT = b"\xff"


class Readable(Protocol):
    """A connection as the shell protocol needs it; its end before the answer's end is an error."""

    def read_exact(self, count: int) -> bytes:
        """Exactly `count` bytes."""

    def read_some(self, limit: int) -> bytes:
        """What has arrived, at least one byte."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some output as it arrived; the last piece is `exit`, and its data the exit code as one byte."""

    stream: Stream
    data: bytes


@dataclass(frozen=True, slots=True)
class ShellAnswer:
    """A command that has ended. Phones without shell v2 send stderr mixed into stdout."""

    stdout: str
    stderr: str
    exit_code: int


def quoted(*words: str) -> str:
    """One command line from words, none of which the phone's shell interprets."""
    return shlex.join(words)


def v2_pieces(connection: Readable) -> Iterator[Piece]:
    """Read shell v2 packets (id, little-endian length, data) up to the exit code."""
    while True:
        header = connection.read_exact(5)
        data = connection.read_exact(int.from_bytes(header[1:], "little"))
        stream = _STREAMS.get(header[0])
        if stream == "exit":
            yield Piece(stream, data[:1] or _UNKNOWN_EXIT)
            return
        if stream is not None:
            yield Piece(stream, data)


def with_exit_marker(command: str, marker: str) -> str:
    """The command followed by its marker; its own shell keeps what is in it from swallowing the marker."""
    return f"{quoted('sh', '-c', command)}; echo {marker}:$?:"


def marked_pieces(connection: Readable, marker: str) -> Iterator[Piece]:
    r"""Read bare output up to the marker. A terminal stands between before Android 7: every `\r` is dropped.

    Only a marker with digits counts: a list of processes may show the marker's own command.
    """
    ending = re.compile(re.escape(marker.encode()) + rb":(\d{1,3}):")
    pending = b""
    while True:
        pending += connection.read_some(_READ_BYTES).replace(b"\r", b"")
        if end := ending.search(pending):
            yield Piece("stdout", pending[: end.start()])
            yield Piece("exit", bytes([int(end[1]) & 0xFF]))
            return
        # The last line may hold the beginning of the marker.
        complete, newline, pending = pending.rpartition(b"\n")
        yield Piece("stdout", complete + newline)


def collect(pieces: Iterable[Piece]) -> ShellAnswer:
    """The whole answer. Bytes that are no UTF-8 become U+FFFD."""
    output: dict[Stream, bytearray] = {"stdout": bytearray(), "stderr": bytearray(), "exit": bytearray()}
    for piece in pieces:
        output[piece.stream] += piece.data
    return ShellAnswer(_text(output["stdout"]), _text(output["stderr"]), output["exit"][0])


def stdout_lines(pieces: Iterable[Piece]) -> Generator[str, None, ShellAnswer]:
    """Lines of stdout as they arrive, without their ends; returns the answer without its stdout."""
    pending = bytearray()
    rest: list[Piece] = []
    for piece in pieces:
        if piece.stream == "stdout":
            continued, *begun = piece.data.split(b"\n")
            pending += continued
            for line in begun:
                yield _text(pending.removesuffix(b"\r"))
                pending = bytearray(line)
        else:
            rest.append(piece)
    if pending:
        yield _text(pending)
    return collect(rest)


def _text(data: bytes | bytearray) -> str:
    return data.decode(errors="replace")
