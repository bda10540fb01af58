"""How one side of a connection speaks: version, largest payload, features, and the banner that says so.

Which Android speaks how is `era`'s business. Sources: adb.h and transport.cpp (AOSP); banners of real phones.
"""

from dataclasses import dataclass

from harness.virtual.adb import codecs
from harness.virtual.adb.wire import MAX_PAYLOAD, VERSION

QUOTED = ("ro.product.name", "ro.product.model", "ro.product.device")
LONGEST_BANNER_BYTES = 4096
DELAYED_ACK = "delayed_ack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What one side of a connection can do."""

    version: int = VERSION
    max_payload: int = MAX_PAYLOAD
    """Bytes."""
    features: frozenset[str] = frozenset()


def dialect_of(protocol: tuple[int, int], features: frozenset[str]) -> Dialect:
    """What a phone's adbd speaks: version and largest payload, and those features that can be had here."""
    version, max_payload = protocol
    usable = features - codecs.missing_features()
    return Dialect(version=version, max_payload=max_payload, features=usable)


def banner(state: str, properties: dict[str, str], features: frozenset[str]) -> bytes:
    """What adbd says of the phone in its CNXN; `state` is `device`, or `recovery` and the like."""
    fields = "".join(f"{name}={_plain(properties.get(name, ''))};" for name in QUOTED)
    said = f"features={','.join(sorted(features))}" if features else ""
    return f"{state}::{fields}{said}".encode()[:LONGEST_BANNER_BYTES]


def features_of_host(text: bytes) -> frozenset[str]:
    """The features in the banner of an adb server."""
    for part in text.rstrip(b"\0").split(b"::", 1)[-1].split(b";"):
        if part.startswith(b"features="):
            return frozenset(part.removeprefix(b"features=").decode(errors="replace").split(","))
    return frozenset()


def _plain(value: str) -> str:
    """A value without the characters that separate values."""
    return "".join("_" if character in ":;=\n" else character for character in value)
