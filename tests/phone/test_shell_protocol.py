"""Exit codes of phones without shell v2, and lines out of pieces."""

import io
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import CommandFailed, PhoneLost
from harness.phone.shell_protocol import (
    Piece,
    ShellAnswer,
    collect,
    marked_pieces,
    quoted,
    stdout_lines,
    with_exit_marker,
)
from tests.phone.scripted import Scene, scripted

MARKER = "0123456789abcdef"


class Arriving:
    """A connection on which these bytes arrive, at most `size` at once, before it ends."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data = io.BytesIO(data)
        self._size = size

    def read_exact(self, count: int) -> bytes:
        return self._required(self._data.read(count), count)

    def read_some(self, limit: int) -> bytes:
        return self._required(self._data.read(min(limit, self._size)), 1)

    def _required(self, data: bytes, count: int) -> bytes:
        if len(data) < count:
            raise EOFError
        return data


def answer_of(output: bytes, size: int = 65536) -> ShellAnswer:
    return collect(marked_pieces(Arriving(output, size), MARKER))


@pytest.mark.parametrize("size", [1, 2, 7, 65536])
def test_a_marker_is_found_however_the_output_is_cut(size: int) -> None:
    output = f"first\r\nsecond, unended{MARKER}:17:\r\n".encode()
    assert answer_of(output, size) == ShellAnswer("first\nsecond, unended", "", 17)


def test_output_that_shows_the_markers_own_command_is_not_taken_for_its_end() -> None:
    command = with_exit_marker("ps", MARKER)
    output = f"shell 4242 sh -c {command}\n{MARKER}:0:\n".encode()
    assert answer_of(output) == ShellAnswer(f"shell 4242 sh -c {command}\n", "", 0)


def test_output_without_its_marker_is_no_answer() -> None:
    with pytest.raises(EOFError):
        answer_of(b"looks complete\n")


@pytest.mark.parametrize(
    ("command", "stdout", "exit_code"),
    [
        ("echo 'a b'", "a b\n", 0),
        ("printf unended", "unended", 0),
        ("exit 7", "", 7),
        ("false # a comment", "", 1),
        ("cd /; pwd", "/\n", 0),
        ("nothing-of-this-name", "", 127),
        (")", "", 2),
        ("echo 'unended", "", 2),
    ],
)
def test_a_real_shell_tells_every_commands_exit_code(command: str, stdout: str, exit_code: int) -> None:
    marked = with_exit_marker(command, MARKER)
    ran = subprocess.run(["sh", "-c", marked], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    assert answer_of(ran.stdout) == ShellAnswer(stdout, "", exit_code)


def test_a_phone_without_shell_v2_gives_exit_codes_all_the_same() -> None:
    with scripted({"shell:": Scene(is_shell=True)}, features="cmd") as server:
        transport = server.transport
        assert transport.shell("echo one; exit 3", deadline_s=20) == ShellAnswer("one\n", "", 3)
        assert list(transport.lines("echo one; printf two", deadline_s=20, silence_s=20)) == ["one", "two"]
        with pytest.raises(CommandFailed, match="exited with 127"):
            transport.check("nothing-of-this-name", deadline_s=20)


def test_an_old_phone_that_dies_before_its_marker_gives_no_answer() -> None:
    scenes = {"shell:": Scene(sends=[b"looks complete\r\n"])}
    with scripted(scenes, features="cmd") as server, pytest.raises(PhoneLost):
        server.transport.shell("ls", deadline_s=20)


@given(st.lists(st.binary()))
def test_lines_are_the_output_split_at_line_ends_however_it_arrives(parts: list[bytes]) -> None:
    pieces = [*(Piece("stdout", part) for part in parts), Piece("exit", b"\0")]
    whole = b"".join(parts)
    expected = [line.removesuffix(b"\r").decode(errors="replace") for line in whole.split(b"\n")[:-1]]
    rest = whole.rpartition(b"\n")[2].decode(errors="replace")
    assert list(stdout_lines(pieces)) == expected + ([rest] if rest else [])


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), min_size=1))
def test_quoted_words_reach_a_command_as_they_are(words: list[str]) -> None:
    line = quoted("printf", "%s\\0", *words)
    ran = subprocess.run(["sh", "-c", line], stdout=subprocess.PIPE, check=True)
    assert ran.stdout.decode().split("\0")[:-1] == words
