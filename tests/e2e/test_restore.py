"""`elbench restore`: a phone is as it was before, whatever happened to earlier commands."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cli.sole_use import sole_use
from harness.phone.server import AdbServer
from harness.phone.transport import Transport
from tests.conftest import PrivateAdb
from tests.e2e.conftest import Elbench, connected_phones, stop_after

ORPHAN = """
import os, signal, sys
from pathlib import Path
from harness.phone.facts import read_facts
from harness.phone.server import AdbServer
from harness.phone.settings import WantedSettings, changed
phone = AdbServer.from_environment(os.environ).transport(sys.argv[1])
with changed(phone, read_facts(phone), WantedSettings(brightness=9), Path(sys.argv[2]), print, by="RUN"):
    os.kill(os.getpid(), signal.SIGKILL)
"""
CHANGED = [
    "global stay_on_while_plugged_in",
    "global window_animation_scale",
    "global transition_animation_scale",
    "global animator_duration_scale",
    "system screen_brightness_mode",
    "system screen_brightness",
]


@pytest.fixture(scope="module")
def serial(adb: PrivateAdb) -> Iterator[str]:
    with connected_phones(adb, 1) as (address,):
        yield address


@pytest.fixture
def phone(adb: PrivateAdb, serial: str) -> Transport:
    adb.run("connect", serial)
    return AdbServer("127.0.0.1", adb.port, adb.binary).transport(serial)


@pytest.fixture
def elbench(elbench: Elbench, tmp_path: Path) -> Elbench:
    """With a cache of this test's own, in which the journals are."""
    return elbench.with_environment(ELBENCH_CACHE=str(tmp_path / "cache"))


def snapshot(phone: Transport) -> str:
    tables = ("global", "system", "secure")
    return "".join(phone.check(f"settings list {table}", deadline_s=20) for table in tables)


def kill_a_run(elbench: Elbench, serial: str) -> Path:
    """Leave the phone as a killed run leaves it; returns the journal."""
    folder = Path(elbench.environment["ELBENCH_CACHE"]) / "restore"
    killed = subprocess.run([sys.executable, "-c", ORPHAN, serial, str(folder)], env=elbench.environment)
    assert killed.returncode == -signal.SIGKILL
    [journal] = folder.glob("*.json")
    return journal


def test_a_killed_run_is_undone_by_restore(elbench: Elbench, phone: Transport) -> None:
    before = snapshot(phone)
    journal = kill_a_run(elbench, phone.serial)
    assert snapshot(phone) != before
    ran = elbench("restore")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == f"{phone.serial}: set back what an earlier run had changed: {', '.join(CHANGED)}\n"
    assert snapshot(phone) == before
    assert not journal.exists()


def test_where_nothing_is_to_be_done_restore_says_so_without_a_phone(elbench: Elbench) -> None:
    ran = elbench.with_environment(ANDROID_ADB_SERVER_PORT="1", ADBUTILS_ADB_PATH="/nowhere")("restore")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "Nothing to restore.\n", "")


def test_json_tells_what_was_done(elbench: Elbench, phone: Transport) -> None:
    kill_a_run(elbench, phone.serial)
    ran = elbench("restore", "--device", phone.serial, "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "phones": [
            {"serial": phone.serial, "restored": CHANGED, "left": [], "refused": [], "removed": []},
        ],
        "waiting": [],
    }


def test_a_phone_that_is_not_connected_is_listed_and_waits(
    elbench: Elbench, phone: Transport, adb: PrivateAdb
) -> None:
    before = snapshot(phone)
    journal = kill_a_run(elbench, phone.serial)
    adb.run("disconnect", phone.serial)
    ran = elbench("restore")
    assert ran.returncode == 4
    assert "elbench Virtual Phone, changed " in ran.stdout
    assert "by RUN: still to set back global stay_on_while_plugged_in to 0, " in ran.stdout
    [line] = ran.stderr.splitlines()
    assert line.startswith(
        "elbench: 1 phone(s) still to be restored. Connect them, then run `elbench restore`"
    )
    adb.run("connect", phone.serial)
    assert elbench("restore").returncode == 0
    assert snapshot(phone) == before
    assert not journal.exists()


