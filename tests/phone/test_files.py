"""Files are on the phone, whole, or an error says why; and none is sent twice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import TransferFailed
from harness.phone.files import PushOutcome, push_all, push_by_hash, sha256_of
from harness.phone.transport import ShellAnswer, Transport

CONTENT = bytes(range(256)) * 300
THERE = PushOutcome(sent=False, sent_bytes=0, attempts=0)
SENT = PushOutcome(sent=True, sent_bytes=len(CONTENT), attempts=1)
AsKind = Callable[[type[Transport]], Transport]


class Scratched(Transport):
    """A connection on which the first push of each Transport arrives with a wrong byte."""

    pushes = 0

    def push(self, data: bytes | Path, remote: str, *, mode: int = 0o644, deadline_s: float) -> None:
        self.pushes += 1
        content = data if isinstance(data, bytes) else data.read_bytes()
        arriving = content[:100] + b"?" + content[101:] if self.pushes == 1 else content
        super().push(arriving, remote, mode=mode, deadline_s=deadline_s)


class WithoutSha256sum(Transport):
    """A phone older than Android 6."""

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        return super().shell(command.replace("sha256sum", "no-sha256sum"), deadline_s=deadline_s)


@pytest.fixture
def local(tmp_path: Path) -> Path:
    path = tmp_path / "model.ptl"
    path.write_bytes(CONTENT)
    return path


def names_in(phone: Transport, folder: str) -> list[str]:
    return sorted(phone.check(f"ls {folder}", deadline_s=20).split())


def test_a_file_is_sent_once_and_never_again(phone: Transport, folder: str, local: Path) -> None:
    remote = f"{folder}/models/a model.ptl"
    assert push_by_hash(phone, local, sha256_of(local), remote) == SENT
    assert push_by_hash(phone, local, sha256_of(local), remote) == THERE
    assert phone.pull(remote, deadline_s=20) == CONTENT


def test_the_app_can_read_what_was_sent(phone: Transport, folder: str, local: Path) -> None:
    push_by_hash(phone, local, sha256_of(local), f"{folder}/models/x")
    modes = [phone.stat(path) for path in (f"{folder}/models/x", f"{folder}/models", folder)]
    assert [file.mode & 0o777 for file in modes if file] == [0o644, 0o755, 0o755]
    assert names_in(phone, f"{folder}/models") == ["x"]


def test_a_file_that_changed_on_the_phone_is_sent_again(phone: Transport, folder: str, local: Path) -> None:
    phone.push(b"older content", f"{folder}/x", deadline_s=20)
    assert push_by_hash(phone, local, sha256_of(local), f"{folder}/x") == SENT
    assert phone.pull(f"{folder}/x", deadline_s=20) == CONTENT


def test_a_file_that_arrived_damaged_is_noticed_and_sent_again(
    as_kind: AsKind, folder: str, local: Path
) -> None:
    scratched = as_kind(Scratched)
    outcome = push_by_hash(scratched, local, sha256_of(local), f"{folder}/x")
    assert outcome == PushOutcome(sent=True, sent_bytes=2 * len(CONTENT), attempts=2)
    assert scratched.pull(f"{folder}/x", deadline_s=20) == CONTENT


def test_a_file_that_never_arrives_whole_is_given_up_and_replaces_nothing(
    phone: Transport, folder: str, local: Path
) -> None:
    phone.push(b"older content", f"{folder}/x", deadline_s=20)
    with pytest.raises(TransferFailed, match=r"model\.ptl arrived damaged 3 times"):
        push_by_hash(phone, local, "0" * 64, f"{folder}/x")
    assert phone.pull(f"{folder}/x", deadline_s=20) == b"older content"
    assert names_in(phone, folder) == ["x"]


def test_a_phone_without_sha256sum_has_its_files_read_back(as_kind: AsKind, folder: str, local: Path) -> None:
    old = as_kind(WithoutSha256sum)
    assert push_by_hash(old, local, sha256_of(local), f"{folder}/x") == SENT
    assert push_by_hash(old, local, sha256_of(local), f"{folder}/x") == THERE


def test_of_many_files_only_those_missing_are_sent(phone: Transport, folder: str, tmp_path: Path) -> None:
    files = []
    for number in range(20):
        local = tmp_path / str(number)
        local.write_bytes(str(number).encode())
        files.append((local, sha256_of(local), f"{folder}/{number}"))
    assert [outcome.sent for outcome in push_all(phone, files[::2])] == [True] * 10
    assert [outcome.sent for outcome in push_all(phone, files)] == [False, True] * 10


def test_a_local_file_that_cannot_be_hashed_is_named(tmp_path: Path) -> None:
    with pytest.raises(TransferFailed, match="nothing: it cannot be read"):
        sha256_of(tmp_path / "nothing")
