"""Builds the library that stands for Android's C library: bionic.c, and a jump to glibc for everything else.

Linking fails, and names the function, where an APK's library imports what neither has.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from android_runner.host.libraries import ANDROIDS_OWN
from android_runner.host.tools import Compiler, Machine, run_program
from harness.errors import SetupIncomplete

SHIM = "libhostrt.so"
SOURCE = Path(__file__).with_name("bionic.c")

_VERSION = "LIBC"
_IMPORT = re.compile(rf" (\w+) +\w+ +\w+ +UND (\w+)@{_VERSION}\b")
_OWN = re.compile(rf" (\w+)@{_VERSION}$", re.MULTILINE)
_JUMP: dict[Machine, str] = {
    "x86_64": "jmp *{}@GOTPCREL(%rip)",
    "aarch64": "adrp x16, :got:{0}; ldr x16, [x16, :got_lo12:{0}]; br x16",
}
_OPTIONS = ("-O1", "-fPIC", "-fno-builtin", "-Wall", "-Werror=implicit-function-declaration")


def build_shim(libraries: Sequence[Path], folder: Path, compiler: Compiler) -> None:
    """Build the shim for these libraries into a folder, under the names of Android's own libraries too.

    Args:
        libraries: of an APK, for the compiler's machine.
        folder: where the shim appears, as `SHIM`.
        compiler: for this machine, or for another.

    Raises:
        SetupIncomplete: the compiler lacks its headers, or glibc lacks what the libraries import.
        OSError: the folder cannot be written.
    """
    object_file, jumps, versions = folder / "bionic.o", folder / "jumps.s", folder / "versions"
    run_program([compiler.cc, *_OPTIONS, "-c", SOURCE, "-o", object_file], compiler.path)
    own = _OWN.findall(run_program([compiler.readelf, "--syms", "-W", object_file], compiler.path).stdout)
    imports = {(kind, name) for kind, name in _imported(libraries, compiler) if name not in own}
    jumps.write_text(_jumps(_functions(imports), compiler.machine))
    versions.write_text(f"{_VERSION} {{ }};\n")
    # A comma in the folder's name would end an argument of -Wl.
    link = ["-shared", f"-Wl,-z,defs,-z,now,-soname,{SHIM}", "-Xlinker", f"--version-script={versions}"]
    inputs: list[str | Path] = [object_file, jumps, "-lm", "-ldl", "-lpthread"]
    run_program([compiler.cc, *link, "-o", folder / SHIM, *inputs], compiler.path)
    for name in ANDROIDS_OWN:
        (folder / name).symlink_to(SHIM)
    for file in (object_file, jumps, versions):
        file.unlink()


def _imported(libraries: Sequence[Path], compiler: Compiler) -> set[tuple[str, str]]:
    """Kind and name of everything that the libraries import from Android's C library."""
    listing = run_program([compiler.readelf, "--dyn-syms", "-W", *libraries], compiler.path).stdout
    return set(_IMPORT.findall(listing))


def _functions(imports: Iterable[tuple[str, str]]) -> list[str]:
    """Names to jump to; nothing jumps to data."""
    data = [name for kind, name in imports if kind == "OBJECT"]
    if data:
        raise SetupIncomplete(
            f"the APK's libraries import {', '.join(sorted(data))}, which bionic.c does not define",
            remedy="use the runner that came with elbench, or the engine `lite`",
            where="engine android",
        )
    return sorted(name for _, name in imports)


def _jumps(names: Iterable[str], machine: Machine) -> str:
    """Assembly: each name in Android's version is a jump to the same name wherever else it is defined."""
    lines = [".text"]
    for name in names:
        lines += [
            f".globl jump_{name}",
            f".type jump_{name}, %function",
            f"jump_{name}: {_JUMP[machine].format(name)}",
            f".symver jump_{name}, {name}@{_VERSION}",
        ]
    return "\n".join([*lines, '.section .note.GNU-stack, "", %progbits', ""])