def test_a_damaged_journal_is_named_and_kept(elbench: Elbench, phone: Transport) -> None:
    journal = kill_a_run(elbench, phone.serial)
    whole = journal.read_bytes()
    journal.write_bytes(whole[:100])
    ran = elbench("restore")
    assert ran.returncode == 2
    [line] = ran.stderr.splitlines()
    assert line.startswith(f"elbench: {journal}: this restore journal cannot be read (")
    assert journal.read_bytes() == whole[:100]
    journal.write_bytes(whole)
    assert elbench("restore").returncode == 0


def test_a_phone_on_which_somebody_measures_is_left_to_them(elbench: Elbench, phone: Transport) -> None:
    journal = kill_a_run(elbench, phone.serial)
    with sole_use([phone.serial], journal.parents[1] / "phones-in-use"):
        ran = elbench("restore")
    assert ran.returncode == 4
    assert f"{phone.serial}: another elbench is measuring on it" in ran.stderr
    assert elbench("restore").returncode == 0


def test_a_run_puts_back_every_phone_that_it_sees(
    elbench: Elbench, phone: Transport, adb: PrivateAdb
) -> None:
    before = snapshot(phone)
    kill_a_run(elbench, phone.serial)
    with connected_phones(adb, 1, seed=9) as (other,):
        ran = elbench("run", "--dry-run", "--device", other)
    assert ran.returncode == 0, ran.stderr
    assert f"{phone.serial}: set back what an earlier run had changed" in ran.stderr
    assert snapshot(phone) == before


def everything(phone: Transport) -> Any:
    """What a person could find on the phone: settings, apps, files."""
    files = phone.shell(
        "find /data/local/tmp /sdcard 2>/dev/null || ls -R /data/local/tmp /sdcard", deadline_s=60
    )
    packages = phone.check("pm list packages", deadline_s=20)
    return snapshot(phone), sorted(packages.split()), sorted(files.stdout.split())


def test_remove_app_leaves_no_trace_of_elbench(elbench: Elbench, phone: Transport) -> None:
    phone.check("pm uninstall io.elbench.runner || true", deadline_s=60)
    phone.check("rm -rf /data/local/tmp/elbench /sdcard/Android/media/io.elbench.runner", deadline_s=20)
    before = everything(phone)
    phone.push(b"model", "/data/local/tmp/elbench/models/m.ptl", deadline_s=20)
    phone.push(b"copy", "/sdcard/Android/media/io.elbench.runner/l.jsonl", deadline_s=20)
    kill_a_run(elbench, phone.serial)
    ran = elbench("restore", "--remove-app")
    assert ran.returncode == 0, ran.stderr
    assert "removed " in ran.stdout
    assert "/data/local/tmp/elbench, /sdcard/Android/media/io.elbench.runner" in ran.stdout
    assert everything(phone) == before
    again = elbench("restore", "--remove-app")
    assert (again.returncode, again.stdout) == (0, "Nothing to restore.\n")


def test_remove_app_removes_the_app_that_a_run_installed(
    elbench: Elbench, phone: Transport, cache: Path
) -> None:
    measured = elbench.with_environment(ELBENCH_CACHE=str(cache))
    measured.measure("--device", phone.serial)
    assert "package:io.elbench.runner" in phone.check("pm list packages", deadline_s=20)
    ran = measured("restore", "--device", phone.serial, "--remove-app")
    assert ran.returncode == 0, ran.stderr
    assert "removed the app io.elbench.runner, /data/local/tmp/elbench" in ran.stdout
    assert "io.elbench.runner" not in phone.check("pm list packages", deadline_s=20)
    assert phone.stat("/data/local/tmp/elbench") is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_a_run_that_is_ended_leaves_no_setting_changed_once_the_next_command_has_run(
    elbench: Elbench, phone: Transport, cache: Path, number: signal.Signals
) -> None:
    before = snapshot(phone)
    measured = elbench.with_environment(ELBENCH_CACHE=str(cache))
    with measured.measuring(500, "--device", phone.serial) as process:
        stop_after(process, "1 of 500", number)
    if number == signal.SIGKILL:
        assert snapshot(phone) != before
        assert measured("devices").returncode == 0
    else:
        assert process.returncode == 130
    assert snapshot(phone) == before
