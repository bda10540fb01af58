"""The package name, version and oldest Android in an APK's binary AndroidManifest.xml.

Reads only what installing needs. Source of the format: frameworks/base ResourceTypes.h (AOSP).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

CHUNK_STRING_POOL = 0x0001
CHUNK_XML = 0x0003
CHUNK_RESOURCE_MAP = 0x0180
CHUNK_START_ELEMENT = 0x0102
FLAG_UTF8 = 0x100
TYPE_STRING = 0x03
ATTRIBUTE_VERSION_CODE = 0x0101021B
ATTRIBUTE_VERSION_NAME = 0x0101021C
ATTRIBUTE_MIN_SDK = 0x0101020C
NO_STRING = 0xFFFFFFFF


class MalformedManifest(ValueError):
    """Bytes that are no binary AndroidManifest.xml with a package name."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Who an APK says it is."""

    package: str
    version_code: int
    version_name: str
    min_sdk: int = 1
    """The oldest Android that it runs on; 1 where the manifest does not say."""


@dataclass(frozen=True, slots=True)
class _Attribute:
    name: str
    resource: int
    text: str | None
    number: int


def read_manifest(data: bytes) -> Manifest:
    """Read a binary AndroidManifest.xml.

    Raises:
        MalformedManifest: see there.
    """
    try:
        elements = _elements(data)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise MalformedManifest("the binary XML is cut off or damaged") from error
    name, attributes = elements[0] if elements else ("", [])
    if name != "manifest":
        raise MalformedManifest("the first element is not <manifest>")
    package = next((a.text for a in attributes if a.name == "package" and not a.resource), None)
    if not package:
        raise MalformedManifest("the manifest names no package")
    version_name = next((a.text for a in attributes if a.resource == ATTRIBUTE_VERSION_NAME), None)
    uses_sdk = next((found for name, found in elements if name == "uses-sdk"), [])
    return Manifest(
        package=package,
        version_code=_number(attributes, ATTRIBUTE_VERSION_CODE, 0),
        version_name=version_name or "",
        min_sdk=_number(uses_sdk, ATTRIBUTE_MIN_SDK, 1),
    )


def _number(attributes: list[_Attribute], resource: int, default: int) -> int:
    return next((a.number for a in attributes if a.resource == resource), default)


def _elements(data: bytes) -> list[tuple[str | None, list[_Attribute]]]:
    """Name and attributes of every element, in the order in which they begin."""
    strings: list[str] = []
    resources: list[int] = []
    elements = []
    for kind, chunk in _chunks(data):
        if kind == CHUNK_STRING_POOL:
            strings = _read_strings(chunk)
        elif kind == CHUNK_RESOURCE_MAP:
            resources = list(struct.unpack_from(f"<{(len(chunk) - 8) // 4}I", chunk, 8))
        elif kind == CHUNK_START_ELEMENT:
            name = _string(strings, struct.unpack_from("<I", chunk, 20)[0])
            elements.append((name, list(_read_attributes(chunk, strings, resources))))
    return elements


def _chunks(data: bytes) -> Iterator[tuple[int, bytes]]:
    kind, header_bytes, total_bytes = struct.unpack_from("<HHI", data)
    if kind != CHUNK_XML or total_bytes > len(data):
        raise MalformedManifest("not a binary XML file")
    at = header_bytes
    while at < total_bytes:
        kind, _, size = struct.unpack_from("<HHI", data, at)
        if size < 8 or at + size > total_bytes:
            raise MalformedManifest("a chunk has an impossible size")
        yield kind, data[at : at + size]
        at += size


def _read_strings(chunk: bytes) -> list[str]:
    count, _styles, flags, start = struct.unpack_from("<4I", chunk, 8)
    if count > len(chunk):
        raise MalformedManifest("the string pool has an impossible size")
    read_one = _read_utf8 if flags & FLAG_UTF8 else _read_utf16
    return [read_one(chunk, start + offset) for offset in struct.unpack_from(f"<{count}I", chunk, 28)]


def _read_utf8(chunk: bytes, at: int) -> str:
    """Two lengths stand before the text: in characters, then in bytes; long ones take two bytes each."""
    at += 2 if chunk[at] & 0x80 else 1
    size = chunk[at]
    if size & 0x80:
        size = (size & 0x7F) << 8 | chunk[at + 1]
        at += 1
    return chunk[at + 1 : at + 1 + size].decode()


def _read_utf16(chunk: bytes, at: int) -> str:
    (units,) = struct.unpack_from("<H", chunk, at)
    if units & 0x8000:
        units = (units & 0x7FFF) << 16 | struct.unpack_from("<H", chunk, at + 2)[0]
        at += 2
    return chunk[at + 2 : at + 2 + 2 * units].decode("utf-16-le")


def _read_attributes(chunk: bytes, strings: list[str], resources: list[int]) -> Iterator[_Attribute]:
    start, size, count = struct.unpack_from("<3H", chunk, 24)
    for index in range(count):
        _namespace, name, raw, _size, kind, value = struct.unpack_from(
            "<IIIHxBI", chunk, 16 + start + index * size
        )
        yield _Attribute(
            name=_string(strings, name) or "",
            resource=resources[name] if name < len(resources) else 0,
            text=_string(strings, value if kind == TYPE_STRING else raw),
            number=value,
        )


def _string(strings: list[str], index: int) -> str | None:
    return None if index == NO_STRING else strings[index]
