"""Fetches ExecuTorch and its torch into elbench's cache, pinned and known by hash, and nothing elsewhere.

Their other dependencies are elbench's own packages, so pip is told to fetch none.
"""

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from android_runner.executorch.packages import PINNED, packages_place
from android_runner.host.kept import keep, remove_damaged
from android_runner.host.programs import run_program
from harness.errors import SetupIncomplete
from harness.places import cache_folder

WHERE = "executorch"
DEADLINE_S = 3600
"""For 600 MB over a slow line."""

_NO_PIP = "run `python -m ensurepip`, then try again"
_NO_WHEELS = "check the network and pip's settings, then try again"
_NO_START = (
    "use a torch from pip's own index for elbench, whose CUDA libraries this one stands on, then try again"
)

_PROOF = """
import sys
sys.path.insert(0, sys.argv[1])
import executorch.backends.xnnpack.partition.xnnpack_partitioner
import executorch.runtime, torchvision
assert executorch.runtime.Runtime.get().backend_registry.is_available("XnnpackBackend"), "error: no XNNPACK"
"""


def set_up(environment: Mapping[str, str], say: Callable[[str], None]) -> Path:
    """Fetch the packages unless they are there, and prove that they start; also at once by several.

    Args:
        environment: where pip's settings and the cache are looked for.
        say: told what was set up.

    Raises:
        SetupIncomplete: they cannot be had here, do not start, or there is no room.
    """
    place = packages_place(environment)
    try:
        if remove_damaged(place):
            say(f"damaged, and fetched again: {place}")
        keep(place, lambda folder: _fetch(folder, environment, say))
    except OSError as error:
        raise SetupIncomplete(
            f"ExecuTorch cannot be written there ({error.strerror or error})",
            remedy="set ELBENCH_CACHE to a folder with 3 GB of room that can be written",
            where=str(cache_folder(environment)),
        ) from error
    say(f"ExecuTorch: {place}")
    return place


def _fetch(folder: Path, environment: Mapping[str, str], say: Callable[[str], None]) -> None:
    say("fetching ExecuTorch and its torch, 600 MB")
    _require_pip(environment)
    quietly = ("--quiet", "--disable-pip-version-check", "--no-cache-dir", "--retries=2")
    exactly = ("--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile")
    with tempfile.TemporaryDirectory(dir=folder.parent) as unpacking:
        command = _python(
            "-m", "pip", "install", *quietly, *exactly, "--target", folder, "--requirement", PINNED
        )
        beside = {**environment, "TMPDIR": unpacking}  # the system's may be small and in memory
        run_program(command, beside, where=WHERE, name="pip", remedy=_NO_WHEELS, deadline_s=DEADLINE_S)
    _prove(folder, environment)


def _require_pip(environment: Mapping[str, str]) -> None:
    run_program(_python("-m", "pip", "--version"), environment, where=WHERE, name="pip", remedy=_NO_PIP)


def _prove(folder: Path, environment: Mapping[str, str]) -> None:
    """Import what exports and runs models; Python compiles it meanwhile, which later ones are spared."""
    command = _python("-W", "ignore", "-c", _PROOF, folder)
    run_program(command, environment, where=WHERE, name="ExecuTorch", remedy=_NO_START)


def _python(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, *arguments]
