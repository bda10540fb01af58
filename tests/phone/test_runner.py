"""The benchmark app comes onto a phone by itself and is the shipped one to the byte, or an error says why."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from android_runner.contract import PACKAGE, PHONE_ROOT
from android_runner.prebuilt import Prebuilt, read_prebuilt
from harness.errors import (
    DeadlineExceeded,
    InstallRefused,
    PhoneLost,
    RunnerMissing,
    SetupIncomplete,
    TransferFailed,
)
from harness.phone.connection import Address
from harness.phone.facts import read_facts
from harness.phone.packages import apk_paths, uninstall
from harness.phone.runner import ensure_runner
from harness.phone.transport import ShellAnswer, Transport
from tests.conftest import PrivateAdb
from tests.phone.conftest import connected
from tests.phone.prebuilt_runners import ABIS, THEIRS, make_prebuilt

AsKind = Callable[[type[Transport]], Transport]


class Recording(Transport):
    """A connection that notes its commands and what was sent."""

    commands: list[str]
    pushed: list[str]

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        self.commands = [*getattr(self, "commands", []), command]
        return super().shell(command, deadline_s=deadline_s)

    def push(self, data: bytes | Path, remote: str, *, mode: int = 0o644, deadline_s: float) -> None:
        self.pushed = [*getattr(self, "pushed", []), remote]
        super().push(data, remote, mode=mode, deadline_s=deadline_s)


class WithoutSha256sum(Recording):
    """A phone older than Android 6."""

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        return super().shell(command.replace("sha256sum", "no-sha256sum"), deadline_s=deadline_s)


class Waiting(Transport):
    """A phone whose dialog nobody answers."""

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        if command.startswith("pm install"):
            raise DeadlineExceeded("no answer", remedy="wait", where=self.serial)
        return super().shell(command, deadline_s=deadline_s)


class Unplugged(Transport):
    """A phone whose cable is pulled while it installs."""

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        if command.startswith("pm install"):
            raise PhoneLost("the connection was lost", remedy="plug it in", where=self.serial)
        return super().shell(command, deadline_s=deadline_s)


class Mute(Transport):
    """A phone whose package manager does nothing and says nothing."""

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        return super().shell("true" if command.startswith("pm install") else command, deadline_s=deadline_s)


class Lying(Transport):
    """A phone that says Success and installs nothing."""

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        return super().shell(
            "echo Success" if command.startswith("pm install") else command, deadline_s=deadline_s
        )


@pytest.fixture(scope="module")
def own_phone(each_adb: PrivateAdb) -> Iterator[Transport]:
    """A phone that nobody else installs on."""
    with connected(each_adb) as (server, phones):
        yield server.transport(phones.addresses[0])


@pytest.fixture
def bare(own_phone: Transport) -> Transport:
    """A phone without the benchmark app, and without what a test before left behind."""
    uninstall(own_phone, PACKAGE)
    own_phone.check(f"rm -rf {PHONE_ROOT}/apks", deadline_s=20)
    return own_phone


@pytest.fixture
def seen_as(each_adb: PrivateAdb, bare: Transport) -> AsKind:
    """The same phone with a fault or an age of its own."""
    return lambda kind: kind(Address("127.0.0.1", each_adb.port), bare.serial)


@pytest.fixture
def prebuilt(tmp_path: Path) -> Prebuilt:
    return make_prebuilt(tmp_path / "prebuilt")


def abis_of(phone: Transport) -> tuple[str, ...]:
    return read_facts(phone).abis


def hash_on(phone: Transport) -> str:
    (path,) = apk_paths(phone, PACKAGE)
    return phone.check(f"sha256sum {path}", deadline_s=20).split()[0]


def left_on(phone: Transport) -> list[str]:
    return phone.shell(f"ls {PHONE_ROOT}/apks", deadline_s=20).stdout.split()


def test_a_bare_phone_gets_the_shipped_apk_for_its_processor_and_nothing_else_stays_on_it(
    bare: Transport, prebuilt: Prebuilt
) -> None:
    abis = abis_of(bare)
    runner = ensure_runner(bare, abis, prebuilt)
    assert str(runner) == "runner 0.1.0 installed"
    assert hash_on(bare) == prebuilt.manifest.apks[abis[0]].sha256
    assert left_on(bare) == []


def test_what_is_there_already_is_neither_sent_nor_installed(seen_as: AsKind, prebuilt: Prebuilt) -> None:
    phone = seen_as(Recording)
    assert isinstance(phone, Recording)
    abis = abis_of(phone)
    ensure_runner(phone, abis, prebuilt)
    phone.commands, phone.pushed = [], []
    again = ensure_runner(phone, abis, prebuilt)
    assert str(again) == "runner 0.1.0 was there already"
    assert not again.is_new
    assert [command.split()[0] for command in phone.commands] == ["pm", "sha256sum"]
    assert phone.pushed == []


def test_a_damaged_file_here_does_not_matter_while_the_phone_has_the_right_one(
    bare: Transport, prebuilt: Prebuilt
) -> None:
    abis = abis_of(bare)
    ensure_runner(bare, abis, prebuilt)
    prebuilt.path(prebuilt.manifest.apks[abis[0]]).unlink()
    assert not ensure_runner(bare, abis, prebuilt).is_new


def test_an_older_version_is_replaced_and_named(bare: Transport, prebuilt: Prebuilt, tmp_path: Path) -> None:
    abis = abis_of(bare)
    ensure_runner(bare, abis, prebuilt)
    newer = make_prebuilt(tmp_path / "newer", version="0.2.0", code=2)
    assert str(ensure_runner(bare, abis, newer)) == "runner 0.2.0 installed in place of 0.1.0"
    assert hash_on(bare) == newer.manifest.apks[abis[0]].sha256


def test_another_build_of_the_same_version_is_replaced(
    bare: Transport, prebuilt: Prebuilt, tmp_path: Path
) -> None:
    abis = abis_of(bare)
    ensure_runner(bare, abis, prebuilt)
    rebuilt = make_prebuilt(tmp_path / "rebuilt", min_sdk=24)
    assert str(ensure_runner(bare, abis, rebuilt)) == "runner 0.1.0 installed in place of another build"


def test_an_app_that_others_signed_is_kept_and_the_command_that_removes_it_is_given(
    bare: Transport, prebuilt: Prebuilt, tmp_path: Path
) -> None:
    abis = abis_of(bare)
    ensure_runner(bare, abis, make_prebuilt(tmp_path / "theirs", certificate=THEIRS))
    before = hash_on(bare)
    command = f"adb -s {bare.serial} uninstall {PACKAGE}"
    with pytest.raises(InstallRefused, match=f"UPDATE_INCOMPATIBLE.*another signature.*`{command}`"):
        ensure_runner(bare, abis, prebuilt)
    assert hash_on(bare) == before
    assert left_on(bare) == []


def test_a_newer_version_is_kept_and_the_way_out_is_given(
    bare: Transport, prebuilt: Prebuilt, tmp_path: Path
) -> None:
    abis = abis_of(bare)
    ensure_runner(bare, abis, make_prebuilt(tmp_path / "newer", version="0.2.0", code=2))
    before = hash_on(bare)
    with pytest.raises(InstallRefused, match=f"VERSION_DOWNGRADE.*newer version.*uninstall {PACKAGE}"):
        ensure_runner(bare, abis, prebuilt)
    assert hash_on(bare) == before


def test_a_phone_that_runs_none_of_the_shipped_abis_is_told_both_lists(
    bare: Transport, tmp_path: Path
) -> None:
    arms = make_prebuilt(tmp_path / "arms", abis=("arm64-v8a", "armeabi-v7a"))
    with pytest.raises(RunnerMissing, match=r"riscv64, mips.*arm64-v8a, armeabi-v7a.*--virtual"):
        ensure_runner(bare, ("riscv64", "mips"), arms)
    with pytest.raises(RunnerMissing, match="no known processor"):
        ensure_runner(bare, (), arms)


@pytest.mark.parametrize(
    ("abis", "expected"),
    [
        (("arm64-v8a", "armeabi-v7a", "armeabi"), "arm64-v8a"),
        (("armeabi-v7a", "armeabi"), "armeabi-v7a"),
        (("armeabi-v7a", "armeabi", "arm64-v8a"), "armeabi-v7a"),
        (("x86_64", "arm64-v8a", "x86", "armeabi-v7a"), "x86_64"),
    ],
)
def test_the_phones_own_order_of_abis_chooses_the_apk(
    prebuilt: Prebuilt, abis: tuple[str, ...], expected: str
) -> None:
    assert prebuilt.apk_for(abis) == prebuilt.manifest.apks[expected]


def test_an_apk_for_another_processor_is_refused_by_the_phone(bare: Transport, prebuilt: Prebuilt) -> None:
    other = next(abi for abi in ABIS if abi not in abis_of(bare))
    with pytest.raises(InstallRefused, match=r"NO_MATCHING_ABIS.*processor"):
        ensure_runner(bare, (other,), prebuilt)


def test_an_old_android_is_named_as_the_reason(bare: Transport, tmp_path: Path) -> None:
    of_the_future = make_prebuilt(tmp_path / "future", min_sdk=99)
    with pytest.raises(InstallRefused, match=r"OLDER_SDK.*newer Android"):
        ensure_runner(bare, abis_of(bare), of_the_future)


def test_a_damaged_shipped_apk_is_not_sent(seen_as: AsKind, prebuilt: Prebuilt) -> None:
    phone = seen_as(Recording)
    assert isinstance(phone, Recording)
    abis = abis_of(phone)
    file = prebuilt.path(prebuilt.manifest.apks[abis[0]])
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(SetupIncomplete, match=rf"{file.name}: .*SHA-256 differs"):
        ensure_runner(phone, abis, prebuilt)
    assert not hasattr(phone, "pushed")


def test_a_lost_shipped_apk_is_an_incomplete_set_up(bare: Transport, prebuilt: Prebuilt) -> None:
    abis = abis_of(bare)
    prebuilt.path(prebuilt.manifest.apks[abis[0]]).unlink()
    with pytest.raises(SetupIncomplete, match=r"cannot be read.*make prebuilt"):
        ensure_runner(bare, abis, prebuilt)


def test_a_phone_without_sha256sum_has_its_installed_apk_read_back(
    seen_as: AsKind, prebuilt: Prebuilt
) -> None:
    old = seen_as(WithoutSha256sum)
    abis = abis_of(old)
    assert ensure_runner(old, abis, prebuilt).is_new
    assert not ensure_runner(old, abis, prebuilt).is_new


def test_a_dialog_that_nobody_answers_is_explained_in_the_makers_words(
    seen_as: AsKind, bare: Transport, prebuilt: Prebuilt
) -> None:
    with pytest.raises(InstallRefused, match=r"did not answer within 300 s.*[Cc]ountdown"):
        ensure_runner(seen_as(Waiting), abis_of(bare), prebuilt, manufacturer="OPPO")
    assert left_on(bare) == []


def test_a_package_manager_that_says_nothing_is_reported(
    seen_as: AsKind, bare: Transport, prebuilt: Prebuilt
) -> None:
    with pytest.raises(InstallRefused, match="the package manager said nothing"):
        ensure_runner(seen_as(Mute), abis_of(bare), prebuilt)


def test_a_success_that_is_none_is_noticed(seen_as: AsKind, bare: Transport, prebuilt: Prebuilt) -> None:
    with pytest.raises(InstallRefused, match=f"not the APK that was sent.*uninstall {PACKAGE}"):
        ensure_runner(seen_as(Lying), abis_of(bare), prebuilt)


def test_a_phone_lost_while_it_installs_can_be_tried_again(
    seen_as: AsKind, bare: Transport, prebuilt: Prebuilt
) -> None:
    with pytest.raises(PhoneLost):
        ensure_runner(seen_as(Unplugged), abis_of(bare), prebuilt)
    assert ensure_runner(bare, abis_of(bare), prebuilt).is_new
    assert left_on(bare) == []


def test_a_phone_that_is_full_is_told_so(
    each_adb: PrivateAdb, prebuilt: Prebuilt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with connected(each_adb) as (server, phones):
        transport = server.transport(phones.addresses[0])
        abis = abis_of(transport)
        uninstall(transport, PACKAGE)
        (root,) = tmp_path.glob("elbench-phone-*/phone-0/root")
        filling = root / "data/local/tmp/filling"
        filling.touch()
        os.truncate(filling, 8 << 30)
        with pytest.raises(TransferFailed, match="No space left on device"):
            ensure_runner(transport, abis, prebuilt)
        assert apk_paths(transport, PACKAGE) == ()
        size_bytes = prebuilt.manifest.apks[abis[0]].size_bytes
        os.truncate(filling, (8 << 30) - size_bytes - size_bytes // 2)
        with pytest.raises(InstallRefused, match=r"INSUFFICIENT_STORAGE.*[Ff]ree some space"):
            ensure_runner(transport, abis, prebuilt)
        os.truncate(filling, 0)
        assert ensure_runner(transport, abis, prebuilt).is_new


def test_the_manifest_of_another_elbench_is_an_incomplete_set_up(prebuilt: Prebuilt) -> None:
    file = prebuilt.folder / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"later": 1}))
    with pytest.raises(SetupIncomplete):
        read_prebuilt(prebuilt.folder)
