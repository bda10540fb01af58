"""A run has the settings that it wants, and the phone is as before afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import BadPlan, PhoneLost
from harness.phone.facts import read_facts
from harness.phone.restore_journal import journal_files, read_pending
from harness.phone.server import AdbServer
from harness.phone.settings import WantedSettings, changed
from harness.phone.transport import ShellAnswer, Transport
from harness.results.records import PhoneFacts
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb
from tests.phone.settings.changing import (
    ALL,
    ORIGINAL,
    as_kind,
    next_command,
    nothing_said,
    set_values,
    snapshot,
    value_of,
)


def test_everything_that_is_wanted_is_so_inside_and_as_before_outside(
    phone: Transport, cabled: PhoneFacts, folder: Path
) -> None:
    before = snapshot(phone)
    with changed(phone, cabled, ALL, folder, nothing_said) as not_had:
        assert not_had == ()
        assert {name: value_of(phone, name) for name in ORIGINAL} == {
            "global stay_on_while_plugged_in": "7",
            "global window_animation_scale": "0",
            "global transition_animation_scale": "0",
            "global animator_duration_scale": "0",
            "system screen_brightness_mode": "0",
            "system screen_brightness": "200",
            "system screen_off_timeout": "60000",
            "global airplane_mode_on": "1",
        }
    assert snapshot(phone) == before
    assert journal_files(folder) == []


def test_nothing_is_changed_that_is_not_wanted(phone: Transport, cabled: PhoneFacts, folder: Path) -> None:
    before = snapshot(phone)
    wanted = WantedSettings(stay_awake=False, animations_off=False)
    with changed(phone, cabled, wanted, folder, nothing_said) as not_had:
        assert not_had == ()
        assert snapshot(phone) == before
        assert journal_files(folder) == []


def test_only_what_differs_is_changed(phone: Transport, cabled: PhoneFacts, folder: Path) -> None:
    set_values(phone, {"global stay_on_while_plugged_in": "7", "global window_animation_scale": "0.0"})
    with changed(phone, cabled, WantedSettings(), folder, nothing_said):
        assert value_of(phone, "global window_animation_scale") == "0.0"
        [file] = journal_files(folder)
        assert [change.name for change in read_pending(file).changes] == [
            "global transition_animation_scale",
            "global animator_duration_scale",
        ]
    assert value_of(phone, "global stay_on_while_plugged_in") == "7"


def test_a_phone_that_does_not_charge_keeps_its_screen_on_by_the_timeout(
    phone: Transport, cabled: PhoneFacts, folder: Path
) -> None:
    before = snapshot(phone)
    phone.check("dumpsys battery set usb 0", deadline_s=20)
    try:
        with changed(phone, cabled, WantedSettings(), folder, nothing_said):
            assert value_of(phone, "system screen_off_timeout") == "86400000"
    finally:
        phone.check("dumpsys battery reset", deadline_s=20)
    assert snapshot(phone) == before


def test_the_battery_is_never_faked(phone: Transport, cabled: PhoneFacts, folder: Path) -> None:
    with changed(phone, cabled, ALL, folder, nothing_said):
        assert "UPDATES STOPPED" not in phone.check("dumpsys battery", deadline_s=20)


def test_what_was_unset_is_unset_again(phone: Transport, cabled: PhoneFacts, folder: Path) -> None:
    names = ["global window_animation_scale", "global stay_on_while_plugged_in", "system screen_brightness"]
    set_values(phone, dict.fromkeys(names))
    before = snapshot(phone)
    with changed(phone, cabled, ALL, folder, nothing_said):
        assert [value_of(phone, name) for name in names] == ["0", "7", "200"]
    assert [value_of(phone, name) for name in names] == ["null"] * 3
    assert snapshot(phone) == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, PhoneLost("x", remedy="y"), RuntimeError("a bug")])
def test_every_end_of_a_run_puts_the_phone_back(
    phone: Transport, cabled: PhoneFacts, folder: Path, error: BaseException | type[BaseException]
) -> None:
    before = snapshot(phone)
    with pytest.raises(BaseException) as raised, changed(phone, cabled, ALL, folder, nothing_said):  # noqa: PT012
        assert snapshot(phone) != before
        raise error
    assert raised.type in (KeyboardInterrupt, PhoneLost, RuntimeError)
    assert snapshot(phone) == before


def test_airplane_mode_is_refused_on_a_phone_without_a_cable_before_anything_changes(
    phone: Transport, cabled: PhoneFacts, folder: Path
) -> None:
    before = snapshot(phone)
    for transport in ("tcp", "tls"):
        facts = replace(cabled, transport=transport)
        with (
            pytest.raises(BadPlan, match=r"settings\.airplane would cut it off"),
            changed(phone, facts, ALL, folder, nothing_said),
        ):
            pytest.fail("it began")
    assert snapshot(phone) == before


def test_before_android_11_airplane_and_fixed_performance_are_named_as_missing(
    phone: Transport, cabled: PhoneFacts, folder: Path
) -> None:
    facts = replace(cabled, api_level=29, android_release="10")
    with changed(phone, facts, ALL, folder, nothing_said) as not_had:
        assert not_had == (
            "fixed-performance mode needs Android 11, this is 10",
            "airplane mode needs Android 11, this is 10",
        )
        assert value_of(phone, "global airplane_mode_on") == "0"


@pytest.fixture(scope="module")
def phones_of_all_eras(adb: PrivateAdb) -> Iterator[list[Transport]]:
    """Phones that replay recorded ones, from Android 5 on."""
    eras = ("zenfone-2e", "moto-g4", "pixel", "mate-20", "redmi-note-8-pro", "galaxy-z-fold7")
    server = AdbServer(host="127.0.0.1", port=adb.port, adb_path=adb.binary)
    with VirtualPhones.start(engine="modelled", profiles=eras) as phones:
        for address in phones.addresses:
            server.connect(address)
        yield [server.transport(address) for address in phones.addresses]
        for address in phones.addresses:
            server.disconnect(address)


def test_phones_of_all_eras_are_changed_and_put_back(
    phones_of_all_eras: list[Transport], folder: Path
) -> None:
    can_fly = []
    for phone in phones_of_all_eras:
        facts = replace(read_facts(phone), transport="usb")
        before = {name: value_of(phone, name) for name in ORIGINAL}
        with changed(phone, facts, ALL, folder, nothing_said) as not_had:
            can_fly.append(not_had == ())
            assert value_of(phone, "global animator_duration_scale") == "0"
            assert value_of(phone, "system screen_brightness") == "200"
        assert {name: value_of(phone, name) for name in ORIGINAL} == before
    assert can_fly == [False, False, False, False, True, True]
    assert journal_files(folder) == []


class Stubborn(Transport):
    """A phone that answers commands of one beginning with a refusal."""

    refused = ""
    words = ""

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        if command.startswith(self.refused):
            return ShellAnswer("", self.words, 255)
        return super().shell(command, deadline_s=deadline_s)


class WithoutFixedPerformance(Stubborn):
    refused = "cmd power set-fixed-performance-mode-enabled"
    words = (
        "Failed to set FIXED_PERFORMANCE mode\n"
        "This is likely because FIXED_PERFORMANCE mode is not supported on this device\n"
    )


class WithoutPermission(Stubborn):
    refused = "settings put"
    words = (
        "java.lang.SecurityException: Permission denial: writing to settings requires:"
        "android.permission.WRITE_SECURE_SETTINGS"
    )


class KeepingOldValues(Stubborn):
    """Lets itself be changed, and not back."""

    refused = "settings put global window_animation_scale 1.0"
    words = "Security exception: not now"


def test_fixed_performance_that_a_phone_does_not_have_is_no_error(
    phone: Transport, cabled: PhoneFacts, folder: Path
) -> None:
    wanted = WantedSettings(stay_awake=False, animations_off=False, fixed_performance=True)
    stubborn = as_kind(phone, WithoutFixedPerformance)
    with changed(stubborn, cabled, wanted, folder, nothing_said) as not_had:
        [line] = not_had
        assert line.startswith("fixed-performance mode stays 0: Failed to set FIXED_PERFORMANCE mode")
        assert journal_files(folder) == []


def test_settings_that_a_phone_of_xiaomi_refuses_come_with_its_switch(
    phone: Transport, cabled: PhoneFacts, folder: Path
) -> None:
    before = snapshot(phone)
    facts = replace(cabled, manufacturer="Xiaomi")
    stubborn = as_kind(phone, WithoutPermission)
    with changed(stubborn, facts, WantedSettings(animations_off=False), folder, nothing_said) as not_had:
        [line] = not_had
        assert line.startswith("global stay_on_while_plugged_in stays 0: java.lang.SecurityException")
        assert line.endswith("(turn on USB debugging (Security settings) in its developer options)")
        assert journal_files(folder) == []
    assert snapshot(phone) == before


def test_what_cannot_be_set_back_stays_in_the_journal_until_it_can(
    phone: Transport, cabled: PhoneFacts, folder: Path
) -> None:
    before, said = snapshot(phone), list[str]()
    for _ in range(2):  # the second run must not take the first one's value for the original
        with changed(as_kind(phone, KeepingOldValues), cabled, WantedSettings(), folder, said.append):
            pass
    assert "could not be set back to 1.0 (Security exception: not now)" in said[0]
    [file] = journal_files(folder)
    assert [(change.name, change.old) for change in read_pending(file).changes] == [
        ("global window_animation_scale", "1.0")
    ]
    assert next_command(phone, folder).restored == ("global window_animation_scale",)
    assert snapshot(phone) == before


def test_what_somebody_else_has_changed_meanwhile_is_left_alone_and_named(
    phone: Transport, cabled: PhoneFacts, folder: Path
) -> None:
    said: list[str] = []
    with changed(phone, cabled, WantedSettings(), folder, said.append):
        set_values(phone, {"global animator_duration_scale": "0.5"})
    assert said == [
        f"{phone.serial}: global animator_duration_scale is left at 0.5: somebody has changed it since the "
        "run, before which it was 1.0"
    ]
    assert value_of(phone, "global animator_duration_scale") == "0.5"
    assert value_of(phone, "global window_animation_scale") == "1.0"
    assert journal_files(folder) == []
