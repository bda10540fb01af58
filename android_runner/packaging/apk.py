"""The APKs: classes to dex, the manifest to binary XML, native libraries beside them, then the signature."""

import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from android_runner.packaging.archive import read_folder, read_zip, write_zip
from android_runner.packaging.recipe import ABIS, Recipe
from android_runner.packaging.tools import FRAMEWORK, run_tool

_ANDROID = "{http://schemas.android.com/apk/res/android}"
_HOST_PACKAGE = "io/elbench/runner/host/"

_KEY_FILE = "signing/elbench-runner.p12"
_KEY_ALIAS = "elbench"
# The key is public: it makes builds identical and proves no origin.
_KEY_PASSWORD = "elbench-runner"  # noqa: S105


def build_apks(recipe: Recipe, output: Path) -> Mapping[str, Path]:
    """Build the APK of each ABI into a folder.

    Raises:
        SetupIncomplete: a program that this needs is not installed.
        BuildFailed: one of them refused its input.
    """
    with tempfile.TemporaryDirectory() as scratch:
        common = _common_entries(recipe, Path(scratch))
        with ThreadPoolExecutor() as pool:  # zlib and the programs run beside each other
            paths = pool.map(lambda abi: _build_apk(recipe, abi, common, output, Path(scratch)), ABIS)
            return dict(zip(ABIS, paths, strict=True))


def minimum_api(recipe: Recipe) -> str:
    """The oldest API level that the manifest admits."""
    uses_sdk = ElementTree.parse(recipe.manifest).find("uses-sdk")  # noqa: S314  our own file
    assert uses_sdk is not None
    return uses_sdk.attrib[f"{_ANDROID}minSdkVersion"]


def _common_entries(recipe: Recipe, scratch: Path) -> dict[str, bytes]:
    """What all APKs have in common."""
    resources = read_folder(recipe.classes, lambda name: not name.endswith(".class"))
    return (
        _manifest_entries(recipe, scratch)
        | _dex_entries(recipe, scratch)
        | resources
        | recipe.licences("assets/licences")
    )


def _manifest_entries(recipe: Recipe, scratch: Path) -> dict[str, bytes]:
    base = scratch / "base.apk"
    version = ["--version-code", str(recipe.version_code), "--version-name", recipe.version]
    run_tool(recipe, "aapt", "package", "-f", "-M", recipe.manifest, "-I", FRAMEWORK, *version, "-F", base)
    return read_zip(base, lambda _: True)


def _dex_entries(recipe: Recipe, scratch: Path) -> dict[str, bytes]:
    own = scratch / "own.jar"
    write_zip(own, read_folder(recipe.classes, _belongs_on_a_phone))
    dex = scratch / "dex"
    dex.mkdir()
    dexer = (
        "java",
        "-cp",
        recipe.r8,
        "com.android.tools.r8.D8",
        "--release",
        "--min-api",
        minimum_api(recipe),
    )
    phone = ("--lib", recipe.android, "--lib", recipe.java_home)
    run_tool(recipe, *dexer, *phone, "--output", dex, own, *recipe.libraries)
    return read_folder(dex, lambda name: name.endswith(".dex"))


def _belongs_on_a_phone(name: str) -> bool:
    return name.endswith(".class") and not name.startswith(_HOST_PACKAGE)


def _build_apk(recipe: Recipe, abi: str, common: Mapping[str, bytes], output: Path, scratch: Path) -> Path:
    folder = f"jni/{abi}/"
    libraries = read_zip(recipe.aar, lambda name: name.startswith(folder) and name.endswith(".so"))
    native = {f"lib/{abi}/{name.removeprefix(folder)}": data for name, data in libraries.items()}
    unsigned, aligned = scratch / f"{abi}.zip", scratch / f"{abi}.aligned"
    write_zip(unsigned, {**common, **native})
    run_tool(recipe, "zipalign", "-p", "4", unsigned, aligned)
    signed = output / f"elbench-runner-{abi}.apk"
    _sign(recipe, aligned, signed)
    return signed


def _sign(recipe: Recipe, aligned: Path, signed: Path) -> None:
    key = ("--ks", recipe.source / _KEY_FILE, "--ks-type", "PKCS12", "--ks-key-alias", _KEY_ALIAS)
    password = ("--ks-pass", f"pass:{_KEY_PASSWORD}")
    schemes = [f"--v{scheme}-signing-enabled={str(scheme <= 3).lower()}" for scheme in (1, 2, 3, 4)]
    levels = ("--min-sdk-version", minimum_api(recipe), "--v1-signer-name", "ELBENCH")
    run_tool(recipe, "apksigner", "sign", *key, *password, *schemes, *levels, "--out", signed, aligned)
