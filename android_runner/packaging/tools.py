"""The programs that a build calls, how a failing one is reported, and their versions."""

import hashlib
import os
import shutil
import subprocess
import zlib
from collections.abc import Mapping
from pathlib import Path

from android_runner.packaging.recipe import Recipe
from harness.errors import ElbenchError, SetupIncomplete

FRAMEWORK = Path("/usr/share/android-framework-res/framework-res.apk")
"""Android's resources, which give the manifest's attributes their numbers."""

_PACKAGES = {
    "aapt": "aapt",
    "apksigner": "apksigner",
    "zipalign": "zipalign",
    "framework-res": "android-framework-res",
}


_COMPILERS = ("clang", "aarch64-linux-gnu-gcc", "x86_64-linux-gnu-gcc", "aarch64-linux-gnu-ld")


class BuildFailed(ElbenchError):
    """A program that the build calls refused its input."""


def run_tool(recipe: Recipe, *command: str | Path) -> str:
    """Run a program in a fixed environment with the build's JDK, and return what it printed.

    Raises:
        SetupIncomplete: the program is not installed.
        BuildFailed: it ended with another code than 0.
    """
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=_environment(recipe), stdin=subprocess.DEVNULL
        )
    except FileNotFoundError as error:
        raise SetupIncomplete(
            f"{name} is not installed", remedy="run `make apk`, which installs it"
        ) from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise BuildFailed(
            f"{name} ended with code {done.returncode}: {said}",
            remedy="see what it says above",
            where="make apk",
        )
    return done.stdout + done.stderr


def find_tool(name: str) -> Path:
    """Where a program is.

    Raises:
        SetupIncomplete: it is not installed.
    """
    found = shutil.which(name)
    if found is None:
        raise SetupIncomplete(f"{name} is not installed", remedy="run `make apk`, which installs it")
    return Path(found)


def _environment(recipe: Recipe) -> dict[str, str]:
    """The caller's, but for what changes output: language, time zone, and JVM options from outside."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JAVA_", "JDK_", "_JAVA_", "LC_"))
    }
    java = recipe.java_home / "bin"
    return kept | {
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "JAVA_HOME": str(recipe.java_home),
        "PATH": f"{java}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }


def tool_versions(recipe: Recipe) -> Mapping[str, str]:
    """Version of each program that decides a byte of the result."""
    return {
        "javac": run_tool(recipe, "javac", "-version").split()[-1],
        "r8": run_tool(recipe, "java", "-cp", recipe.r8, "com.android.tools.r8.D8", "--version").split()[1],
        **{tool: _package_version(tool, package) for tool, package in _PACKAGES.items()},
        **{tool: run_tool(recipe, tool, "--version").splitlines()[0] for tool in _COMPILERS},
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }


def _package_version(tool: str, package: str) -> str:
    """Debian's version; zipalign does not tell its own. Elsewhere the file itself is named by its hash."""
    if shutil.which("dpkg-query"):
        query = ["dpkg-query", "--show", "--showformat=${Version}", package]
        found = subprocess.run(query, capture_output=True, text=True)
        if found.returncode == 0 and found.stdout:
            return found.stdout
    file = str(FRAMEWORK) if tool == "framework-res" else shutil.which(tool)
    if file is None or not Path(file).exists():
        raise SetupIncomplete(f"{package} is not installed", remedy="run `make apk`, which installs it")
    return "sha256:" + hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]
