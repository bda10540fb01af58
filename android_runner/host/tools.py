"""The programs of this machine that Android's libraries need here: a JVM, a C compiler, and readelf."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from android_runner.host import programs
from harness.errors import SetupIncomplete

Machine = Literal["x86_64", "aarch64"]
"""As `uname -m` says it."""

OLDEST_JAVA = 11
"""The first long-term release with every JVM option that `runtime` sets."""
INSTALL = "apt-get install --no-install-recommends openjdk-17-jre-headless gcc libc6-dev binutils"
DEADLINE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiler:
    """A C compiler, for this machine or another, and what reads its files."""

    cc: Path
    readelf: Path
    """Reads the files of every machine."""
    path: str
    """PATH that they find other programs on."""
    machine: Machine
    """That it compiles for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTools:
    """Programs that were found and answer."""

    java: Path
    cc: Path
    readelf: Path
    path: str
    """PATH that they were found on, and find others on."""
    java_name: str
    """Such as `OpenJDK 17.0.15`."""
    cc_name: str
    """First line of what the compiler says of its version."""
    libc_name: str
    """Such as `glibc 2.36`."""

    @property
    def compiler(self) -> Compiler:
        """The compiler for this machine."""
        return Compiler(cc=self.cc, readelf=self.readelf, path=self.path, machine="x86_64")


def find_tools(environment: Mapping[str, str] = os.environ) -> HostTools:
    """Find what is needed to run Android's x86_64 libraries here, on PATH.

    Raises:
        SetupIncomplete: something is missing, too old or does not start; or this is no Linux x86_64.
    """
    _require_platform()
    path = environment.get("PATH", os.defpath)
    found = {name: shutil.which(name, path=path) for name in ("java", "cc", "readelf")}
    missing = [name for name, place in found.items() if place is None]
    if missing:
        raise _incomplete(f"{' and '.join(missing)} cannot be found")
    places = {name: Path(place) for name, place in found.items() if place}
    return HostTools(
        **places,
        path=path,
        java_name=_java_name(run_program([places["java"], "-version"], path).stderr),
        cc_name=run_program([places["cc"], "--version"], path).stdout.partition("\n")[0],
        libc_name=" ".join(platform.libc_ver()),
    )


def _require_platform() -> None:
    system, machine, libc = platform.system(), platform.machine(), platform.libc_ver()[0]
    if (system, machine, libc) != ("Linux", "x86_64", "glibc"):
        raise SetupIncomplete(
            f"Android's libraries run on Linux x86_64 with glibc, this is {system} {machine} {libc}".rstrip(),
            remedy="use the engine `lite`",
            where="engine android",
        )


def run_program(command: Sequence[str | Path], path: str) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end, in English and without the options that the user's variables may hold.

    Args:
        command: the program and its arguments.
        path: where it finds other programs, as in PATH.

    Raises:
        SetupIncomplete: it does not start, fails or does not end.
    """
    ran = programs.run_program(
        command, {"PATH": path}, where="engine android", remedy=f"run: {INSTALL}", deadline_s=DEADLINE_S
    )
    stdout, stderr = (said.decode(errors="replace") for said in (ran.stdout, ran.stderr))
    return subprocess.CompletedProcess(ran.args, ran.returncode, stdout, stderr)


def _java_name(text: str) -> str:
    """`OpenJDK 17.0.15` from the lines of `java -version`."""
    version = re.search(r'version "(?:1\.)?((\d+)[^"]*)"', text)
    if version is None:
        raise _incomplete(f"java does not say its version, but: {text[:80]}")
    if int(version[2]) < OLDEST_JAVA:
        raise _incomplete(f"java is of version {version[1]}, at least {OLDEST_JAVA} is needed")
    return f"{'OpenJDK' if 'openjdk' in text.lower() else 'Java'} {version[1]}"


def _incomplete(cause: str) -> SetupIncomplete:
    return SetupIncomplete(cause, remedy=f"run: {INSTALL}", where="engine android")
