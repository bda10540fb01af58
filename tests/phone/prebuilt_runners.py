"""Folders of shipped runners, made of small APKs, as elbench reads its own."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from android_runner.contract import PACKAGE
from android_runner.prebuilt import Prebuilt, read_prebuilt
from tests.virtual.apk import build_apk

ABIS = ("arm64-v8a", "armeabi-v7a", "x86_64")
OURS, THEIRS = b"certificate of elbench", b"certificate of somebody else"


def make_prebuilt(
    folder: Path,
    *,
    version: str = "0.1.0",
    code: int = 1,
    abis: Sequence[str] = ABIS,
    certificate: bytes = OURS,
    min_sdk: int = 23,
) -> Prebuilt:
    """A manifest and one signed APK per ABI."""
    folder.mkdir(parents=True)
    apks = {}
    for abi in abis:
        content = build_apk(
            PACKAGE,
            version_code=code,
            version_name=version,
            min_sdk=min_sdk,
            abis=[abi],
            certificate=certificate,
        )
        apks[abi] = _placed(folder / f"elbench-runner-{abi}.apk", content)
    manifest = {
        "schema": 2,
        "version": version,
        "version_code": code,
        "pytorch_lite": "1.12.2",
        "source_sha256": "0" * 64,
        "tools": {},
        "apks": apks,
        "host": _placed(folder / "elbench-runner-host.jar", b"jar"),
        "arm64": {},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return read_prebuilt(folder)


def _placed(file: Path, content: bytes) -> dict[str, object]:
    file.write_bytes(content)
    return {
        "name": file.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
    }
