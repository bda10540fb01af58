"""Set-up of what runs arm64 code, with programs that fail in every way and one that succeeds; no network."""

import errno
import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from android_runner.arm64 import __main__ as command
from android_runner.arm64 import setup
from android_runner.arm64.kit import LIBRARY_FOLDER, find_kit, jvm_place, library_place
from android_runner.arm64.runtime import ABI, arm64_runtime, unpacked_libraries
from android_runner.arm64.setup import set_up
from android_runner.host.shim import SHIM
from android_runner.prebuilt import Prebuilt, read_prebuilt
from harness.errors import SetupIncomplete
from harness.places import cache_folder
from tests.android_runner.test_arm64_archives import LIBRARIES, tar

APT = """
case "$1" in
  --version) ;;
  download) echo "once" >> "$TOLD"; : > libc6-arm64-cross_2.36_all.deb ;;
esac
"""
DPKG = 'case "$1" in --field) echo "${VERSION:-2.36-8cross1}" ;; --fsys-tarfile) cat "$TAR" ;; esac'


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A machine with an emulator, a package manager and an empty cache; its programs can be replaced."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "cat"):
        (programs / name).symlink_to(shutil.which(name) or "")
    found = {"PATH": str(programs), "ELBENCH_CACHE": str(tmp_path / "cache")}
    script(found, "qemu-aarch64", 'echo "qemu-aarch64 version 7.2.22 (Debian)"')
    script(found, "apt-get", APT)
    script(found, "dpkg-deb", DPKG)
    (tmp_path / "library.tar").write_bytes(tar(LIBRARIES))
    return {**found, "TAR": str(tmp_path / "library.tar"), "TOLD": str(tmp_path / "told")}


def script(environment: dict[str, str], name: str, text: str) -> None:
    file = Path(environment["PATH"], name)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


