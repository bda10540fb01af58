"""Apps on the virtual phone: found, installed, removed, and what a refusal says."""

from pathlib import Path

import pytest

from android_runner.contract import PACKAGE, PHONE_ROOT
from harness.errors import InstallRefused, TransferFailed
from harness.phone.discovery import choose, survey
from harness.phone.files import sha256_of
from harness.phone.packages import apk_paths, install, uninstall, version_of
from harness.phone.transport import Transport
from tests.conftest import PrivateAdb
from tests.phone.conftest import connected
from tests.virtual.apk import build_apk

APP = "org.example.installed"


@pytest.fixture
def apk(tmp_path: Path) -> Path:
    file = tmp_path / "an app.apk"
    file.write_bytes(build_apk(APP, version_name="3.2"))
    return file


def test_an_installed_app_has_its_apk_on_the_phone(phone: Transport) -> None:
    (path,) = apk_paths(phone, PACKAGE)
    assert phone.stat(path) is not None


def test_an_app_that_is_not_installed_has_none(phone: Transport) -> None:
    assert apk_paths(phone, "io.elbench.nothing") == ()
    assert version_of(phone, "io.elbench.nothing") is None
    uninstall(phone, "io.elbench.nothing")


def test_an_app_is_installed_and_removed_and_its_sent_apk_does_not_stay(phone: Transport, apk: Path) -> None:
    install(phone, apk, sha256_of(apk), package=APP)
    assert len(apk_paths(phone, APP)) == 1
    assert version_of(phone, APP) == "3.2"
    assert phone.check(f"ls {PHONE_ROOT}/apks", deadline_s=20) == ""
    uninstall(phone, APP)
    assert apk_paths(phone, APP) == ()


def test_a_file_that_is_no_apk_is_refused_in_the_phones_words_and_does_not_stay(
    phone: Transport, tmp_path: Path
) -> None:
    (tmp_path / "not.apk").write_bytes(b"no archive")
    with pytest.raises(InstallRefused, match=r"INSTALL_PARSE_FAILED.*no valid APK"):
        install(phone, tmp_path / "not.apk", sha256_of(tmp_path / "not.apk"), package=APP)
    assert phone.check(f"ls {PHONE_ROOT}/apks", deadline_s=20) == ""


def test_an_apk_that_changed_since_it_was_hashed_is_not_installed(phone: Transport, apk: Path) -> None:
    with pytest.raises(TransferFailed, match="arrived damaged 3 times"):
        install(phone, apk, "0" * 64, package=APP)
    assert apk_paths(phone, APP) == ()


def test_an_app_of_the_system_is_kept_by_the_phone(phone: Transport) -> None:
    with pytest.raises(InstallRefused, match=r"DELETE_FAILED_INTERNAL_ERROR.*settings"):
        uninstall(phone, "com.android.shell")


def test_a_connected_phone_is_seen_and_chosen(adb: PrivateAdb) -> None:
    with connected(adb, seed=7) as (server, phones):
        (serial,) = phones.addresses
        seen = {sighting.serial: sighting for sighting in survey(server)}
        assert seen[serial].is_usable
        assert seen[serial].model == "Virtual Phone"
        assert choose(tuple(seen.values()), [serial], {}) == (serial,)
        server.disconnect(serial)
        assert serial not in {sighting.serial for sighting in survey(server)}
