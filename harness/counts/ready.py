"""The counter of this machine: what elbench is shipped with, and what `make arm64` set up."""

import hashlib
import os
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path

from android_runner.arm64.cores import CORES, cpuinfo
from android_runner.arm64.kit import find_kit
from android_runner.arm64.runtime import ABI, unpacked_libraries
from android_runner.host.runtime import usable
from android_runner.prebuilt import Prebuilt, read_prebuilt
from harness.counts.counter import LOADER, Counter
from harness.places import cache_folder

_C_LIBRARIES = (LOADER, "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0")


def ready_counter(environment: Mapping[str, str] = os.environ) -> Counter:
    """Make the counter ready; a second at first, milliseconds from then on.

    Raises:
        SetupIncomplete: this machine cannot run it, `make arm64` was not run, or a shipped file is missing.
    """
    kit, prebuilt, cache = find_kit(environment), read_prebuilt(), cache_folder(environment)
    assert kit.emulator
    assert kit.emulator_version
    shipped = {key: prebuilt.intact(file) for key, file in prebuilt.manifest.arm64.items()}
    with usable(cache, forbidden=""):
        folder = unpacked_libraries(prebuilt, cache)
    libraries = {file.name: file for file in folder.glob("*.so")}
    real = [file for file in libraries.values() if not file.is_symlink()]
    c_libraries = {name: kit.libraries / name for name in _C_LIBRARIES}
    return Counter(
        emulator=kit.emulator,
        emulator_version=kit.emulator_version,
        plugin=shipped[f"plugin-{platform.machine()}"],
        host=shipped["counter"],
        libraries=libraries | c_libraries,
        runtime=(
            f"PyTorch Mobile {prebuilt.manifest.pytorch_lite} {ABI} ({_digest(real)}),"
            f" {kit.libc_version} ({_digest(c_libraries.values())}), counter {_version(prebuilt)}"
        ),
    )


def _version(prebuilt: Prebuilt) -> str:
    """Of the counting program and its plugins, of all machines, and of what they show as a core."""
    files = sorted(f"{key} {file.sha256}" for key, file in prebuilt.manifest.arm64.items())
    shown = [f"{core.name} {core.cpu} {cpuinfo(core)}" for core in CORES.values()]
    return hashlib.sha256("\n".join([*files, *shown]).encode()).hexdigest()[:8]


def _digest(files: Iterable[Path]) -> str:
    together = hashlib.sha256()
    for file in sorted(files, key=lambda one: one.name):
        with file.open("rb") as opened:
            together.update(hashlib.file_digest(opened, "sha256").digest())
    return together.hexdigest()[:8]
