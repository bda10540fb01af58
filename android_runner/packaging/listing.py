"""manifest.json: what was built, from what and with what; and how two builds differ.

`android_runner/prebuilt.py` reads it; here it is written with the standard library alone.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from android_runner.packaging.recipe import Recipe, source_sha256
from android_runner.packaging.tools import tool_versions

MANIFEST = "manifest.json"


def write_listing(
    recipe: Recipe, apks: Mapping[str, Path], host: Path, counting: Mapping[str, Path], output: Path
) -> None:
    """Write the manifest beside the files that it lists."""
    listing = {
        "schema": 2,
        "version": recipe.version,
        "version_code": recipe.version_code,
        "pytorch_lite": recipe.pytorch_lite,
        "source_sha256": source_sha256(recipe.source),
        "tools": dict(tool_versions(recipe)),
        "apks": {abi: _file(path) for abi, path in apks.items()},
        "host": _file(host),
        "arm64": {key: _file(path) for key, path in counting.items()},
    }
    (output / MANIFEST).write_text(json.dumps(listing, indent=2) + "\n", encoding="utf-8")


def _file(path: Path) -> dict[str, Any]:
    return {"name": path.name, "sha256": sha256_of(path), "size_bytes": path.stat().st_size}


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def compare(built: Path, prebuilt: Path) -> list[str]:
    """One line for each built file: its hash, its name, and whether the shipped one is the same."""
    files = sorted(file for file in built.iterdir() if file.is_file())
    return [f"{sha256_of(file)}  {file.name}  {_verdict(file, prebuilt / file.name)}" for file in files]


def _verdict(file: Path, shipped: Path) -> str:
    if not shipped.exists():
        return "not shipped yet"
    same = sha256_of(file) == sha256_of(shipped)
    return f"equals {shipped.parent.name}/" if same else f"DIFFERS from {shipped.parent.name}/"
