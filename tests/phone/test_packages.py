"""Apps on the virtual phone, and what a phone without the benchmark app is told."""

from pathlib import Path

import pytest

from android_runner.contract import PACKAGE
from harness.errors import InstallRefused, RunnerMissing, TransferFailed
from harness.phone.discovery import choose, survey
from harness.phone.packages import apk_paths, install, require_runner, uninstall
from harness.phone.transport import Transport
from tests.conftest import PrivateAdb
from tests.phone.conftest import connected


def test_an_installed_app_has_its_apk_on_the_phone(phone: Transport) -> None:
    require_runner(phone)
    (path,) = apk_paths(phone, PACKAGE)
    assert phone.stat(path) is not None


def test_an_app_that_is_not_installed_has_none(phone: Transport) -> None:
    assert apk_paths(phone, "io.elbench.nothing") == ()
    uninstall(phone, "io.elbench.nothing")


def test_a_file_that_is_no_apk_is_refused_in_the_phones_words(phone: Transport, tmp_path: Path) -> None:
    (tmp_path / "not.apk").write_bytes(b"no archive")
    with pytest.raises(InstallRefused, match=r"INSTALL_PARSE_FAILED.*no valid APK"):
        install(phone, tmp_path / "not.apk")


def test_an_apk_that_is_not_there_is_named(phone: Transport, tmp_path: Path) -> None:
    with pytest.raises(TransferFailed, match=r"nothing\.apk: it cannot be read"):
        install(phone, tmp_path / "nothing.apk")


def test_a_phone_without_the_benchmark_app_is_told_what_to_do_in_one_line(adb: PrivateAdb) -> None:
    with connected(adb) as (server, phones):
        transport = server.transport(phones.addresses[0])
        uninstall(transport, PACKAGE)
        with pytest.raises(RunnerMissing, match="--virtual") as raised:
            require_runner(transport)
    assert "\n" not in str(raised.value)


def test_a_connected_phone_is_seen_and_chosen(adb: PrivateAdb) -> None:
    with connected(adb) as (server, phones):
        (serial,) = phones.addresses
        seen = {sighting.serial: sighting for sighting in survey(server)}
        assert seen[serial].is_usable
        assert seen[serial].model == "Virtual Phone"
        assert choose(tuple(seen.values()), [serial], {}) == (serial,)
        server.disconnect(serial)
        assert serial not in {sighting.serial for sighting in survey(server)}
