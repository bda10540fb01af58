"""ExecuTorch with the torch that it needs: found, not fetched (`setup`), and brought into its own processes.

    enter(find_packages(), exports=False)
    import executorch.runtime

ExecuTorch 1.5.1 needs torch 2.13, and PyTorch Mobile's files need a torch before it. So these packages lie
in a folder of elbench's cache, and only a process that wants them puts the folder before all others. What
they share with elbench's own packages is not there twice: numpy, sympy, and CUDA's libraries, without
which torch does not start.
"""

import os
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from android_runner.host.kept import is_kept, named_after
from harness.errors import SetupIncomplete
from harness.places import cache_folder

PINNED = Path(__file__).with_name("packages.txt")
"""Every package in its version, known by its hash, as pip reads it."""


def find_packages(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder with the packages, whole by the sizes of its files.

    Raises:
        SetupIncomplete: they are not set up.
    """
    place = packages_place(environment)
    if not is_kept(place):
        raise SetupIncomplete(
            "ExecuTorch is not set up",
            remedy="run `make executorch`, or `python -m android_runner.executorch`",
            where="executorch",
        )
    return place


def packages_place(environment: Mapping[str, str]) -> Path:
    """Where the packages for this Python are or will be."""
    name = named_after(PINNED, sys.implementation.cache_tag, sysconfig.get_platform())
    return cache_folder(environment) / "executorch" / name


def packages_digest() -> str:
    """What decides what the packages compute: their versions and hashes, for keys of caches."""
    return named_after(PINNED)


def enter(folder: Path, *, exports: bool) -> None:
    """Let this process import the packages instead of its own; a process that has torch already cannot.

    Args:
        folder: with the packages.
        exports: whether it is for the exporter too. The runtime alone is imported in a quarter of the time,
            but then a module of the exporter that the runtime asks for must not bring all the others.

    Raises:
        RuntimeError: torch was imported before.
    """
    if "torch" in sys.modules:
        raise RuntimeError("another torch is imported already")
    sys.path.insert(0, str(folder))
    if not exports:
        exporter = ModuleType(_EXPORTER)
        exporter.__path__ = [str(folder.joinpath(*_EXPORTER.split(".")))]
        sys.modules[_EXPORTER] = exporter


_EXPORTER = "executorch.exir"
"""The package whose own code imports the whole exporter, 3 s against 12 s of computing."""
