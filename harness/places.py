"""Where elbench keeps what it made: what it can make again, and what it cannot; and how processes take turns
there."""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def cache_folder(environment: Mapping[str, str]) -> Path:
    """`$ELBENCH_CACHE`, else `elbench` in `$XDG_CACHE_HOME` (if absolute), else `~/.cache/elbench`."""
    return _folder(environment, "ELBENCH_CACHE", "XDG_CACHE_HOME", Path(".cache"))


def data_folder(environment: Mapping[str, str]) -> Path:
    """For what is to stay: `$ELBENCH_DATA`, else `elbench` in `$XDG_DATA_HOME` (if absolute), else
    `~/.local/share/elbench`."""
    return _folder(environment, "ELBENCH_DATA", "XDG_DATA_HOME", Path(".local", "share"))


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Have a file to oneself: other processes that want it wait, and a killed one lets go.

    Raises:
        OSError: it cannot be opened.
    """
    with file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _folder(environment: Mapping[str, str], own: str, xdg: str, below_home: Path) -> Path:
    if chosen := environment.get(own):
        return Path(chosen).absolute()
    given = Path(environment.get(xdg, ""))
    return (given if given.is_absolute() else Path.home() / below_home) / "elbench"
