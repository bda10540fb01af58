"""The runner that a virtual phone has from the start: the shipped APK itself."""

import hashlib
from pathlib import Path

import pytest

from android_runner.contract import PACKAGE
from android_runner.prebuilt import Prebuilt
from harness.errors import SetupIncomplete
from harness.virtual.system.filesystem import PhoneFiles
from harness.virtual.system.packages import InstallFailed, Packages
from tests.phone.prebuilt_runners import OURS, THEIRS, make_prebuilt
from tests.virtual.apk import build_apk

ABI = "arm64-v8a"


@pytest.fixture
def prebuilt(tmp_path: Path) -> Prebuilt:
    return make_prebuilt(tmp_path / "prebuilt", version="0.7.1", code=7)


def phone_files(tmp_path: Path, name: str = "root") -> PhoneFiles:
    return PhoneFiles(tmp_path / name, capacity_bytes=1 << 30)


def test_the_phone_has_the_shipped_apk_to_the_byte_and_shares_it(tmp_path: Path, prebuilt: Prebuilt) -> None:
    shipped = prebuilt.manifest.apks[ABI]
    for name in ("first", "second"):
        files = phone_files(tmp_path, name)
        runner = Packages(files, abis=[ABI], sdk=34, prebuilt=prebuilt.folder).find(PACKAGE)
        assert runner
        assert hashlib.sha256(files.read(runner.apk)).hexdigest() == shipped.sha256
        assert (runner.manifest.version_name, runner.manifest.version_code) == ("0.7.1", 7)
        assert files.host_path(runner.apk).samefile(prebuilt.path(shipped))


def test_replacing_and_removing_it_leaves_the_shipped_file_alone(tmp_path: Path, prebuilt: Prebuilt) -> None:
    shipped = prebuilt.path(prebuilt.manifest.apks[ABI])
    before = shipped.read_bytes()
    packages = Packages(phone_files(tmp_path), abis=[ABI], sdk=34, prebuilt=prebuilt.folder)
    for code in (7, 8):
        update = build_apk(PACKAGE, version_code=code, abis=[ABI], certificate=OURS)
        packages.install(update, replace=True, downgrade=False)
    packages.uninstall(PACKAGE)
    assert shipped.read_bytes() == before


def test_its_signature_protects_it(tmp_path: Path, prebuilt: Prebuilt) -> None:
    packages = Packages(phone_files(tmp_path), abis=[ABI], sdk=34, prebuilt=prebuilt.folder)
    theirs = build_apk(PACKAGE, version_code=9, abis=[ABI], certificate=THEIRS)
    with pytest.raises(InstallFailed, match="UPDATE_INCOMPATIBLE"):
        packages.install(theirs, replace=True, downgrade=False)


def test_a_file_system_that_cannot_link_gets_a_copy(
    tmp_path: Path, prebuilt: Prebuilt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("Invalid cross-device link")

    monkeypatch.setattr("os.link", refuse)
    files = phone_files(tmp_path)
    runner = Packages(files, abis=[ABI], sdk=34, prebuilt=prebuilt.folder).find(PACKAGE)
    assert runner
    assert files.read(runner.apk) == prebuilt.path(prebuilt.manifest.apks[ABI]).read_bytes()


@pytest.mark.parametrize("abi", ["riscv64", "x86"])
def test_a_phone_that_no_shipped_apk_fits_has_none(tmp_path: Path, prebuilt: Prebuilt, abi: str) -> None:
    packages = Packages(phone_files(tmp_path), abis=[abi], sdk=34, prebuilt=prebuilt.folder)
    assert packages.find(PACKAGE) is None


@pytest.mark.parametrize("content", [b"", b"no archive", build_apk("a.b")[:-30]])
def test_a_damaged_shipped_apk_is_named(tmp_path: Path, prebuilt: Prebuilt, content: bytes) -> None:
    file = prebuilt.path(prebuilt.manifest.apks[ABI])
    file.write_bytes(content)
    with pytest.raises(SetupIncomplete, match=rf"{file.name}.*make prebuilt"):
        Packages(phone_files(tmp_path), abis=[ABI], sdk=34, prebuilt=prebuilt.folder)
