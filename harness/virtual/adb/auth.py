"""Who may connect: the host proves that it has a key which the phone's user has accepted.

The phone sends a token, the host signs it with each of its keys in turn, and at last sends its public key,
about which a phone asks its user. Keys that were accepted are remembered as long as the phone is on.
Source: packages/modules/adb/protocol.txt, adbd_auth.cpp and libs/crypto_utils/android_pubkey.c (AOSP).
"""

import base64
import binascii
import secrets
import struct
from dataclasses import dataclass

from harness.virtual.adb.wire import Command, Message

TOKEN, SIGNATURE, PUBLIC_KEY = 1, 2, 3
TOKEN_BYTES = 20
MODULUS_BYTES = 256
KEY = struct.Struct(f"<II{MODULUS_BYTES}s{MODULUS_BYTES}sI")
"""Words of the modulus, its inverse, modulus, R squared, exponent; all little-endian."""
SHA1_PREFIX = bytes.fromhex("3021300906052b0e03021a05000414")
"""What PKCS#1 puts before a SHA-1 digest; adb signs the token as if it were one."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An RSA key of 2048 bits."""

    modulus: int
    exponent: int

    def has_signed(self, token: bytes, signature: bytes) -> bool:
        """Whether a signature of a token was made with this key."""
        if len(signature) != MODULUS_BYTES:
            return False
        signed = pow(int.from_bytes(signature, "big"), self.exponent, self.modulus)
        ending = b"\0" + SHA1_PREFIX + token
        padding = b"\xff" * (MODULUS_BYTES - 2 - len(ending))
        return signed.to_bytes(MODULUS_BYTES, "big") == b"\0\1" + padding + ending


def read_public_key(data: bytes) -> PublicKey | None:
    """The key that a host sends: base64, then the user's name; None if it is none."""
    try:
        words, _, modulus, _, exponent = KEY.unpack(
            base64.b64decode(data.rstrip(b"\0").split(b" ")[0], validate=True)
        )
    except (binascii.Error, struct.error, ValueError):
        return None
    key = PublicKey(int.from_bytes(modulus, "little"), exponent)
    return key if words * 4 == MODULUS_BYTES and key.modulus > 1 and exponent in (3, 65537) else None


class KeyRing:
    """The keys that a phone's user has accepted, and whether that user accepts new ones."""

    def __init__(self, *, accepts: bool) -> None:
        self.accepts = accepts
        self.keys: set[PublicKey] = set()


class Gate:
    """One connection's way through the phone's authorisation."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._token = b""

    def challenge(self) -> Message:
        """A fresh token to sign."""
        self._token = secrets.token_bytes(TOKEN_BYTES)
        return Message(Command.AUTH, TOKEN, 0, self._token)

    def admits(self, message: Message) -> bool:
        """Whether a host's answer lets it in."""
        if message.arg0 == SIGNATURE:
            return any(key.has_signed(self._token, message.payload) for key in self._ring.keys)
        key = read_public_key(message.payload) if message.arg0 == PUBLIC_KEY else None
        if key is None or not self._ring.accepts:
            return False
        self._ring.keys.add(key)
        return True

    def next_challenge(self, message: Message) -> Message | None:
        """Another token after a signature by an unknown key; none while the user is asked."""
        return self.challenge() if message.arg0 == SIGNATURE else None
