"""Android's libraries made ready on this machine: byte for byte, once, and never from an unfit APK."""

import hashlib
import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from android_runner.host.kept import UNUSED_S
from android_runner.host.libraries import RUNTIME, unpack_libraries
from android_runner.host.runtime import ABI, prepare, shipped_runtime
from android_runner.host.shim import SHIM
from android_runner.host.tools import HostTools, find_tools
from android_runner.prebuilt import read_prebuilt
from harness.errors import SetupIncomplete
from harness.places import cache_folder


@pytest.fixture(scope="module")
def tools() -> HostTools:
    return find_tools()


@pytest.fixture(scope="module")
def apk() -> Path:
    prebuilt = read_prebuilt()
    file = prebuilt.apk_for([ABI])
    assert file
    return prebuilt.path(file)


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_libraries_stay_byte_identical_and_the_second_time_builds_nothing(
    tools: HostTools, apk: Path, tmp_path: Path
) -> None:
    runtime = prepare(apk, tools, tmp_path)
    with zipfile.ZipFile(apk) as archive:
        packed = {
            Path(name).name: hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if name.startswith(f"lib/{ABI}/")
        }
    unpacked = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in runtime.folder.glob("*.so")
        if not file.is_symlink() and file.name != SHIM
    }
    assert unpacked == packed
    assert RUNTIME in packed
    without_compiler = replace(tools, cc=Path("/nowhere/cc"))
    assert prepare(apk, without_compiler, tmp_path) == runtime


@pytest.mark.parametrize("damaged", [RUNTIME, SHIM, "libc.so"])
def test_a_damaged_cache_heals(tools: HostTools, apk: Path, tmp_path: Path, damaged: str) -> None:
    folder = prepare(apk, tools, tmp_path / "a, folder").folder
    file = folder / damaged
    whole = file.read_bytes()
    file.unlink()
    if damaged == RUNTIME:
        file.write_bytes(whole[:-1])
    assert prepare(apk, tools, tmp_path / "a, folder").folder == folder
    assert file.read_bytes() == whole


def test_two_processes_at_once_share_one_build(apk: Path, tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from android_runner.host.runtime import prepare;"
        "from android_runner.host.tools import find_tools;"
        "print(prepare(pathlib.Path(sys.argv[1]), find_tools(), pathlib.Path(sys.argv[2])).folder)"
    )
    command = [sys.executable, "-c", program, str(apk), str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    folders = {process.communicate(timeout=60)[0] for process in processes}
    assert [process.returncode for process in processes] == [0, 0]
    assert len(folders) == 1
    assert names(tmp_path / "host-runtime") == {Path(folders.pop().strip()).name, "lock"}


def test_what_killed_builds_left_and_nobody_uses_is_removed(
    tools: HostTools, apk: Path, tmp_path: Path
) -> None:
    runtimes = tmp_path / "host-runtime"
    unfinished, unused, recent = (runtimes / name for name in (".new-killed", "unused", "recent"))
    for folder in (unfinished, unused, recent):
        folder.mkdir(parents=True)
    long_ago = time.time() - 2 * UNUSED_S
    os.utime(unused, (long_ago, long_ago))
    prepare(apk, tools, tmp_path)
    assert not unfinished.exists()
    assert not unused.exists()
    assert recent.exists()


def test_a_folder_with_spaces_and_letters_of_any_language_serves(
    tools: HostTools, apk: Path, tmp_path: Path
) -> None:
    runtime = prepare(apk, tools, tmp_path / "Jürgens Dateien 手机")
    command = runtime.command(root=tmp_path, request="/nothing/here/request.json", sdk=34)
    ran = subprocess.run(command, env=dict(runtime.environment), capture_output=True, text=True, timeout=60)
    assert ran.stdout.endswith("INSTRUMENTATION_CODE: -1\n")
    assert ran.stderr == ""


def test_a_folder_that_no_library_path_can_name_is_refused(
    tools: HostTools, apk: Path, tmp_path: Path
) -> None:
    with pytest.raises(SetupIncomplete, match="Set ELBENCH_CACHE"):
        prepare(apk, tools, tmp_path / "a:b")


def test_a_cache_that_cannot_be_written_is_named(tools: HostTools, apk: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SetupIncomplete, match=r"file.*Not a directory"):
        prepare(apk, tools, tmp_path / "file")


def archive(entries: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as written:
        for name, data in entries.items():
            written.writestr(name, data)
    return content.getvalue()


def huge() -> bytes:
    """An archive whose library states more bytes than any runner has."""
    content = bytearray(archive({f"lib/x86_64/{RUNTIME}": b"x"}))
    entry = content.index(b"PK\1\2")
    content[entry + 24 : entry + 28] = (1 << 30).to_bytes(4, "little")
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no archive", "not a zip file"),
        (archive({"lib/arm64-v8a/" + RUNTIME: b"elf"}), "it has no lib/x86_64/libpytorch_jni_lite.so"),
        (archive({"lib/x86_64/" + RUNTIME: b"elf", "lib/x86_64/libc.so": b"elf"}), "of Android's own"),
        (archive({"lib/x86_64/../../" + RUNTIME: b"elf"}), "it has no lib/x86_64"),
        (huge(), "its libraries have 1073741824 bytes"),
        (archive({"lib/x86_64/" + RUNTIME: bytes(9999)})[:-70] + bytes(70), "not a zip file"),
    ],
)
def test_an_unfit_apk_is_refused_in_words(tmp_path: Path, content: bytes, reason: str) -> None:
    file, folder = tmp_path / "some.apk", tmp_path / "unpacked"
    file.write_bytes(content)
    folder.mkdir()
    with pytest.raises(SetupIncomplete, match=reason):
        unpack_libraries(file, ABI, folder)


