"""What commands do with phones that earlier ones left changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cli.restore import restore_pending
from harness.errors import PhoneLost
from harness.phone.facts import read_facts
from harness.phone.restore_journal import held, journal_files, phone_key
from harness.phone.server import AdbServer
from harness.phone.settings import WantedSettings, changed
from harness.phone.transport import ShellAnswer, Transport
from tests.conftest import PrivateAdb
from tests.phone.conftest import connected

SCALE = "settings get global animator_duration_scale"


@pytest.fixture(scope="module")
def connection(adb: PrivateAdb) -> Iterator[tuple[AdbServer, str]]:
    with connected(adb) as (server, phones):
        yield server, phones.addresses[0]


class Vanishing(Transport):
    """A phone that is away once the run is over."""

    is_away = False

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        if self.is_away:
            raise PhoneLost("gone", remedy="come back")
        return super().shell(command, deadline_s=deadline_s)


def leave_changed(server: AdbServer, serial: str, folder: Path) -> Transport:
    """A run that could not put its phone back."""
    vanishing = Vanishing(server.transport(serial)._address, serial)
    with changed(vanishing, read_facts(vanishing), WantedSettings(), folder, lambda _line: None):
        vanishing.is_away = True
    phone = server.transport(serial)
    assert phone.check(SCALE, deadline_s=20) == "0\n"
    return phone


def test_what_an_earlier_run_left_is_set_back_and_said(
    connection: tuple[AdbServer, str], tmp_path: Path
) -> None:
    server, serial = connection
    phone = leave_changed(server, serial, tmp_path)
    said: list[str] = []
    restore_pending(server, [serial], tmp_path, said.append)
    assert phone.check(SCALE, deadline_s=20) == "1.0\n"
    [line] = said
    assert line.startswith(
        f"{serial}: set back what an earlier run had changed: global stay_on_while_plugged_in,"
    )
    assert journal_files(tmp_path) == []


def test_a_phone_that_another_elbench_uses_is_left_to_it(
    connection: tuple[AdbServer, str], tmp_path: Path
) -> None:
    server, serial = connection
    phone = leave_changed(server, serial, tmp_path)
    said: list[str] = []
    with held(tmp_path, phone_key(phone), serial=serial, wait_s=0):
        restore_pending(server, [serial], tmp_path, said.append)
        assert phone.check(SCALE, deadline_s=20) == "0\n"
    assert said == []
    restore_pending(server, [serial], tmp_path, said.append)
    assert phone.check(SCALE, deadline_s=20) == "1.0\n"


def test_a_phone_that_fails_keeps_no_other_from_being_set_back(
    connection: tuple[AdbServer, str], tmp_path: Path
) -> None:
    server, serial = connection
    phone = leave_changed(server, serial, tmp_path)
    said: list[str] = []
    restore_pending(server, ["not there", serial], tmp_path, said.append)
    assert said[0].startswith("not there: ")
    assert phone.check(SCALE, deadline_s=20) == "1.0\n"


def test_where_nothing_is_left_no_phone_is_asked(tmp_path: Path) -> None:
    nobody = AdbServer(host="127.0.0.1", port=1, adb_path=Path("adb"))
    restore_pending(nobody, ["a phone"], tmp_path / "restore", pytest.fail)
    assert not (tmp_path / "restore").exists()
