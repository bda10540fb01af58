"""A file that would end elbench itself ends a process of its own, and is refused in one line."""

import io
import zipfile

import pytest

from harness.errors import UnreadableModel
from harness.export.trial import try_out
from tests.export.conftest import SMALL, tiny_program


def nested_too_deep() -> bytes:
    """An archive whose bytecode is a million tuples, one in the other."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("net/bytecode.pkl", b"\x80\x02" + b"(" * 1_000_000 + b"t" * 1_000_000 + b".")
        archive.writestr("net/data.pkl", b"\x80\x02N.")
        archive.writestr("net/constants.pkl", b"\x80\x02).")
        archive.writestr("net/version", b"3\n")
    return buffer.getvalue()


def test_a_program_that_kills_its_interpreter_is_refused() -> None:
    with pytest.raises(UnreadableModel, match="ends the process that loads it") as caught:
        try_out(nested_too_deep(), SMALL, where="net.ptl")
    assert str(caught.value).startswith("net.ptl: ")


@pytest.mark.parametrize("program", [tiny_program(), b"PK\x03\x04 junk"], ids=["whole", "junk"])
def test_a_program_that_only_fails_survives(program: bytes) -> None:
    try_out(program, SMALL, where="net.ptl")
