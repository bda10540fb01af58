"""Commands and files through both real adb servers, against the virtual phone."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.errors import CommandFailed, PhoneLost, TransferFailed
from harness.phone.deadline import Deadline
from harness.phone.transport import ShellAnswer, Transport, quoted
from tests.conftest import PrivateAdb
from tests.phone.conftest import connected

HOSTILE = ["a b", "$(reboot)", "`id`", "it's", '"', "*", "; rm -rf /", "\\n", "ümlaut 漢字", "-n"]


class OldPhone(Transport):
    """The phone as a server sees one that is too old for any feature."""

    def _features(self, deadline: Deadline) -> frozenset[str]:
        assert deadline.wait_s() > 0
        return frozenset()


def test_stdout_stderr_and_exit_code_are_told_apart(phone: Transport) -> None:
    answer = phone.shell("echo to you; echo to me >&2; exit 3", deadline_s=20)
    assert answer == ShellAnswer("to you\n", "to me\n", 3)


def test_a_failing_command_is_shown_with_its_words_and_code(phone: Transport) -> None:
    with pytest.raises(CommandFailed, match=r"`cat /data/local/tmp/nothing` exited with 1: .*No such file"):
        phone.check("cat /data/local/tmp/nothing", deadline_s=20)


def test_hostile_words_reach_a_command_as_they_are(phone: Transport) -> None:
    assert phone.check(quoted("echo", "words:", *HOSTILE), deadline_s=20) == f"words: {' '.join(HOSTILE)}\n"


def test_a_stream_that_is_left_early_harms_no_later_call(phone: Transport) -> None:
    lines = phone.lines("echo one; echo two; echo three", deadline_s=20, silence_s=20)
    assert next(lines) == "one"
    lines.close()
    assert phone.check("echo still there", deadline_s=20) == "still there\n"


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 3_000_000])
def test_files_of_every_size_come_back_as_they_went(phone: Transport, folder: str, size: int) -> None:
    data = bytes(index * 7 % 251 for index in range(251)) * (size // 251 + 1)
    remote = f"{folder}/with space, ümlaut and 'quote'"
    phone.push(data[:size], remote, mode=0o600, deadline_s=60)
    assert phone.pull(remote, deadline_s=60) == data[:size]
    file = phone.stat(remote)
    assert file is not None
    assert (file.size_bytes, file.mode & 0o777) == (size, 0o600)
    assert abs(file.mtime_s - time.time()) < 60


def test_local_files_go_and_come(phone: Transport, folder: str, tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"content" * 20_000)
    phone.push(tmp_path / "out", f"{folder}/file", deadline_s=60)
    assert phone.pull(f"{folder}/file", deadline_s=60) == b"content" * 20_000


def test_a_local_file_that_is_not_there_is_named(phone: Transport, folder: str, tmp_path: Path) -> None:
    with pytest.raises(TransferFailed, match="nothing here cannot be read"):
        phone.push(tmp_path / "nothing here", f"{folder}/file", deadline_s=20)


def test_a_pull_of_a_missing_file_fails(phone: Transport, folder: str) -> None:
    with pytest.raises(TransferFailed, match="No such file"):
        phone.pull(f"{folder}/nothing", deadline_s=20)


def test_a_refused_push_has_the_phones_own_words(phone: Transport) -> None:
    with pytest.raises(TransferFailed, match=r"/system/x: .*(Read-only|Permission denied|denied)"):
        phone.push(b"data" * 500_000, "/system/x", deadline_s=60)


def test_a_path_that_no_phone_takes_is_refused(phone: Transport) -> None:
    with pytest.raises(TransferFailed, match="too long"):
        phone.push(b"", f"/data/local/tmp/{'x' * 1100}", deadline_s=20)


@pytest.mark.parametrize("kind", [Transport, OldPhone])
def test_files_are_looked_at_in_either_version(
    as_kind: Callable[[type[Transport]], Transport], folder: str, kind: type[Transport]
) -> None:
    phone = as_kind(kind)
    phone.push(b"four", f"{folder}/x", deadline_s=20)
    file = phone.stat(f"{folder}/x")
    assert file is not None
    assert (file.size_bytes, file.mode) == (4, 0o100644)
    assert phone.stat(f"{folder}/nothing") is None


def test_several_threads_use_one_transport(phone: Transport) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: phone.check(f"echo {n}", deadline_s=60), range(24)))
    assert answers == [f"{n}\n" for n in range(24)]


def test_a_cable_pulled_in_the_middle_of_a_push_is_a_lost_phone(each_adb: PrivateAdb, tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nkind = "disconnect"\nafter_bytes = 1_000_000\n')
    with connected(each_adb, faults) as (server, phones):
        transport = server.transport(phones.addresses[0])
        with pytest.raises(PhoneLost, match="ended during `push"):
            transport.push(bytes(8_000_000), "/data/local/tmp/x", deadline_s=60)


def test_a_phone_that_was_switched_off_is_lost(adb: PrivateAdb) -> None:
    with connected(adb) as (server, phones):
        transport = server.transport(phones.addresses[0])
        transport.check("true", deadline_s=20)
        phones.stop()
        with pytest.raises(PhoneLost) as raised:
            transport.check("true", deadline_s=20)
    assert transport.serial not in raised.value.cause
