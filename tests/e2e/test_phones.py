"""Runs on phones that adb sees: each adb, several phones, phones that are not ready."""

import json
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from android_runner.contract import PACKAGE as RUNNER
from android_runner.prebuilt import read_prebuilt
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb
from tests.e2e.conftest import Elbench, connected_phones, journal
from tests.virtual.apk import build_apk


def test_the_whole_way_with_each_adb(
    elbench_with_each_adb: Elbench, each_adb: PrivateAdb, small_apk: Path
) -> None:
    elbench = elbench_with_each_adb
    with connected_phones(each_adb, 1) as (serial,):
        first = elbench.measure("--device", serial, "--out", "first")
        assert "ready, 0 B sent" not in first.stderr
        second = elbench.measure("--device", serial, "--out", "second")
        assert "ready, 0 B sent" in second.stderr
        installed = each_adb.run("-s", serial, "install", "-r", str(small_apk))
        assert "Success" in installed.stdout, installed
        assert "package:" in each_adb.run("-s", serial, "shell", "pm", "path", "com.example.small").stdout
        left = each_adb.run("-s", serial, "shell", "ls", "/data/local/tmp/elbench/launches").stdout
        assert left.split() == []
        run = json.loads((elbench.folder / "second" / "run.json").read_text())["run"]
        pulled = elbench.folder / "pulled.ptl"
        sha256 = run["artifacts"][0]["sha256"]
        path = f"/data/local/tmp/elbench/models/{sha256}.ptl"
        each_adb.run("-s", serial, "pull", path, str(pulled))
        assert pulled.stat().st_size == run["artifacts"][0]["file_bytes"]


def test_without_a_choice_all_usable_phones_are_measured_and_it_is_said(
    elbench: Elbench, adb: PrivateAdb
) -> None:
    with connected_phones(adb, 2):
        ran = elbench.measure("--json", "--out", "run")
    result = json.loads(ran.stdout)
    assert "Measuring on all 2 usable phones" in ran.stderr
    assert len(result["phones"]) == 2
    assert result["measured_launches"] == 4


def crashes(folder: Path, *launches: int) -> Path:
    """A file of faults: these launches since the phone was switched on crash."""
    file = folder / "faults.toml"
    tables = (f'[[fault]]\nkind = "crash"\nlaunch = {launch}\nphase = "steady"\n' for launch in launches)
    file.write_text("".join(tables))
    return file


def test_a_crash_that_does_not_come_again_is_recorded_and_repeated(elbench: Elbench, adb: PrivateAdb) -> None:
    with connected_phones(adb, 1, faults=crashes(elbench.folder, 2)) as (serial,):
        elbench.measure("--launches", "3", "--device", serial, "--out", "run")
    attempts = [(one["request"]["index"], one["attempt"]) for one in journal(elbench.folder / "run")]
    assert attempts == [(0, 1), (1, 1), (1, 2), (2, 1)]
    assert [one["outcome"] for one in journal(elbench.folder / "run")] == ["ok", "crashed", "ok", "ok"]


def test_a_crash_is_recorded_with_evidence_and_resume_measures_that_launch_again(
    elbench: Elbench, adb: PrivateAdb
) -> None:
    faults = crashes(elbench.folder, 2, 3)
    with connected_phones(adb, 1, faults=faults) as (serial,):
        ran = elbench(
            "run", "--plan", str(elbench.plan), "--launches", "4", "--device", serial, "--out", "run"
        )
        crashed = journal(elbench.folder / "run")
        resumed = elbench("run", "--resume", "run", "--json")
    assert ran.returncode == 5
    assert "1 of 4 launches were not measured" in ran.stderr.splitlines()[-1]
    assert "elbench run --resume run" in ran.stderr.splitlines()[-1]
    assert [launch["outcome"] for launch in crashed] == ["ok", "crashed", "crashed", "ok", "ok"]
    assert "Native crash" in crashed[1]["evidence"]
    assert resumed.returncode == 0
    assert json.loads(resumed.stdout)["complete"] is True
    assert journal(elbench.folder / "run")[:5] == crashed


def test_resume_measures_on_the_phones_of_the_run_and_no_others(elbench: Elbench, adb: PrivateAdb) -> None:
    with connected_phones(adb, 2) as (first, second):
        elbench.measure("--device", first, "--out", "run")
        models = "/data/local/tmp/elbench/models"
        adb.run("-s", second, "uninstall", RUNNER)
        resumed = elbench("run", "--resume", "run")
        pushed = adb.run("-s", second, "shell", "ls", models)
        installed = adb.run("-s", second, "shell", "pm", "path", RUNNER)
        adb.run("disconnect", first)
        without = elbench("run", "--resume", "run")
    assert resumed.returncode == 0, resumed.stderr
    assert "Measuring" not in resumed.stderr
    assert "No such file" in pushed.stdout + pushed.stderr
    assert installed.stdout == ""
    assert without.returncode == 4
    assert "which is not connected now" in without.stderr