@pytest.fixture
def pip(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands for Python, and so for pip."""
    script(environment, "python", 'echo "WARNING: retrying" >&2; echo "ERROR: no network" >&2; exit 1')
    monkeypatch.setattr(sys, "executable", str(Path(environment["PATH"], "python")))
    return Path(sys.executable)


def refusal(environment: dict[str, str]) -> str:
    """The line that set-up ends with."""
    with pytest.raises(SetupIncomplete) as caught:
        set_up(environment, lambda _: None)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def parts(environment: dict[str, str]) -> set[str]:
    folder = library_place(environment).parent
    return {entry.name for entry in folder.iterdir()} if folder.exists() else set()


@pytest.mark.usefixtures("pip")
def test_the_library_is_fetched_once_and_stays_where_the_jvm_cannot_be_had(
    environment: dict[str, str],
) -> None:
    for _ in range(2):
        assert "pip fails: ERROR: no network" in refusal(environment)
    assert Path(environment["TOLD"]).read_text() == "once\n"
    assert parts(environment) == {LIBRARY_FOLDER, "lock"}
    kit = find_kit(environment)
    assert kit.libc_version == "glibc 2.36-8cross1"
    assert kit.emulator_version == "qemu 7.2.22"
    assert (kit.libraries / "libc.so.6").read_bytes() == b"elf"
    assert kit.java is None
    with pytest.raises(
        SetupIncomplete, match=r"the arm64 JVM is not set up\. Run `make arm64`, or `python -m"
    ):
        find_kit(environment, jvm=True)


@pytest.mark.usefixtures("pip")
def test_a_library_that_was_cut_short_is_noticed_and_fetched_again(environment: dict[str, str]) -> None:
    refusal(environment)
    (library_place(environment) / "lib/libc.so.6").write_bytes(b"")
    with pytest.raises(SetupIncomplete, match="the arm64 C library is not set up"):
        find_kit(environment)
    refusal(environment)
    assert (find_kit(environment).libraries / "libc.so.6").read_bytes() == b"elf"


FAILING = {
    "no apt": ("apt-get", None, "apt-get cannot be found. Set it up on Debian or Ubuntu, or in a container"),
    "no dpkg": ("dpkg-deb", None, "dpkg-deb cannot be found. Set it up on Debian or Ubuntu"),
    "no lists": (
        "apt-get",
        'case "$1" in download) echo "E: Unable to locate package libc6-arm64-cross" >&2; exit 100 ;; esac',
        "E: Unable to locate package libc6-arm64-cross. Check the network, run: apt-get update",
    ),
    "silent": ("apt-get", "exit 3", "apt-get fails: exit code 3"),
    "old": ("dpkg-deb", 'echo "2.31-9cross4"', "glibc 2.31-9cross4. Use one with glibc 2.35 or newer"),
    "damaged": ("dpkg-deb", "echo 2.36-8cross1", "the package of the arm64 C library is damaged"),
}


@pytest.mark.usefixtures("pip")
@pytest.mark.parametrize("kind", FAILING)
def test_a_library_that_cannot_be_had_is_one_line_and_leaves_nothing(
    environment: dict[str, str], kind: str
) -> None:
    name, text, told = FAILING[kind]
    if text is None:
        Path(environment["PATH"], name).unlink()
    else:
        script(environment, name, text)
    assert told in refusal(environment)
    assert parts(environment) == {"lock"}


def test_a_python_without_pip_is_told_the_way_out(environment: dict[str, str], pip: Path) -> None:
    script(environment, pip.name, 'echo "$0: No module named pip" >&2; exit 1')
    assert "No module named pip. Run `python -m ensurepip`, then try again" in refusal(environment)


def test_a_jvm_that_is_not_the_known_file_is_refused(environment: dict[str, str], pip: Path) -> None:
    script(environment, pip.name, 'for last; do :; done; [ "$3" = --version ] || echo evil > "$last/j.whl"')
    assert "j.whl is not the file that is meant (its SHA-256 is " in refusal(environment)
    assert parts(environment) == {LIBRARY_FOLDER, "lock"}


def test_a_full_disk_is_told_with_the_folder(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(setup, "unpack_library", full)
    told = refusal(environment)
    assert "No space left on device" in told
    assert "Set ELBENCH_CACHE to a folder with 250 MB" in told
    assert parts(environment) == {"lock"}


def test_a_missing_emulator_is_told_with_the_command(environment: dict[str, str]) -> None:
    Path(environment["PATH"], "qemu-aarch64").unlink()
    with pytest.raises(
        SetupIncomplete, match=r"qemu-aarch64 cannot be found\. Run: apt-get install .*qemu-user"
    ):
        find_kit(environment)


@pytest.mark.parametrize(
    ("system", "machine"), [("Darwin", "arm64"), ("Linux", "riscv64"), ("Windows", "AMD64")]
)
def test_other_machines_are_told_so_in_one_line(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, system: str, machine: str
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert f"this is {system} {machine}" in refusal(environment)
    with pytest.raises(SetupIncomplete, match="arm64 code is run on Linux x86_64 and aarch64"):
        find_kit(environment)


def test_the_command_says_what_is_where_and_the_second_time_fetches_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On this machine's own set-up, which `make test` has made."""

    def fetched_again(*_: object, **__: object) -> None:
        pytest.fail("it was set up already")

    monkeypatch.setattr(setup, "_fetch_library", fetched_again)
    monkeypatch.setattr(setup, "_fetch_jvm", fetched_again)
    assert command.main([]) == 0
    library, jvm, emulator = capsys.readouterr().err.splitlines()
    assert library.startswith("arm64 C library: glibc 2.")
    assert jvm == f"arm64 JVM: OpenJDK 21.0.8 in {jvm_place(os.environ)}"
    assert emulator.startswith("emulator: qemu ")


def test_damage_of_equal_size_is_repaired_by_setting_up_again(environment: dict[str, str]) -> None:
    said: list[str] = []
    set_up(environment, said.append, jvm=False)
    libc = library_place(environment) / "lib/libc.so.6"
    native = unpacked_libraries(read_prebuilt(), cache_folder(environment)) / "libfbjni.so"
    whole = [file.read_bytes() for file in (libc, native)]
    for file in (libc, native):
        file.chmod(0o644)
        file.write_bytes(b"x" * file.stat().st_size)
    said.clear()
    set_up(environment, said.append, jvm=False)
    assert [line.partition(":")[0] for line in said[:2]] == [
        "damaged, and fetched again",
        "damaged, and unpacked again",
    ]
    assert [file.read_bytes() for file in (libc, native)] == whole


def test_ctrl_c_ends_the_command_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "set_up", interrupted)
    assert command.main([]) == 130
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_command_ends_with_exit_code_2_in_one_line(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "environ", {**environment, "PATH": ""})
    assert command.main([]) == 2
    captured = capsys.readouterr()
    assert (captured.out, len(captured.err.splitlines())) == ("", 1)


def test_libraries_stay_byte_identical_and_the_shim_is_the_shipped_one(shipped: Prebuilt) -> None:
    folder, prefix = arm64_runtime().folder, f"lib/{ABI}/"
    with zipfile.ZipFile(shipped.path(shipped.manifest.apks[ABI])) as archive:
        packed = {
            name.removeprefix(prefix): archive.read(name)
            for name in archive.namelist()
            if name.startswith(prefix)
        }
    assert {name: (folder / name).read_bytes() for name in packed} == packed
    assert (folder / SHIM).read_bytes() == shipped.path(shipped.manifest.arm64["shim"]).read_bytes()


def test_a_cache_that_no_list_of_the_emulator_can_name_is_refused(tmp_path: Path) -> None:
    cache = tmp_path / "a, folder"
    shutil.copytree(library_place(os.environ).parent, cache / "arm64", symlinks=True)
    with pytest.raises(SetupIncomplete, match="the name of its folder has a ,"):
        arm64_runtime({**os.environ, "ELBENCH_CACHE": str(cache)})
