"""`settings`, `svc power`, `cmd power` and `cmd connectivity` answer as phones of each era do."""

from collections.abc import Iterator

import pytest

from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb
from tests.virtual.connected import ConnectedPhone, connect

ANDROID_5, ANDROID_7, ANDROID_14 = 0, 1, 2


@pytest.fixture(scope="module")
def phones(adb: PrivateAdb) -> Iterator[list[ConnectedPhone]]:
    """Of Android 5, 7 and 14."""
    eras = ("zenfone-2e", "pixel")
    with (
        VirtualPhones.start(engine="modelled", profiles=eras) as old,
        VirtualPhones.start(engine="modelled") as new,
    ):
        yield [connect(adb, address) for address in (*old.addresses, *new.addresses)]


@pytest.fixture
def phone(phones: list[ConnectedPhone]) -> ConnectedPhone:
    return phones[ANDROID_14]


def answer(phone: ConnectedPhone, line: str) -> tuple[str, str, int]:
    said = phone.shell(line)
    return said.stdout.replace("\r", ""), said.stderr, said.returncode


def test_the_phones_are_of_their_eras(phones: list[ConnectedPhone]) -> None:
    assert [answer(phone, "getprop ro.build.version.sdk")[0] for phone in phones] == ["21\n", "25\n", "34\n"]


@pytest.mark.parametrize("era", [ANDROID_5, ANDROID_7, ANDROID_14])
def test_a_value_is_put_got_and_deleted(phones: list[ConnectedPhone], era: int) -> None:
    phone = phones[era]
    assert answer(phone, "settings get global absent") == ("null\n", "", 0)
    assert answer(phone, "settings put global absent 'a b'") == ("", "", 0)
    assert answer(phone, "settings --user 0 get global absent") == ("a b\n", "", 0)
    assert answer(phone, "settings get --user current GLOBAL absent") == ("a b\n", "", 0)
    assert answer(phone, "settings delete global absent") == ("Deleted 1 rows\n", "", 0)
    assert answer(phone, "settings delete global absent") == ("Deleted 0 rows\n", "", 0)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("settings foo global x", "Invalid command: foo"),
        ("settings get globl x", "Invalid namespace 'globl'"),
        ("settings get global x y", "Too many arguments"),
        ("settings get global", "Bad arguments"),
        ("settings put global x", "Bad arguments"),
    ],
)
def test_mistakes_are_complained_of(phones: list[ConnectedPhone], line: str, words: str) -> None:
    assert answer(phones[ANDROID_14], line) == ("", f"{words}\n", 255)
    on_android_7 = answer(phones[ANDROID_7], line)
    assert on_android_7[2] == 0
    assert "usage:  settings [--user NUM] get namespace key" in on_android_7[1]


def test_tables_are_listed_from_android_6_on(phones: list[ConnectedPhone]) -> None:
    assert "animator_duration_scale=1.0\n" in answer(phones[ANDROID_7], "settings list global")[0]
    assert "Invalid command: list" in answer(phones[ANDROID_5], "settings list global")[0]


def test_a_phone_has_one_user(phone: ConnectedPhone) -> None:
    assert answer(phone, "settings get --user 10 system screen_brightness")[1:] == ("Invalid user: 10\n", 255)
    assert answer(phone, "settings get --user all system screen_brightness")[2] == 255


def test_stay_on_is_a_setting(phone: ConnectedPhone) -> None:
    values = []
    for how in ("true", "usb", "false"):
        phone.shell(f"svc power stayon {how}")
        values.append(answer(phone, "settings get global stay_on_while_plugged_in")[0])
    assert values == ["15\n", "2\n", "0\n"]


def test_airplane_mode_is_switched_and_told(phone: ConnectedPhone) -> None:
    assert answer(phone, "cmd connectivity airplane-mode") == ("disabled\n", "", 0)
    assert answer(phone, "cmd connectivity airplane-mode enable") == ("", "", 0)
    assert answer(phone, "cmd connectivity airplane-mode") == ("enabled\n", "", 0)
    assert answer(phone, "settings get global airplane_mode_on") == ("1\n", "", 0)
    assert answer(phone, "cmd connectivity airplane-mode disable") == ("", "", 0)
    assert answer(phone, "settings get global airplane_mode_on") == ("0\n", "", 0)


def test_fixed_performance_is_switched_without_a_word(phone: ConnectedPhone) -> None:
    assert answer(phone, "cmd power set-fixed-performance-mode-enabled true") == ("", "", 0)
    assert "fixed" not in answer(phone, "settings list global")[0]
    assert answer(phone, "cmd power set-fixed-performance-mode-enabled false") == ("", "", 0)
    assert answer(phone, "cmd power unheard-of")[2] == 255


def test_android_7_has_neither_airplane_nor_fixed_performance(phones: list[ConnectedPhone]) -> None:
    for line in (
        "cmd connectivity airplane-mode enable",
        "cmd power set-fixed-performance-mode-enabled true",
    ):
        said = answer(phones[ANDROID_7], line)
        assert said[2] != 0
        assert said[0] + said[1] != ""
