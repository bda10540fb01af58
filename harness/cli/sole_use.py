"""One elbench at a time on a phone: two would end each other's apps and disturb each other's times."""

import fcntl
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from harness.errors import PhoneNotReady
from harness.results.rundir import unusable

PHONES_IN_USE = "phones-in-use"
"""Folder in elbench's cache."""


@contextmanager
def sole_use(serials: Sequence[str], folder: Path) -> Iterator[None]:
    """Hold the phones of these serials against other elbench processes that use the same `folder`.

    Raises:
        PhoneNotReady: another process holds one of them.
        OutputFolderUnusable: `folder` cannot be written.
    """
    with ExitStack() as stack:
        for serial in sorted(serials):
            stack.enter_context(_held(serial, folder))
        yield


@contextmanager
def _held(serial: str, folder: Path) -> Iterator[None]:
    name = hashlib.sha256(serial.encode()).hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / name).open("w")
    except OSError as error:
        raise unusable(folder, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PhoneNotReady(
                "another elbench is measuring on it",
                remedy="wait for it, or choose another phone with --device",
                where=serial,
            ) from error
        yield
