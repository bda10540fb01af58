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
_SIZES = "sizes.json"


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
    try:
        sizes: dict[str, int] = json.loads((place / _SIZES).read_text())
        is_whole = all((place / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False
    if is_whole:
        with suppress(OSError):  # somebody else's cache that can be read serves as well
            os.utime(place)
    return is_whole


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
        sizes = {str(file.relative_to(fresh)): file.stat().st_size for file in files}
        (fresh / _SIZES).write_text(json.dumps(sizes))
        fresh.rename(place)


def _remove_stale(folders: Path) -> None:
    """Remove what killed processes left, since only one makes at a time, and what nobody used for long."""
    for folder in folders.iterdir():
        is_unused = folder.is_dir() and time.time() - folder.stat().st_mtime > UNUSED_S
        if folder.name.startswith(_UNFINISHED) or is_unused:
            shutil.rmtree(folder, ignore_errors=True)
