"""Files through real adb servers: every size at which something changes, strange names, and failures."""

import hashlib
import os
import resource
from pathlib import Path

import pytest

from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb
from tests.virtual.connected import ConnectedPhone, connect

TMP = "/data/local/tmp"


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 5_000_000])
def test_a_file_comes_back_as_it_went(each_phone: ConnectedPhone, tmp_path: Path, size: int) -> None:
    sent, back, remote = tmp_path / "sent", tmp_path / "back", f"{TMP}/round trip/{size}"
    sent.write_bytes(os.urandom(size))
    pushed = each_phone.push(sent, remote)
    assert pushed.returncode == 0, pushed.stderr
    digest = hashlib.sha256(sent.read_bytes()).hexdigest()
    assert each_phone.shell(f"sha256sum '{remote}'").stdout == f"{digest}  {remote}\n"
    assert each_phone.pull(remote, back).returncode == 0
    assert back.read_bytes() == sent.read_bytes()


@pytest.mark.parametrize("name", ["two words", "it's", 'say "hi"', "größe 量", "$HOME", "a;b&c", "-n", "*"])
def test_a_strange_name_is_only_a_name(each_phone: ConnectedPhone, tmp_path: Path, name: str) -> None:
    sent = tmp_path / "sent"
    sent.write_text(name)
    remote = f"{TMP}/names/{name}"
    assert each_phone.push(sent, remote).returncode == 0
    back = tmp_path / "back"
    assert each_phone.pull(remote, back).returncode == 0
    assert back.read_text() == name


def test_a_folder_keeps_its_files_and_their_times(each_phone: ConnectedPhone, tmp_path: Path) -> None:
    source = tmp_path / "tree"
    (source / "deep" / "er").mkdir(parents=True)
    (source / "top").write_text("1")
    (source / "deep" / "er" / "leaf").write_text("2")
    os.utime(source / "top", (1_600_000_000, 1_600_000_000))
    each_phone.shell(f"mkdir -p {TMP}/folders")
    assert each_phone.run("push", str(source), f"{TMP}/folders/").returncode == 0
    assert each_phone.shell(f"stat -c %Y {TMP}/folders/tree/top").stdout == "1600000000\n"
    assert each_phone.run("pull", f"{TMP}/folders/tree", str(tmp_path / "back")).returncode == 0
    assert (tmp_path / "back" / "deep" / "er" / "leaf").read_text() == "2"
    each_phone.shell(f"rm -r {TMP}/folders")


def test_modes_arrive_so_that_an_app_can_read(each_phone: ConnectedPhone, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    sent.write_text("x")
    sent.chmod(0o644)
    each_phone.push(sent, f"{TMP}/modes/new/file")
    answer = each_phone.shell(f"stat -c %a {TMP}/modes/new/file {TMP}/modes/new")
    assert answer.stdout == "644\n755\n"


@pytest.mark.parametrize(
    ("remote", "reason"),
    [
        ("/system/x", "Read-only file system"),
        ("/data/app/x", "Permission denied"),
        ("/data/local/tmp/not-a-folder/x", "Not a directory"),
    ],
)
def test_a_refused_push_says_why(
    each_phone: ConnectedPhone, tmp_path: Path, remote: str, reason: str
) -> None:
    each_phone.shell(f"touch {TMP}/not-a-folder")
    sent = tmp_path / "sent"
    sent.write_bytes(bytes(3_000_000))
    answer = each_phone.push(sent, remote)
    assert answer.returncode == 1
    assert reason in answer.stdout + answer.stderr
    assert each_phone.shell("echo alive").stdout == "alive\n"


def test_a_missing_file_cannot_be_pulled(each_phone: ConnectedPhone, tmp_path: Path) -> None:
    answer = each_phone.pull(f"{TMP}/no such file", tmp_path / "back")
    assert answer.returncode == 1
    assert "No such file or directory" in answer.stdout + answer.stderr
    assert not (tmp_path / "back").exists()


def test_two_servers_use_one_phone_at_the_same_time(
    adb: PrivateAdb, each_phone: ConnectedPhone, tmp_path: Path
) -> None:
    one = connect(adb, each_phone.serial)
    sent = tmp_path / "sent"
    sent.write_bytes(os.urandom(2_000_000))
    first = one.client("push", str(sent), f"{TMP}/from-one")
    second = each_phone.client("push", str(sent), f"{TMP}/from-two")
    first.communicate(timeout=30)
    second.communicate(timeout=30)
    digests = one.shell(f"sha256sum -b {TMP}/from-one {TMP}/from-two").stdout.split()
    assert digests == [hashlib.sha256(sent.read_bytes()).hexdigest()] * 2


def test_a_cable_pulled_during_a_push_leaves_no_half_file(adb: PrivateAdb, tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nkind = "disconnect"\nafter_bytes = 1000000\n')
    sent = tmp_path / "sent"
    sent.write_bytes(os.urandom(5_000_000))  # which no compression makes smaller
    with VirtualPhones.start(engine="modelled", faults=faults) as phones:
        phone = connect(adb, phones.addresses[0])
        assert phone.push(sent, f"{TMP}/half").returncode != 0
        adb.run("disconnect", phones.addresses[0])
        again = connect(adb, phones.addresses[0])
        assert "No such file" in again.shell(f"ls {TMP}/half").stderr
        assert again.push(sent, f"{TMP}/half").returncode == 0
        adb.run("disconnect", phones.addresses[0])


def test_a_full_disk_below_the_phone_is_told_as_a_full_phone(adb: PrivateAdb, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    sent.write_bytes(bytes(3_000_000))
    with VirtualPhones.start(engine="modelled") as phones:
        resource.prlimit(phones.pid, resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
        phone = connect(adb, phones.addresses[0])
        answer = phone.push(sent, f"{TMP}/too much")
        assert "write failed: No space left on device" in answer.stdout + answer.stderr
        assert phone.shell("echo alive").stdout == "alive\n"
        adb.run("disconnect", phones.addresses[0])


def test_a_link_is_listed_as_one_and_pulled_as_what_it_means(
    each_phone: ConnectedPhone, tmp_path: Path
) -> None:
    each_phone.shell(
        f"mkdir -p {TMP}/linked; echo -n content > {TMP}/linked/file; ln -s file {TMP}/linked/link"
    )
    listed = each_phone.run("ls", f"{TMP}/linked").stdout.splitlines()
    assert {line.split()[-1]: line.split()[0] for line in listed}["link"] == "0000a1ff"
    assert [line.split()[-1] for line in listed][:2] == [".", ".."]
    assert each_phone.pull(f"{TMP}/linked/link", tmp_path / "back").returncode == 0
    assert (tmp_path / "back").read_text() == "content"
    each_phone.shell(f"rm -r {TMP}/linked")


def test_a_path_longer_than_adb_allows_is_refused(each_phone: ConnectedPhone, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    sent.write_text("x")
    answer = each_phone.push(sent, f"{TMP}/" + "a/" * 600 + "x")
    assert answer.returncode == 1
    assert each_phone.shell("echo alive").stdout == "alive\n"
