"""Folders that are made once, appear whole, and stay until nobody has used them for long.

Several processes may want one at once: one makes it, the others wait.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from harness.places import locked

UNUSED_S = 30 * 24 * 3600
"""After so long an unused folder is removed, once another one is made beside it."""

_UNFINISHED = ".new-"
_FILES = "files.json"
"""In each folder: size and SHA-256 of every file in it, by name."""


def named_after(*content: str | Path) -> str:
    """A name for a folder that is made from these alone: texts, and files by their bytes.

    Raises:
        OSError: a file cannot be read.
    """
    parts = (part if isinstance(part, str) else _sha256(part) for part in content)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def is_kept(place: Path) -> bool:
    """Whether the folder is there with every file in its size, which counts as a use of it.

    A crash of the system may have cut some short.
    """
    listed = _listed(place)
    try:
        is_whole = bool(listed) and all(
            (place / name).stat().st_size == size for name, (size, _) in listed.items()
        )
    except OSError:
        return False
    if is_whole:
        with suppress(OSError):  # somebody else's cache that can be read serves as well
            os.utime(place)
    return is_whole


def remove_damaged(place: Path) -> bool:
    """Look at every byte, and remove the folder if one is another than it was; whether it was removed.

    Raises:
        OSError: it cannot be read or removed.
    """
    if not is_kept(place) or all(
        _sha256(place / name) == known for name, (_, known) in _listed(place).items()
    ):
        return False
    shutil.rmtree(place)
    return True


def _listed(place: Path) -> dict[str, tuple[int, str]]:
    try:
        listed = json.loads((place / _FILES).read_text(encoding="utf-8"))
        return {name: (int(size), str(sha256)) for name, (size, sha256) in listed.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def keep(place: Path, make: Callable[[Path], None]) -> Path:
    """The folder, made if there is no whole one.

    Args:
        place: where it is or will be; it shares its parent with nothing but its like.
        make: fills an empty folder of the same name; what it raises leaves nothing behind.

    Raises:
        OSError: it cannot be written.
    """
    if not is_kept(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        with locked(place.parent / "lock"):
            if not is_kept(place):
                shutil.rmtree(place, ignore_errors=True)
                _remove_stale(place.parent)
                _make(place, make)
    return place


def _make(place: Path, make: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=_UNFINISHED) as folder:
        fresh = Path(folder) / place.name
        fresh.mkdir()
        make(fresh)
        files = (file for file in fresh.rglob("*") if file.is_file())
        listed = {str(file.relative_to(fresh)): (file.stat().st_size, _sha256(file)) for file in files}
        (fresh / _FILES).write_text(json.dumps(listed), encoding="utf-8")
        fresh.rename(place)


def _remove_stale(folders: Path) -> None:
    """Remove what killed processes left, since only one makes at a time, and what nobody used for long."""
    for folder in folders.iterdir():
        is_unused = folder.is_dir() and time.time() - folder.stat().st_mtime > UNUSED_S
        if folder.name.startswith(_UNFINISHED) or is_unused:
            shutil.rmtree(folder, ignore_errors=True)
