"""Facts of a program are read from its bytes alone, whatever the bytes are."""

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UnreadableModel
from harness.export.bytecode import LARGEST_BYTECODE_BYTES, read_bytecode
from harness.export.host_runtime import load_lite
from tests.export.conftest import tiny_program
from tests.export.networks import with_bytecode_version, with_record

PROGRAM = tiny_program()


def test_versions_and_operators_are_those_that_torch_sees() -> None:
    found = read_bytecode(PROGRAM, where="net.ptl")
    assert (found.version, found.file_format) == (8, 3)
    assert found.operators == load_lite(PROGRAM).operators


def test_another_version_is_read_as_well() -> None:
    assert read_bytecode(with_bytecode_version(PROGRAM, 10), where="net.ptl").version == 10


class Trap:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return (os.system, ("touch /tmp/a-model-file-ran-code",))


def test_nothing_in_the_bytecode_is_carried_out(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    trapped = with_record(PROGRAM, "bytecode.pkl", pickle.dumps((8, Trap()), protocol=2))
    monkeypatch.setattr(os, "system", ran.append)
    with pytest.raises(UnreadableModel):
        read_bytecode(trapped, where="net.ptl")
    assert ran == []


NESTED = b")" + b"\x85" * 1_000_000
"""A million tuples, one in the other: to hash them or to print them takes as many calls in C."""


def bytecode_with(name: bytes, value: bytes = b"N") -> bytes:
    """Bytecode of one function that has nothing but this name and value in its body."""
    return b"\x80\x02(K\x08(N((" + name + value + b"ttNtt."


def bytecode_calling(operator: bytes) -> bytes:
    """Bytecode of one function that calls one operator."""
    return bytecode_with(b"X\x09\0\0\0operators", b"((" + operator + b"Ntt")


@pytest.mark.parametrize(
    "bytecode",
    [
        b"",
        b"hello",
        pickle.dumps(8, protocol=2),
        pickle.dumps((8, ("name", 3)), protocol=2),
        b"\x80\x02r\xff\xff\xff\xff.",
        b"\x80\x02" + b"(" * 300_000 + b"t" * 300_000 + b".",
        bytecode_with(NESTED),
        bytecode_with(b"N", b"}" + NESTED + b"Ns"),
        bytecode_calling(NESTED),
        bytecode_calling(b"K\1"),
        pickle.dumps((10**5000, ()), protocol=2),
        bytes(LARGEST_BYTECODE_BYTES + 1),
    ],
    ids=[
        "empty",
        "text",
        "number",
        "no body",
        "memo of gigabytes",
        "nested",
        "nested name",
        "nested key",
        "nested operator",
        "operator without name",
        "version of 5,000 digits",
        "too long",
    ],
)
def test_what_is_no_bytecode_is_refused_in_one_line(bytecode: bytes) -> None:
    with pytest.raises(UnreadableModel, match="its bytecode cannot be read") as refused:
        read_bytecode(with_record(PROGRAM, "bytecode.pkl", bytecode), where="net.ptl")
    assert "\n" not in str(refused.value)


def test_a_version_that_unpacks_to_gigabytes_is_refused() -> None:
    endless = with_record(PROGRAM, "version", b"3" + b" " * LARGEST_BYTECODE_BYTES)
    with pytest.raises(UnreadableModel, match="its bytecode cannot be read"):
        read_bytecode(endless, where="net.ptl")


@given(st.data())
def test_no_damaged_bytecode_breaks_the_reader(data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(PROGRAM)) as archive:
        bytecode = bytearray(archive.read("archive/bytecode.pkl"))
    for _ in range(data.draw(st.integers(1, 4))):
        bytecode[data.draw(st.integers(0, len(bytecode) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnreadableModel):
        read_bytecode(with_record(PROGRAM, "bytecode.pkl", bytes(bytecode)), where="net.ptl")
