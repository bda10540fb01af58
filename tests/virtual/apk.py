"""Builds small APKs: an archive with a binary AndroidManifest.xml that names a package."""

import io
import struct
import zipfile

NO_STRING = 0xFFFFFFFF
VERSION_CODE, VERSION_NAME = 0x0101021B, 0x0101021C
TYPE_STRING, TYPE_INT = 0x03, 0x10


def build_apk(package: str, *, version_code: int = 1, version_name: str = "1.0", utf8: bool = False) -> bytes:
    """An APK that a package manager can read."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("AndroidManifest.xml", manifest(package, version_code, version_name, utf8=utf8))
        archive.writestr("classes.dex", b"dex\n035\0")
    return content.getvalue()


def manifest(package: str, version_code: int, version_name: str, *, utf8: bool) -> bytes:
    """The manifest as aapt writes it: string pool, resource map, start and end of one element."""
    strings = ["versionCode", "versionName", "package", "manifest", package, version_name]
    attributes = [
        (0, NO_STRING, TYPE_INT, version_code),
        (1, 5, TYPE_STRING, 5),
        (2, 4, TYPE_STRING, 4),
    ]
    body = string_pool(strings, utf8=utf8)
    body += chunk(0x0180, 8, struct.pack("<2I", VERSION_CODE, VERSION_NAME))
    element = struct.pack("<6I", 1, NO_STRING, NO_STRING, 3, 0x00140014, len(attributes)) + bytes(4)
    for name, raw, kind, value in attributes:
        element += struct.pack("<IIIHBBI", NO_STRING, name, raw, 8, 0, kind, value)
    body += chunk(0x0102, 16, element)
    body += chunk(0x0103, 16, struct.pack("<4I", 1, NO_STRING, NO_STRING, 3))
    return chunk(0x0003, 8, body)


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
