"""android_runner/prebuilt holds exactly what the sources build to."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from android_runner.packaging.listing import sha256_of
from android_runner.packaging.recipe import ABIS, source_files, source_sha256
from android_runner.prebuilt import MANIFEST, Prebuilt
from tests.android_runner.conftest import AAR


def files(runner: Prebuilt) -> list[Path]:
    """Every file that the manifest names."""
    return [runner.path(file) for file in runner.manifest.files]


def native_libraries(archive: Path, folder: str) -> dict[str, str]:
    """Hashes of the libraries below a folder of a zip file, by their plain name."""
    with zipfile.ZipFile(archive) as entries:
        names = [name for name in entries.namelist() if name.startswith(folder) and name.endswith(".so")]
        return {name.removeprefix(folder): hashlib.sha256(entries.read(name)).hexdigest() for name in names}


def test_the_shipped_runner_was_built_from_these_sources(shipped: Prebuilt) -> None:
    assert shipped.manifest.source_sha256 == source_sha256(), (
        "the runner's sources changed: run `make prebuilt` when the change is complete"
    )


def test_the_built_runner_was_built_from_these_sources(built: Prebuilt) -> None:
    assert built.manifest.source_sha256 == source_sha256(), "build/apk is old: run `make clean apk`"


def test_a_rebuild_gives_the_shipped_bytes(shipped: Prebuilt, built: Prebuilt) -> None:
    differing = [
        file.name for file in files(built) if sha256_of(file) != sha256_of(shipped.folder / file.name)
    ]
    other_tools = {
        tool: f"{shipped.manifest.tools.get(tool)} -> {version}"
        for tool, version in built.manifest.tools.items()
        if shipped.manifest.tools.get(tool) != version
    }
    if differing and other_tools:
        pytest.skip(f"other tools may give other bytes; sources and libraries are compared: {other_tools}")
    assert differing == []


def test_every_shipped_file_has_the_hash_and_size_that_the_manifest_names(shipped: Prebuilt) -> None:
    for file in shipped.manifest.files:
        path = shipped.path(file)
        assert (sha256_of(path), path.stat().st_size) == (file.sha256, file.size_bytes), file.name


def test_nothing_else_is_shipped(shipped: Prebuilt) -> None:
    named = {file.name for file in files(shipped)} | {MANIFEST}
    assert {file.name for file in shipped.folder.iterdir()} == named
    assert tuple(shipped.manifest.apks) == ABIS


@pytest.mark.parametrize("abi", ABIS)
def test_native_libraries_are_those_that_pytorch_published(
    shipped: Prebuilt, built: Prebuilt, abi: str
) -> None:
    published = native_libraries(AAR, f"jni/{abi}/")
    assert set(published) == {"libc++_shared.so", "libfbjni.so", "libpytorch_jni_lite.so"}
    for runner in (shipped, built):
        assert native_libraries(runner.path(runner.manifest.apks[abi]), f"lib/{abi}/") == published


def test_the_source_hash_reads_each_part_of_the_build_and_no_litter() -> None:
    names = source_files()
    for part in (
        "pom.xml",
        "src/main/AndroidManifest.xml",
        "signing/elbench-runner.p12",
        "packaging/apk.py",
        "counting/host.cpp",
        "host/bionic.c",
    ):
        assert part in names
    assert names == sorted(names)
    assert not [name for name in names if "__pycache__" in name or "/." in name or "/test/" in name]


def test_the_source_hash_is_what_sha256sum_gives_and_changes_with_any_byte(tmp_path: Path) -> None:
    (tmp_path / "src/main").mkdir(parents=True)
    (tmp_path / "pom.xml").write_text("pom")
    (tmp_path / "src/main/A.java").write_text("a")
    lines = "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n"
        for name, text in (("pom.xml", "pom"), ("src/main/A.java", "a"))
    )
    before = source_sha256(tmp_path)
    assert before == hashlib.sha256(lines.encode()).hexdigest()

    (tmp_path / "src/main/__pycache__").mkdir()
    (tmp_path / "src/main/__pycache__/a.pyc").write_text("litter")
    assert source_sha256(tmp_path) == before
    (tmp_path / "src/main/A.java").write_text("b")
    assert source_sha256(tmp_path) != before
