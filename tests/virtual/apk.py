"""Builds small APKs: a binary AndroidManifest.xml, and what a package manager looks at beside it."""

import io
import struct
import zipfile
from collections.abc import Sequence

NO_STRING = 0xFFFFFFFF
VERSION_CODE, VERSION_NAME, MIN_SDK = 0x0101021B, 0x0101021C, 0x0101020C
TYPE_STRING, TYPE_INT = 0x03, 0x10
Attribute = tuple[int, int, int, int]
"""Index of its name, of its raw text, type, value."""


def build_apk(
    package: str,
    *,
    version_code: int = 1,
    version_name: str = "1.0",
    utf8: bool = False,
    min_sdk: int | None = None,
    abis: Sequence[str] = (),
    certificate: bytes | None = None,
) -> bytes:
    """An APK that a package manager can read.

    Args:
        abis: for which it has a library.
        certificate: of its signer; None leaves it unsigned.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(
            "AndroidManifest.xml", manifest(package, version_code, version_name, utf8=utf8, min_sdk=min_sdk)
        )
        archive.writestr("classes.dex", b"dex\n035\0")
        for abi in abis:
            archive.writestr(f"lib/{abi}/libexample.so", b"\x7fELF")
        if certificate is not None:
            signature = f"{package} {version_code}".encode()
            archive.writestr("META-INF/CERT.RSA", signature_block(certificate, signature))
    return content.getvalue()


def signature_block(certificate: bytes, signature: bytes) -> bytes:
    """The parts of a PKCS #7 SignedData that tell signers apart; the signature is new with each APK."""
    signed_data = der(
        0x30,
        der(0x02, b"\1") + der(0x31, b"") + der(0x30, b"") + der(0xA0, certificate) + der(0x31, signature),
    )
    return der(0x30, der(0x06, b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02") + der(0xA0, signed_data))


def der(tag: int, value: bytes) -> bytes:
    """One element; a length beyond 127 takes bytes of its own."""
    size = len(value)
    if size < 0x80:
        return bytes([tag, size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + value


def manifest(
    package: str, version_code: int, version_name: str, *, utf8: bool, min_sdk: int | None = None
) -> bytes:
    """The manifest as aapt writes it: string pool, resource map, elements."""
    strings = ["versionCode", "versionName", "minSdkVersion", "package", "manifest", "uses-sdk"]
    strings += [package, version_name]
    body = string_pool(strings, utf8=utf8)
    body += chunk(0x0180, 8, struct.pack("<3I", VERSION_CODE, VERSION_NAME, MIN_SDK))
    body += start_of(
        4,
        [
            (0, NO_STRING, TYPE_INT, version_code),
            (1, 7, TYPE_STRING, 7),
            (3, 6, TYPE_STRING, 6),
        ],
    )
    if min_sdk is not None:
        body += start_of(5, [(2, NO_STRING, TYPE_INT, min_sdk)]) + end_of(5)
    return chunk(0x0003, 8, body + end_of(4))


def start_of(name: int, attributes: Sequence[Attribute]) -> bytes:
    """The beginning of an element."""
    element = struct.pack("<6I", 1, NO_STRING, NO_STRING, name, 0x00140014, len(attributes)) + bytes(4)
    for attribute, raw, kind, value in attributes:
        element += struct.pack("<IIIHBBI", NO_STRING, attribute, raw, 8, 0, kind, value)
    return chunk(0x0102, 16, element)


def end_of(name: int) -> bytes:
    """The end of an element."""
    return chunk(0x0103, 16, struct.pack("<4I", 1, NO_STRING, NO_STRING, name))


def string_pool(strings: list[str], *, utf8: bool) -> bytes:
    """A string pool in either encoding."""
    encoded = [encode_utf8(text) if utf8 else encode_utf16(text) for text in strings]
    offsets = [sum(len(text) for text in encoded[:index]) for index in range(len(encoded))]
    data = b"".join(encoded)
    data += bytes(-len(data) % 4)
    start = 28 + 4 * len(strings)
    head = struct.pack("<5I", len(strings), 0, 0x100 if utf8 else 0, start, 0)
    return chunk(0x0001, 28, head + struct.pack(f"<{len(offsets)}I", *offsets) + data)


def encode_utf16(text: str) -> bytes:
    """Length in units, text, end."""
    return struct.pack("<H", len(text)) + text.encode("utf-16-le") + bytes(2)


def encode_utf8(text: str) -> bytes:
    """Length in characters, length in bytes (two bytes each beyond 127), text, end."""
    raw = text.encode()
    lengths = b"".join(
        bytes([n]) if n < 0x80 else bytes([0x80 | n >> 8, n & 0xFF]) for n in (len(text), len(raw))
    )
    return lengths + raw + bytes(1)


def chunk(kind: int, header_bytes: int, body: bytes) -> bytes:
    """A chunk; what belongs to its header beyond the first 8 bytes stands at the start of the body."""
    return struct.pack("<HHI", kind, header_bytes, 8 + len(body)) + body