def test_a_phone_that_is_connected_twice_is_measured_once(elbench: Elbench, adb: PrivateAdb) -> None:
    with connected_phones(adb, 1) as (serial,):
        again = serial.replace("127.0.0.1", "localhost")
        adb.run("connect", again)
        ran = elbench.measure("--json", "--out", "run")
        adb.run("disconnect", again)
    assert "is also connected as" in ran.stderr
    assert json.loads(ran.stdout)["measured_launches"] == 2


def test_a_restart_that_ends_the_app_first_is_no_crash(elbench: Elbench, adb: PrivateAdb) -> None:
    faults = crashes(elbench.folder, 1)
    with faults.open("a") as file:
        file.write('[[fault]]\nkind = "reboot"\ncommand = ":.*logcat"\nfor_seconds = 0.5\n')
    with connected_phones(adb, 1, faults=faults) as (serial,):
        elbench.measure("--launches", "2", "--device", serial, "--out", "run")
    first, *others = journal(elbench.folder / "run")
    assert (first["outcome"], first["attempt"]) == ("disconnected", 1)
    assert "it had restarted" in first["evidence"]
    assert [(one["outcome"], one["attempt"]) for one in others] == [("ok", 2), ("ok", 1)]


def test_a_phone_that_is_lost_while_it_is_made_ready_is_named_and_the_others_are_measured(
    elbench: Elbench, adb: PrivateAdb
) -> None:
    faults = elbench.folder / "faults.toml"
    faults.write_text('[[fault]]\nkind = "disconnect"\nphone = 1\ncommand = "mkdir"\nfor_seconds = inf\n')
    with connected_phones(adb, 2, faults=faults) as (measured, lost):
        ran = elbench.measure("--json", "--out", "run")
    said = next(line for line in ran.stderr.splitlines() if line.startswith(lost))
    assert "mkdir" in said
    assert said.endswith(
        "Check the cable and that the phone is on, then run again. Measuring without this phone."
    )
    assert json.loads(ran.stdout)["measured_launches"] == 2
    assert measured not in said


def test_two_runs_at_once_on_one_phone_are_refused(elbench: Elbench, adb: PrivateAdb) -> None:
    with connected_phones(adb, 1) as (serial,), elbench.measuring(500, "--device", serial) as run:
        assert run.stderr
        assert any("1 of 500 launches" in line for line in run.stderr)
        other = elbench("run", "--plan", str(elbench.plan), "--device", serial, "--out", "other")
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=60)
    assert other.returncode == 4
    assert "another elbench is measuring on it" in other.stderr
    assert {launch["outcome"] for launch in journal(elbench.folder / "run")} == {"ok"}


def test_a_phone_that_goes_away_is_set_aside_and_its_finished_launches_are_kept(
    elbench: Elbench, adb: PrivateAdb
) -> None:
    with VirtualPhones.start(engine="modelled", count=1) as phones:
        [serial] = phones.addresses
        adb.run("connect", serial)
        with elbench.measuring(200, "--device", serial) as run:
            assert run.stderr
            assert any("2 of 200 launches" in line for line in run.stderr)
            phones.stop()
            _, said = run.communicate(timeout=60)
    adb.run("disconnect", serial)
    *finished, last = journal(elbench.folder / "run")
    assert run.returncode == 5
    assert "the connection was lost" in said
    assert len(finished) >= 2
    assert {launch["outcome"] for launch in finished} == {"ok"}
    assert last["outcome"] == "disconnected"
    assert serial not in json.dumps(last)


def test_a_phone_without_the_runner_gets_it_and_it_is_said_in_one_line(
    elbench: Elbench, adb: PrivateAdb
) -> None:
    with connected_phones(adb, 1) as (serial,):
        adb.run("-s", serial, "uninstall", RUNNER)
        first = elbench.measure("--device", serial, "--out", "first")
        second = elbench.measure("--device", serial, "--out", "second")
        installed = sha256_of_the_runner(adb, serial)
    prebuilt = read_prebuilt()
    assert f"Virtual Phone: runner {prebuilt.manifest.version} installed" in first.stderr.splitlines()
    assert "installed" not in second.stderr
    assert installed in {apk.sha256 for apk in prebuilt.manifest.apks.values()}


def test_a_dry_run_installs_nothing(elbench: Elbench, adb: PrivateAdb) -> None:
    with connected_phones(adb, 1) as (serial,):
        adb.run("-s", serial, "uninstall", RUNNER)
        ran = elbench("run", "--plan", str(elbench.plan), "--device", serial, "--dry-run")
        assert ran.returncode == 0, ran.stderr
        assert serial in ran.stdout
        assert adb.run("-s", serial, "shell", "pm", "path", RUNNER).stdout == ""


def test_a_phone_that_refuses_the_runner_is_answered_in_one_line(elbench: Elbench, adb: PrivateAdb) -> None:
    with connected_phones(adb, 1) as (serial,):
        install_somebody_elses(elbench, adb, serial)
        ran = elbench("run", "--plan", str(elbench.plan), "--device", serial, "--out", "run")
    assert ran.returncode == 5
    assert "INSTALL_FAILED_UPDATE_INCOMPATIBLE" in ran.stderr.splitlines()[-1]
    assert f"`adb -s {serial} uninstall {RUNNER}`" in ran.stderr.splitlines()[-1]
    assert not (elbench.folder / "run").exists()


