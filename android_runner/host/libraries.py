"""The native libraries inside an APK, which may come from anybody: checked before a byte is kept."""

import re
import zipfile
import zlib
from pathlib import Path

from harness.errors import SetupIncomplete

RUNTIME = "libpytorch_jni_lite.so"
"""What the runner's Java classes load."""
ANDROIDS_OWN = ("libc.so", "libm.so", "libdl.so", "liblog.so", "libandroid.so")
"""Libraries that come with a phone, and no APK may bring."""
MOST_LIBRARIES = 64
MOST_BYTES = 512 << 20
"""Of all libraries together; those of PyTorch Mobile have 53 MB."""

_CHUNK_BYTES = 1 << 20


def unpack_libraries(apk: Path, abi: str, folder: Path) -> tuple[str, ...]:
    """Write the libraries of one ABI, byte for byte, into a folder; returns their names, sorted.

    Raises:
        SetupIncomplete: not an archive, a damaged one, one without these libraries, or with impossible ones.
        OSError: the folder cannot be written.
    """
    try:
        with zipfile.ZipFile(apk) as archive:
            entries = _libraries(archive, abi)
            for name, entry in entries.items():
                _extract(archive, entry, folder / name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise SetupIncomplete(
            f"the installed APK does not serve here: {error}",
            remedy=f"install elbench's own APK for {abi}, or use the engine `lite`",
            where=apk.name,
        ) from error
    return tuple(sorted(entries))


def _libraries(archive: zipfile.ZipFile, abi: str) -> dict[str, zipfile.ZipInfo]:
    """Entries by plain file name."""
    pattern = re.compile(rf"lib/{re.escape(abi)}/(lib[A-Za-z0-9_+.-]+\.so)")
    matches = [(pattern.fullmatch(entry.filename), entry) for entry in archive.infolist()]
    found = [(match[1], entry) for match, entry in matches if match]
    entries = dict(found)
    total_bytes = sum(entry.file_size for entry in entries.values())
    problems = [
        (RUNTIME not in entries, f"it has no lib/{abi}/{RUNTIME}"),
        (len(entries) < len(found), "it has a library twice"),
        (not entries.keys().isdisjoint(ANDROIDS_OWN), "it brings a library of Android's own"),
        (len(entries) > MOST_LIBRARIES, f"it has {len(entries)} libraries"),
        (total_bytes > MOST_BYTES, f"its libraries have {total_bytes} bytes"),
    ]
    for is_wrong, what in problems:
        if is_wrong:
            raise ValueError(what)
    return entries


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: Path) -> None:
    """Never more bytes than the entry states: zipfile stops there, and then compares the checksum."""
    with archive.open(entry) as packed, file.open("xb") as library:
        while chunk := packed.read(_CHUNK_BYTES):
            library.write(chunk)
    file.chmod(0o444)
