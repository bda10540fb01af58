"""Which of the shipped files a phone gets, and what a damaged list leads to."""

import json
from pathlib import Path
from typing import Any

import pytest

from android_runner.prebuilt import MANIFEST, read_prebuilt
from harness.errors import SetupIncomplete


def listing() -> dict[str, Any]:
    """A manifest as the build writes it."""

    def file(name: str) -> dict[str, Any]:
        return {"name": name, "sha256": "0" * 64, "size_bytes": 1}

    return {
        "schema": 2,
        "version": "0.1.0",
        "version_code": 100,
        "pytorch_lite": "1.12.2",
        "source_sha256": "0" * 64,
        "tools": {"javac": "17.0.15"},
        "apks": {abi: file(f"elbench-runner-{abi}.apk") for abi in ("arm64-v8a", "armeabi-v7a")},
        "host": file("elbench-runner-host.jar"),
        "arm64": {"shim": file("libhostrt-arm64.so")},
    }


def written(folder: Path, content: object) -> Path:
    (folder / MANIFEST).write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


@pytest.mark.parametrize(
    ("abis", "name"),
    [
        (["arm64-v8a", "armeabi-v7a", "armeabi"], "elbench-runner-arm64-v8a.apk"),
        (["armeabi-v7a", "armeabi"], "elbench-runner-armeabi-v7a.apk"),
        (["x86", "armeabi-v7a"], "elbench-runner-armeabi-v7a.apk"),
    ],
)
def test_a_phone_gets_the_apk_of_its_first_abi_that_has_one(
    tmp_path: Path, abis: list[str], name: str
) -> None:
    prebuilt = read_prebuilt(written(tmp_path, listing()))
    file = prebuilt.apk_for(abis)
    assert file is not None
    assert prebuilt.path(file) == tmp_path / name


def test_a_phone_of_no_known_abi_gets_none(tmp_path: Path) -> None:
    assert read_prebuilt(written(tmp_path, listing())).apk_for(["mips"]) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        listing() | {"schema": 3},
        listing() | {"more": 1},
        listing() | {"apks": {"arm64-v8a": "name"}},
    ],
)
def test_a_damaged_or_foreign_list_says_what_to_do(tmp_path: Path, content: object) -> None:
    with pytest.raises(SetupIncomplete, match="Install elbench again") as refused:
        read_prebuilt(written(tmp_path, content))
    assert str(tmp_path) in str(refused.value)


def test_a_missing_list_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SetupIncomplete, match="prebuilt runners cannot be read"):
        read_prebuilt(tmp_path)
