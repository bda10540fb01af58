"""Zip files that depend on nothing but their content: sorted, without times, owners or local settings."""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that the format can say
_REGULAR_FILE_0644 = 0o100644 << 16
_UNIX = 3


def write_zip(path: Path, entries: Mapping[str, bytes]) -> None:
    """Write the entries sorted by name, deflated as well as zlib can."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = _UNIX
            entry.external_attr = _REGULAR_FILE_0644
            archive.writestr(entry, entries[name], zipfile.ZIP_DEFLATED, compresslevel=9)


def read_zip(path: Path, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Read the entries whose names are wanted; folders are left out."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/") and wanted(name)]
        return {name: archive.read(name) for name in names}


def read_folder(folder: Path, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Read the files below a folder whose relative names are wanted."""
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    return {name: file.read_bytes() for name, file in files.items() if wanted(name)}
