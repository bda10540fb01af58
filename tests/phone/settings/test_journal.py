"""Restore journals: what they hold, who may have them, and what the phone's answers are worth."""

import errno
import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import OutputFolderUnusable, UnreadableAnswer, UsageError
from harness.phone.changeable import CHANGEABLES, parse_value
from harness.phone.restore_journal import JournalInUse, held, journal_files, phone_key
from harness.phone.settings import WantedSettings, changed
from harness.phone.transport import Transport
from harness.results.records import PhoneFacts
from tests.phone.settings.changing import (
    ALL,
    next_command,
    nothing_said,
    snapshot,
)


def test_with_a_full_disk_nothing_is_changed(
    phone: Transport, cabled: PhoneFacts, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = snapshot(phone)
    monkeypatch.setattr("harness.durable.os.fsync", full)
    with (
        pytest.raises(OutputFolderUnusable, match=r"cannot be written \(No space left on device\)"),
        changed(phone, cabled, ALL, folder, nothing_said),
    ):
        pytest.fail("it began")
    assert snapshot(phone) == before
    assert [file.suffix for file in folder.iterdir()] == [".lock"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"format": 2, "phone": "P", "changes": []}',
        b'{"format": 1, "phone": "P"}',
        b'{"format": 1, "phone": "P", "changes": [{"name": "global animator_duration_scale"}]}',
        json.dumps(
            {
                "format": 1,
                "phone": "P",
                "changes": [{"name": "global adb_enabled", "old": "0", "new": "1", "by": "r", "at": "t"}],
            }
        ).encode(),
        json.dumps(
            {
                "format": 1,
                "phone": "P",
                "changes": [
                    {
                        "name": "global animator_duration_scale",
                        "old": "1; reboot",
                        "new": "0",
                        "by": "r",
                        "at": "t",
                    }
                ],
            }
        ).encode(),
        b"[" * 200_000,
        b" " * 2_000_000,
    ],
    ids=range(11),
)
def test_a_journal_that_is_not_understood_is_kept_and_the_phone_left_alone(
    phone: Transport, cabled: PhoneFacts, folder: Path, content: bytes
) -> None:
    before = snapshot(phone)
    folder.mkdir()
    file = folder / f"{phone_key(phone)}.json"
    file.write_bytes(content)
    with changed(phone, cabled, ALL, folder, nothing_said) as not_had:
        [line] = not_had
        assert line.startswith(f"no setting was changed: {file}: this restore journal cannot be read (")
        assert snapshot(phone) == before
    with pytest.raises(UsageError, match="cannot be read"):
        next_command(phone, folder)
    assert file.read_bytes() == content


def test_a_phone_that_another_process_uses_is_not_touched(
    phone: Transport, cabled: PhoneFacts, folder: Path
) -> None:
    with (
        changed(phone, cabled, WantedSettings(), folder, nothing_said),
        pytest.raises(JournalInUse, match="another elbench is using it"),
    ):
        next_command(phone, folder)


def test_a_run_waits_for_a_command_that_just_puts_the_phone_back(
    phone: Transport, cabled: PhoneFacts, folder: Path
) -> None:
    inside = threading.Event()

    def run() -> None:
        with changed(phone, cabled, WantedSettings(), folder, nothing_said):
            inside.set()

    thread = threading.Thread(target=run)
    with held(folder, phone_key(phone), serial=phone.serial, wait_s=0):
        thread.start()
        assert not inside.wait(0.3)
    assert inside.wait(20)
    thread.join()


def test_the_journal_does_not_tell_the_serial(phone: Transport, cabled: PhoneFacts, folder: Path) -> None:
    serial = phone.check("getprop ro.serialno", deadline_s=20).strip()
    with changed(phone, cabled, ALL, folder, nothing_said, by="01JDK3V5Q8ZT7W2M4N6P8R9S0A"):
        [file] = journal_files(folder)
        text = file.read_text(encoding="utf-8")
    assert serial not in text + file.name
    assert phone.serial not in text + file.name
    content = json.loads(text)
    assert content["phone"] == "elbench Virtual Phone"
    assert {change["by"] for change in content["changes"]} == {"01JDK3V5Q8ZT7W2M4N6P8R9S0A"}


@given(text=st.text(max_size=60))
def test_an_answer_is_a_number_or_unset_or_not_understood(text: str) -> None:
    try:
        value = parse_value("settings get global x", text)
    except UnreadableAnswer:
        return
    assert value is None or float(value) == float(text.split()[-1])


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("1.0\n", "1.0"),
        ("null\r\n", None),
        ("WARNING: linker: libdvm.so has text relocations. This is wasting memory.\n0\n", "0"),
        ("2147483647\n", "2147483647"),
        ("-1\n", "-1"),
    ],
)
def test_answers_of_phones_are_read(answer: str, value: str | None) -> None:
    assert parse_value("settings get global x", answer) == value


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "\n",
        "Invalid namespace 'globl'\n",
        "/system/bin/sh: settings: not found\n",
        "cmd: Can't find service: settings\n",
        "Error while accessing settings provider\njava.lang.SecurityException: 1000\n\tat android.os.Parcel",
        "1.0.0\n",
        "nan\n",
    ],
)
def test_a_complaint_is_no_value(answer: str) -> None:
    with pytest.raises(UnreadableAnswer):
        parse_value("settings get global x", answer)


def test_names_in_journals_never_change() -> None:
    assert set(CHANGEABLES) == {
        "global stay_on_while_plugged_in",
        "system screen_off_timeout",
        "global window_animation_scale",
        "global transition_animation_scale",
        "global animator_duration_scale",
        "system screen_brightness_mode",
        "system screen_brightness",
        "fixed-performance mode",
        "airplane mode",
    }
