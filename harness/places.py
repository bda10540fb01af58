"""Where elbench keeps what it made and can make again, and how processes take turns there."""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def cache_folder(environment: Mapping[str, str]) -> Path:
    """`$ELBENCH_CACHE`, else `elbench` in `$XDG_CACHE_HOME` (if absolute), else `~/.cache/elbench`."""
    if chosen := environment.get("ELBENCH_CACHE"):
        return Path(chosen).absolute()
    xdg = Path(environment.get("XDG_CACHE_HOME", ""))
    return (xdg if xdg.is_absolute() else Path.home() / ".cache") / "elbench"


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Have a file to oneself: other processes that want it wait, and a killed one lets go.

    Raises:
        OSError: it cannot be opened.
    """
    with file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
