"""Compressed transfers: what is packed unpacks again, real adb servers use it, and damage is told."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.virtual.adb import codecs
from tests.virtual.connected import ConnectedPhone

ALL = [codecs.BROTLI, codecs.LZ4, codecs.ZSTD]
TMP = "/data/local/tmp"


def unpack(codec: int, packed: bytes) -> bytes:
    plain: list[bytes] = []
    unpacker = codecs.unpacker(codec, plain.append)
    for at in range(0, len(packed), 1000):
        unpacker.feed(packed[at : at + 1000])
    unpacker.finish()
    return b"".join(plain)


@given(st.sampled_from(ALL), st.binary(max_size=2000), st.integers(1, 300))
def test_what_is_packed_unpacks_again(codec: int, content: bytes, times: int) -> None:
    pieces = list(codecs.packed(codec, content * times))
    assert unpack(codec, b"".join(pieces)) == content * times
    assert all(len(piece) <= codecs.PIECE_BYTES for piece in pieces)


@given(st.sampled_from(ALL), st.binary(max_size=300))
def test_bytes_that_were_never_packed_are_damaged_or_unpack_and_nothing_else(codec: int, data: bytes) -> None:
    try:
        unpack(codec, data)
    except codecs.DamagedData:
        assert True


@pytest.mark.parametrize("codec", ALL)
def test_data_that_end_too_early_are_damaged(codec: int) -> None:
    packed = b"".join(codecs.packed(codec, os.urandom(5000)))
    with pytest.raises(codecs.DamagedData):
        unpack(codec, packed[:-7])


@pytest.mark.parametrize("codec", ALL)
def test_little_that_unpacks_to_much_comes_in_bounded_pieces(codec: int) -> None:
    sizes: list[int] = []
    unpacker = codecs.unpacker(codec, lambda plain: sizes.append(len(plain)))
    for piece in codecs.packed(codec, bytes(100_000_000)):
        unpacker.feed(piece)
    unpacker.finish()
    assert sum(sizes) == 100_000_000
    assert max(sizes) <= 33_000_000


def test_a_codec_without_its_library_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert codecs.missing_features() == frozenset()
    monkeypatch.setattr(codecs, "is_installed", lambda flag: flag != codecs.LZ4)
    assert codecs.missing_features() == {"sendrecv_v2_lz4"}


@pytest.mark.parametrize("codec", ["any", "none", "brotli", "lz4", "zstd"])
def test_a_large_file_travels_compressed_both_ways(phone: ConnectedPhone, tmp_path: Path, codec: str) -> None:
    sent, back, remote = tmp_path / "sent", tmp_path / "back", f"{TMP}/packed-{codec}"
    sent.write_bytes(os.urandom(200_000) + bytes(3_000_000) + b"text " * 100_000)
    options = ["-Z"] if codec == "none" else ["-z", codec]
    pushed = phone.run("push", *options, str(sent), remote)
    assert pushed.returncode == 0, pushed.stderr
    pulled = phone.run("pull", *options, remote, str(back))
    assert pulled.returncode == 0, pulled.stderr
    assert back.read_bytes() == sent.read_bytes()
    phone.shell(f"rm {remote}")


def test_a_dry_run_of_a_push_writes_nothing(phone: ConnectedPhone, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    sent.write_bytes(bytes(300_000))
    assert phone.run("push", "-n", str(sent), f"{TMP}/dry").returncode == 0
    assert phone.shell(f"ls {TMP}/dry").returncode == 1


def test_a_full_phone_refuses_a_compressed_file_as_a_plain_one(phone: ConnectedPhone, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    sent.write_bytes(bytes(1000))
    answer = phone.run("push", "-z", "zstd", str(sent), "/system/x")
    assert "Read-only file system" in answer.stdout + answer.stderr
