"""Authorisation: a host that the phone's user has accepted comes in, others see `unauthorized`."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.virtual.adb.auth import KEY, MODULUS_BYTES, SHA1_PREFIX, PublicKey, read_public_key
from harness.virtual.adb.wire import Command
from tests.conftest import PrivateAdb
from tests.virtual.connected import ConnectedPhone, connect
from tests.virtual.in_process import invented, phone_here
from tests.virtual.raw_host import BANNER, RawHost

# No product of two primes, so nobody can sign with it; real signatures come from real servers below.
MODULUS = (1 << 2047) + 12345


def encoded(modulus: int, exponent: int = 65537, words: int = 64) -> bytes:
    raw = KEY.pack(words, 0, modulus.to_bytes(MODULUS_BYTES, "little"), bytes(MODULUS_BYTES), exponent)
    return base64.b64encode(raw) + b" somebody@somewhere\0"


def test_a_public_key_is_read_as_adb_sends_it() -> None:
    assert read_public_key(encoded(MODULUS)) == PublicKey(MODULUS, 65537)


@pytest.mark.parametrize("data", [b"", b"AAAA x", b"\xff" * 50, encoded(MODULUS, words=32), encoded(0)])
def test_what_is_no_key_is_none(data: bytes) -> None:
    assert read_public_key(data) is None


@given(st.binary(min_size=MODULUS_BYTES, max_size=MODULUS_BYTES), st.binary(min_size=20, max_size=20))
def test_a_signature_by_nobody_is_never_accepted(signature: bytes, token: bytes) -> None:
    assert not PublicKey(MODULUS, 65537).has_signed(token, signature)


def test_a_signature_is_a_padded_token() -> None:
    token = bytes(range(20))
    ending = b"\0" + SHA1_PREFIX + token
    padded = b"\0\1" + b"\xff" * (MODULUS_BYTES - 2 - len(ending)) + ending
    assert PublicKey(MODULUS, 1).has_signed(token, padded)
    assert not PublicKey(MODULUS, 1).has_signed(token[::-1], padded)


def test_a_phone_that_asks_nobody_stays_unauthorized(adb: PrivateAdb, tmp_path: Path) -> None:
    with phone_here(tmp_path, invented(state="unauthorized")) as here:
        said = adb.run("connect", here.address).stdout
        assert "failed to authenticate" in said
        assert f"{here.address}\tunauthorized" in adb.run("devices").stdout
        assert adb.run("-s", here.address, "shell", "echo", "in").stdout == ""
        adb.run("disconnect", here.address)


def test_a_host_that_was_accepted_comes_in_again_by_its_signature(
    each_adb: PrivateAdb, tmp_path: Path
) -> None:
    with phone_here(tmp_path, invented(), asks_user=True) as here:
        for _ in range(2):
            phone = connect_patiently(each_adb, here.address)
            assert phone.shell("echo in").stdout == "in\n"
            each_adb.run("disconnect", here.address)


def connect_patiently(adb: PrivateAdb, address: str) -> ConnectedPhone:
    adb.run("connect", address)
    assert adb.run("-s", address, "wait-for-device", timeout_s=20).returncode == 0
    return connect(adb, address)


def test_nothing_is_served_before_a_host_is_let_in(tmp_path: Path) -> None:
    with phone_here(tmp_path, invented(), asks_user=True) as here, RawHost(here.port) as host:
        host.send(Command.CNXN, 0x01000001, 1 << 20, BANNER)
        command, kind, _, first_token = host.receive()
        assert (command, kind, len(first_token)) == (Command.AUTH, 1, 20)
        host.send(Command.OPEN, 1, 0, b"shell:echo in\0")
        host.send(Command.AUTH, 2, 0, bytes(MODULUS_BYTES))
        command, kind, _, token = host.receive()
        assert (command, kind) == (Command.AUTH, 1)
        assert token != first_token
        host.send(Command.AUTH, 3, 0, b"no key\0")
        host.send(Command.AUTH, 3, 0, encoded(MODULUS))
        assert host.receive()[0] == Command.CNXN
