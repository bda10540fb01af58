"""Files that are whole on the disk or not there at all, whatever happens meanwhile."""

import errno
import os
from pathlib import Path


def write_durably(path: Path, data: bytes) -> None:
    """Write a whole file so that a crash or a power cut leaves the old one or the new one, never a part.

    Raises:
        OSError: it cannot be written; the old file is still there.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """The new name is durable only once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
