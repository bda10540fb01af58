"""Where elbench keeps what it made and can make again."""

from collections.abc import Mapping
from pathlib import Path


def cache_folder(environment: Mapping[str, str]) -> Path:
    """`$ELBENCH_CACHE`, else `elbench` in `$XDG_CACHE_HOME` (if absolute), else `~/.cache/elbench`."""
    if chosen := environment.get("ELBENCH_CACHE"):
        return Path(chosen).absolute()
    xdg = Path(environment.get("XDG_CACHE_HOME", ""))
    return (xdg if xdg.is_absolute() else Path.home() / ".cache") / "elbench"
