"""Who signed an APK, by its v1 signature: enough to tell an update from somebody else's app.

Nothing is verified here. Sources: JAR File Specification (META-INF/*.RSA), RFC 2315 (SignedData).
"""

import re
import zipfile

SIGNATURE_BLOCK = re.compile(r"META-INF/[^/]+\.(RSA|DSA|EC)", re.IGNORECASE)
CERTIFICATES = 0xA0
"""The tag [0], which also wraps the content of PKCS #7."""


def signer_of(archive: zipfile.ZipFile) -> bytes | None:
    """The signer's certificates in DER, or the whole block if it is not understood; None if unsigned."""
    names = sorted(name for name in archive.namelist() if SIGNATURE_BLOCK.fullmatch(name))
    if not names:
        return None
    block = archive.read(names[0])
    try:
        return certificates_of(block)
    except (IndexError, StopIteration):
        return block


def certificates_of(block: bytes) -> bytes:
    """The certificates in a PKCS #7 block, whose signature differs with every APK while they stay.

    Raises:
        IndexError, StopIteration: it is no such block.
    """
    content_info = _elements(block)[0][1]
    wrapped = next(value for tag, value in _elements(content_info) if tag == CERTIFICATES)
    signed_data = _elements(wrapped)[0][1]
    return next(value for tag, value in _elements(signed_data) if tag == CERTIFICATES)


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    """Tag and value of each DER element in a row."""
    found = []
    at = 0
    while at < len(data):
        tag, size, start = data[at], data[at + 1], at + 2
        if size & 0x80:
            length_bytes = size & 0x7F
            size = int.from_bytes(data[start : start + length_bytes])
            start += length_bytes
        found.append((tag, data[start : start + size]))
        at = start + size
    return found
