"""The jar for a desktop's JVM: the runner without its Android half, and the libraries' Java classes."""

import tempfile
from pathlib import Path

from android_runner.packaging.archive import read_folder, read_zip, write_zip
from android_runner.packaging.recipe import Recipe
from android_runner.packaging.tools import run_tool

MAIN_CLASS = "io.elbench.runner.host.HostRunner"

_PARTS = ("core", "pytorch", "host")


def build_host_jar(recipe: Recipe, output: Path) -> Path:
    """Build elbench-runner-host.jar into a folder.

    Raises:
        SetupIncomplete: there is no JDK.
        BuildFailed: the stub does not compile.
    """
    entries = read_folder(recipe.classes, _belongs_on_a_desktop) | _stubs(recipe)
    for library in recipe.libraries:
        entries |= read_zip(library, _is_class_or_notice)
    entries |= recipe.licences("META-INF/licences")
    entries["META-INF/MANIFEST.MF"] = _manifest(recipe)
    jar = output / "elbench-runner-host.jar"
    write_zip(jar, entries)
    return jar


def _belongs_on_a_desktop(name: str) -> bool:
    if not name.endswith(".class"):
        return True
    return name.startswith(("org/pytorch/", *(f"io/elbench/runner/{part}/" for part in _PARTS)))


def _is_class_or_notice(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    if folder.startswith("META-INF"):
        return file.upper().startswith(("LICENSE", "LICENCE", "NOTICE"))
    return file.endswith(".class") and file != "module-info.class"


def _stubs(recipe: Recipe) -> dict[str, bytes]:
    """Android classes that PyTorch's signatures name. Not Maven's task: its classpath has the real ones."""
    root = recipe.source / "src/host-stubs/java"
    with tempfile.TemporaryDirectory() as scratch:
        options = ("--release", "8", "-Xlint:-options", "-g:source,lines", "-encoding", "UTF-8")
        run_tool(recipe, "javac", *options, "-d", scratch, *sorted(root.rglob("*.java")))
        return read_folder(Path(scratch), lambda name: name.endswith(".class"))


def _manifest(recipe: Recipe) -> bytes:
    lines = {
        "Manifest-Version": "1.0",
        "Main-Class": MAIN_CLASS,
        "Implementation-Title": "elbench runner",
        "Implementation-Version": recipe.version,
    }
    return "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + b"\r\n"