def test_an_apk_whose_libraries_are_none_is_refused_and_leaves_nothing(
    tools: HostTools, tmp_path: Path
) -> None:
    file = tmp_path / "some.apk"
    file.write_bytes(archive({"lib/x86_64/" + RUNTIME: b"no library"}))
    with pytest.raises(SetupIncomplete, match="readelf"):
        prepare(file, tools, tmp_path / "cache")
    assert names(tmp_path / "cache" / "host-runtime") == {"lock"}


@pytest.fixture
def programs(tmp_path: Path, tools: HostTools) -> Path:
    """A folder that is PATH, with every tool."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in (tools.java, tools.cc, tools.readelf):
        (folder / program.name).symlink_to(program)
    return folder


@pytest.mark.parametrize("name", ["java", "cc", "readelf"])
def test_a_missing_tool_is_named_with_the_command_that_installs_it(programs: Path, name: str) -> None:
    (programs / name).unlink()
    with pytest.raises(SetupIncomplete, match=rf"{name} cannot be found\. Run: apt-get install .*gcc"):
        find_tools({"PATH": str(programs)})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('java version "1.8.0_402"', "version 8.0_402, at least 11 is needed"),
        ("Unable to locate a Java Runtime", "does not say its version, but: Unable to locate"),
    ],
)
def test_a_java_that_does_not_serve_is_told_apart(programs: Path, text: str, reason: str) -> None:
    (programs / "java").unlink()
    (programs / "java").write_text(f"#!/bin/sh\necho '{text}' >&2\n")
    (programs / "java").chmod(0o755)
    with pytest.raises(SetupIncomplete, match=reason):
        find_tools({"PATH": str(programs)})


def test_a_java_that_does_not_start_is_told(programs: Path) -> None:
    (programs / "java").unlink()
    (programs / "java").write_text("#!/nowhere/sh\n")
    (programs / "java").chmod(0o755)
    with pytest.raises(SetupIncomplete, match="java does not run"):
        find_tools({"PATH": str(programs)})


@pytest.mark.parametrize(
    ("system", "machine"), [("Darwin", "arm64"), ("Linux", "aarch64"), ("Windows", "AMD64")]
)
def test_other_machines_are_sent_to_the_other_engine(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    with pytest.raises(SetupIncomplete, match=rf"this is {system} {machine}.*engine `lite`"):
        find_tools()


def test_a_damaged_jar_is_noticed(tools: HostTools, apk: Path, tmp_path: Path) -> None:
    prebuilt = read_prebuilt()
    (tmp_path / prebuilt.manifest.host.name).write_bytes(b"damaged")
    with pytest.raises(SetupIncomplete, match="not the file that elbench was shipped with"):
        prepare(apk, tools, tmp_path, replace(prebuilt, folder=tmp_path))


@pytest.mark.parametrize(
    ("content", "words"), [(b"damaged", "its SHA-256 differs"), (None, "No such file or directory")]
)
def test_a_shipped_apk_that_is_damaged_or_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, words: str
) -> None:
    prebuilt = replace(read_prebuilt(), folder=tmp_path)
    shipped = prebuilt.manifest.apks[ABI]
    if content:
        prebuilt.path(shipped).write_bytes(content)
    monkeypatch.setattr("android_runner.host.runtime.read_prebuilt", lambda: prebuilt)
    with pytest.raises(SetupIncomplete, match=words) as caught:
        shipped_runtime({**os.environ, "ELBENCH_CACHE": str(tmp_path)})
    assert caught.value.where == str(prebuilt.path(shipped))


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"ELBENCH_CACHE": "/a"}, Path("/a")),
        ({"XDG_CACHE_HOME": "/b"}, Path("/b/elbench")),
        ({"XDG_CACHE_HOME": "relative"}, Path.home() / ".cache" / "elbench"),
    ],
)
def test_the_cache_lies_where_exports_are_kept(environment: dict[str, str], folder: Path) -> None:
    assert cache_folder(environment) == folder
