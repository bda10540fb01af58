"""What runs the arm64 APK's libraries on a desktop: shim, counting program, and its emulator's plugins."""

import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from android_runner.host.shim import SHIM, build_shim
from android_runner.host.tools import Compiler
from android_runner.packaging.recipe import Recipe
from android_runner.packaging.tools import find_tool, run_tool

ABI = "arm64-v8a"
CROSS = "aarch64-linux-gnu-"
_C_COMPILERS = {"x86_64": "x86_64-linux-gnu-gcc", "aarch64": f"{CROSS}gcc"}
"""Of the machines that the emulator may run on."""
_AS_THE_LIBRARIES = (
    "--target=aarch64-linux-gnu",
    "-std=c++14",
    "-stdlib=libc++",
    "-D_LIBCPP_ABI_NAMESPACE=__ndk1",  # as Android's libc++ names itself
    "-DC10_ANDROID",
    "-DC10_MOBILE",
    "-DANDROID",
    "-DNDEBUG",  # decides the layout of RecordFunction
)


def build_counting(recipe: Recipe, output: Path) -> Mapping[str, Path]:
    """Build the files into a folder; returns them by the key that the manifest gives them.

    Raises:
        SetupIncomplete: a compiler is not installed.
        BuildFailed: one of them refused its input.
    """
    with tempfile.TemporaryDirectory() as scratch:
        unpacked = Path(scratch)
        with zipfile.ZipFile(recipe.aar) as aar:
            wanted = [name for name in aar.namelist() if name.startswith(("headers/", f"jni/{ABI}/"))]
            aar.extractall(unpacked, wanted)
        return {
            "shim": _shim(recipe, unpacked, output),
            "counter": _counter(recipe, unpacked, output),
            **{f"plugin-{machine}": _plugin(recipe, machine, output) for machine in _C_COMPILERS},
        }


def _shim(recipe: Recipe, unpacked: Path, output: Path) -> Path:
    libraries = sorted((unpacked / "jni" / ABI).glob("*.so"))
    compiler = Compiler(
        cc=find_tool(f"{CROSS}gcc"),
        readelf=find_tool(f"{CROSS}readelf"),
        path=os.environ.get("PATH", os.defpath),
        machine="aarch64",
    )
    folder = unpacked / "shim"
    folder.mkdir()
    build_shim(libraries, folder, compiler)
    shim = output / "libhostrt-arm64.so"
    # Names of temporary files are in the symbols, and so in the build's id.
    run_tool(recipe, f"{CROSS}strip", "-s", "-R", ".note.gnu.build-id", folder / SHIM, "-o", shim)
    return shim


def _counter(recipe: Recipe, unpacked: Path, output: Path) -> Path:
    source, objects = recipe.source / "counting/host.cpp", unpacked / "host.o"
    headers = ("-isystem", unpacked / "headers", f"-ffile-prefix-map={unpacked}/=")
    warnings = ("-Wall", "-Wextra", "-Werror")
    run_tool(
        recipe,
        "clang++",
        *_AS_THE_LIBRARIES,
        "-O2",
        "-fPIE",
        *warnings,
        *headers,
        "-c",
        source,
        "-o",
        objects,
    )
    program = output / "elbench-count-arm64"
    # The libraries' own imports come from the shim, which stands for Android's C library at run time.
    link = ("-pie", "-nostdlib++", "-static-libgcc", "-s", "-Wl,--allow-shlib-undefined,--build-id=none")
    libraries = (unpacked / "jni" / ABI / name for name in ("libpytorch_jni_lite.so", "libc++_shared.so"))
    run_tool(recipe, "clang++", _AS_THE_LIBRARIES[0], *link, "-o", program, objects, *libraries)
    return program


def _plugin(recipe: Recipe, machine: str, output: Path) -> Path:
    plugin = output / f"counting-plugin-{machine}.so"
    options = ("-O2", "-fPIC", "-fvisibility=hidden", "-shared", "-s", "-Wl,--build-id=none")
    warnings = ("-Wall", "-Wextra", "-Werror")
    source = recipe.source / "counting/plugin.c"
    run_tool(recipe, _C_COMPILERS[machine], *options, *warnings, "-o", plugin, source)
    return plugin
