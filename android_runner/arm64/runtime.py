"""The runner on Android's own arm64 libraries, in an arm64 JVM: as `host.runtime`, by emulation.

The APK's libraries are unpacked, not changed; the one that stands for Android's C library is shipped. No time
of such a launch says anything about a phone: an emulator translates every instruction.
"""

import os
import platform
from collections.abc import Mapping
from pathlib import Path

from android_runner.arm64 import cores
from android_runner.arm64.cores import BIG, CORES, Core, write_core
from android_runner.arm64.kit import OLDEST_GLIBC, Arm64Kit, find_kit
from android_runner.host.kept import keep, named_after
from android_runner.host.libraries import ANDROIDS_OWN, unpack_libraries
from android_runner.host.runtime import MALLOC_SETTINGS, HostRuntime, shipped_apk, usable
from android_runner.host.shim import SHIM
from android_runner.prebuilt import Prebuilt, read_prebuilt
from harness.errors import SetupIncomplete
from harness.places import cache_folder

ABI = "arm64-v8a"

_CORES = "cores"


def arm64_runtime(environment: Mapping[str, str] = os.environ, core: Core = BIG) -> HostRuntime:
    """The runtime of the arm64 APK that elbench is shipped with, made ready.

    Args:
        environment: where PATH and the cache are looked for.
        core: that the libraries believe to run on.

    Raises:
        SetupIncomplete: something is not set up, a shipped file is missing or damaged, or the cache cannot be
            used.
    """
    kit, prebuilt, cache = find_kit(environment, jvm=True), read_prebuilt(), cache_folder(environment)
    assert kit.java is not None
    with usable(cache, forbidden=":;,$"):  # the emulator parts its list of variables by commas
        folder = unpacked_libraries(prebuilt, cache)
    variables = {
        "LC_ALL": "C.UTF-8",
        "LD_LIBRARY_PATH": f"{folder}" if kit.is_native else f"{folder}:{kit.libraries}",
        "LD_PRELOAD": SHIM,  # by its name, since this list is parted by spaces too
        "ELBENCH_CORE": str(folder / _CORES / core.name),
        **MALLOC_SETTINGS,
    }
    return HostRuntime(
        abi=ABI,
        java=kit.java,
        jar=prebuilt.intact(prebuilt.manifest.host),
        folder=folder,
        description=_description(kit, core),
        environment=variables if kit.is_native else {},
        emulator=() if kit.is_native else _emulator(kit, core, variables),
    )


def unpacked_libraries(prebuilt: Prebuilt, cache: Path) -> Path:
    """The folder with the shipped arm64 APK's libraries and what stands for Android's own, made if need be.

    Raises:
        SetupIncomplete: a shipped file is missing or damaged.
        OSError: the cache cannot be written.
    """
    apk, shim = shipped_apk(prebuilt, ABI), prebuilt.intact(prebuilt.manifest.arm64["shim"])

    def unpack(folder: Path) -> None:
        unpack_libraries(apk, ABI, folder)
        (folder / SHIM).write_bytes(shim.read_bytes())
        for name in ANDROIDS_OWN:
            (folder / name).symlink_to(SHIM)
        for core in CORES.values():
            write_core(core, folder / _CORES / core.name)

    return keep(cache / "host-runtime" / named_after(apk, shim, Path(__file__), Path(cores.__file__)), unpack)


def _emulator(kit: Arm64Kit, core: Core, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Its own environment is empty: what is set here is for the emulated program alone."""
    settings = (word for name, value in variables.items() for word in ("-E", f"{name}={value}"))
    return (str(kit.emulator), "-cpu", core.cpu, "-L", str(kit.root), *settings)


def _description(kit: Arm64Kit, core: Core) -> str:
    libc = _own_libc() if kit.is_native else kit.libc_version
    by = "taking this machine for" if kit.is_native else f"emulated by {kit.emulator_version} as"
    return f"Android {ABI} libraries, {kit.java_name}, {libc} keeping freed memory, {by} {core.name}"


def _own_libc() -> str:
    """Of an arm64 machine, which runs everything natively."""
    libc, version = platform.libc_ver()
    if libc != "glibc" or tuple(int(part) for part in version.split(".")[:2]) < OLDEST_GLIBC:
        raise SetupIncomplete(
            f"the arm64 libraries need glibc 2.35 or newer, this system has {libc} {version}".rstrip(),
            remedy="use a newer system, or a container of one",
            where="arm64",
        )
    return f"{libc} {version}"