def test_a_phone_that_refuses_the_runner_is_left_out_where_others_take_it(
    elbench: Elbench, adb: PrivateAdb
) -> None:
    with connected_phones(adb, 2) as (refusing, taking):
        install_somebody_elses(elbench, adb, refusing)
        ran = elbench.measure("--json", "--out", "run")
        named = elbench("run", "--plan", str(elbench.plan), "--device", refusing, "--device", taking)
    assert f"{refusing}: INSTALL_FAILED_UPDATE_INCOMPATIBLE" in ran.stderr
    assert "Measuring without this phone." in ran.stderr
    assert len(json.loads(ran.stdout)["phones"]) == 1
    assert named.returncode == 5


def test_a_virtual_phone_stands_in_where_no_phone_takes_the_runner(elbench: Elbench, adb: PrivateAdb) -> None:
    with connected_phones(adb, 1) as (serial,):
        install_somebody_elses(elbench, adb, serial)
        ran = elbench.measure("--or-virtual", "--json", "--out", "run")
    result = json.loads(ran.stdout)
    assert "Measuring on a virtual phone instead." in ran.stderr
    assert [phone["is_virtual"] for phone in result["phones"]] == [True]
    assert [phone["engine"] for phone in result["phones"]] != ["modelled"]


def install_somebody_elses(elbench: Elbench, adb: PrivateAdb, serial: str) -> None:
    """Put an app of the runner's name on a phone that somebody else signed."""
    apk = elbench.folder / "theirs.apk"
    apk.write_bytes(build_apk(RUNNER, certificate=b"certificate of somebody else"))
    adb.run("-s", serial, "uninstall", RUNNER)
    assert "Success" in adb.run("-s", serial, "install", str(apk)).stdout


def sha256_of_the_runner(adb: PrivateAdb, serial: str) -> str:
    """Of what is installed."""
    path = adb.run("-s", serial, "shell", "pm", "path", RUNNER).stdout.strip().removeprefix("package:")
    return adb.run("-s", serial, "shell", "sha256sum", path).stdout.split()[0]


def test_an_unauthorized_phone_is_answered_with_what_to_do(elbench: Elbench, adb: PrivateAdb) -> None:
    with unauthorized_phone(adb) as serial:
        ran = elbench("run", "--plan", str(elbench.plan), "--device", serial)
        listed = json.loads(elbench("devices", "--json").stdout)
    assert ran.returncode == 4
    assert "unauthorized" in ran.stderr
    assert "dialog" in ran.stderr
    assert [(phone["serial"], phone["state"]) for phone in listed] == [(serial, "unauthorized")]
    assert listed[0]["facts"] is None


def test_served_phones_can_be_connected_and_used(elbench: Elbench, adb: PrivateAdb) -> None:
    with elbench.started("phone", "serve", "--engine", "modelled", "--connect") as serving:
        assert serving.stdout
        serial = serving.stdout.readline().strip()
        listed = json.loads(elbench("devices", "--json").stdout)
        assert [phone["serial"] for phone in listed] == [serial]
        assert listed[0]["facts"]["is_virtual"] is True
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=30)
        assert serving.returncode == 0
    adb.run("disconnect", serial)


def test_a_phone_that_lets_nobody_in_is_served_beside_others(
    elbench: Elbench, adb: PrivateAdb, tmp_path: Path
) -> None:
    (tmp_path / "profile.toml").write_text(
        '[phone]\nstate = "unauthorized"\n[files]\n"/proc/loadavg" = { text = "" }\n'
    )
    profiles = ("--profile", str(tmp_path), "--profile", "pixel")
    with elbench.started("phone", "serve", "--engine", "modelled", "--connect", *profiles) as serving:
        assert serving.stdout
        serials = [serving.stdout.readline().strip() for _ in range(2)]
        listed = {
            phone["serial"]: phone["state"] for phone in json.loads(elbench("devices", "--json").stdout)
        }
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=30)
    assert [listed.get(serial) for serial in serials] == ["unauthorized", "device"]
    for serial in serials:
        adb.run("disconnect", serial)


@contextmanager
def unauthorized_phone(adb: PrivateAdb) -> Iterator[str]:
    """A device that asks for a key and accepts none, as a phone whose dialog nobody has answered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serial = f"127.0.0.1:{listener.getsockname()[1]}"
        answering = threading.Thread(target=_ask_for_a_key, args=(listener,), daemon=True)
        answering.start()
        adb.run("connect", serial)
        yield serial
        adb.run("disconnect", serial)


def _ask_for_a_key(listener: socket.socket) -> None:
    """Ask on every connection and for every signature; a public key waits for the dialog, unanswered."""
    auth, public_key = int.from_bytes(b"AUTH", "little"), 3
    question = struct.pack("<6I", auth, 1, 0, 20, 0, auth ^ 0xFFFFFFFF) + bytes(20)
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as packets:
            while len(header := packets.read(24)) == 24:
                command, kind, _, size, _, _ = struct.unpack("<6I", header)
                packets.read(size)
                if (command, kind) != (auth, public_key):
                    connection.sendall(question)
