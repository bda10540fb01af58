"""Which phones are used, and what is said of those that cannot be."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.errors import NoUsablePhone, PhoneLost, PhoneNotReady
from harness.phone.discovery import Sighting, choose, each_phone_once, survey
from harness.phone.server import AdbServer
from harness.phone.states import refusal, remedy_for
from harness.phone.usb_vendor import usb_vendor
from tests.conftest import PrivateAdb
from tests.phone.adb_lists import LISTS, answering_list
from tests.phone.conftest import connected


def sighting(serial: str, state: str = "device") -> Sighting:
    return Sighting(serial=serial, state=state, model=None, remedy=remedy_for(state))


def seen_as_one(serials: Mapping[str, str], ids: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The serials of each phone, the used one first."""
    phones = each_phone_once([sighting(serial, state) for serial, state in serials.items()], ids)
    return [tuple(connection.serial for connection in phone.connections) for phone in phones]


READY, OTHER, LOCKED = sighting("A 1"), sighting("B"), sighting("C", "unauthorized")


def test_all_usable_phones_are_used_when_none_is_named() -> None:
    assert choose([READY, LOCKED, OTHER], [], {}) == ("A 1", "B")


def test_named_phones_are_used_once_each_in_the_order_of_their_names() -> None:
    assert choose([READY, OTHER], ["B", "A 1", "B"], {"ANDROID_SERIAL": "C"}) == ("B", "A 1")


def test_android_serial_names_the_phone_when_the_call_does_not() -> None:
    assert choose([READY, OTHER], [], {"ANDROID_SERIAL": "B"}) == ("B",)


def test_a_named_phone_that_is_not_there_is_an_error_that_lists_those_that_are() -> None:
    with pytest.raises(NoUsablePhone, match=r"D: .*there are: A 1 device, C unauthorized"):
        choose([READY, LOCKED], ["D"], {})


def test_a_named_phone_that_is_not_usable_is_an_error_with_its_remedy() -> None:
    with pytest.raises(PhoneNotReady, match=r"C: it is unauthorized.*accept its dialog"):
        choose([READY, LOCKED], ["C"], {})


def test_no_phone_at_all_is_an_error_that_names_the_way_without_one() -> None:
    with pytest.raises(NoUsablePhone, match=r"none is connected.*--virtual"):
        choose([], [], {})


def test_the_only_phone_not_being_usable_is_an_error_with_its_remedy() -> None:
    with pytest.raises(PhoneNotReady, match="accept its dialog"):
        choose([LOCKED], [], {})


def test_several_phones_none_usable_are_an_error_with_a_remedy_for_each() -> None:
    with pytest.raises(NoUsablePhone, match=r"C: unlock the phone.*D: plug the phone in again"):
        choose([LOCKED, sighting("D", "offline")], [], {})


def test_a_serial_is_written_as_it_is_also_where_a_sentence_begins() -> None:
    with pytest.raises(NoUsablePhone, match=r"\. For c1: unlock the phone.*; for d2: plug"):
        choose([sighting("c1", "unauthorized"), sighting("d2", "offline")], [], {})


TLS = "adb-834ee2d7-Xy1AbC._adb-tls-connect._tcp"
TLS_AGAIN = "adb-834ee2d7-Xy1AbC (2)._adb-tls-connect._tcp"


def test_a_phone_by_cable_and_over_wifi_is_one_phone_and_the_cable_is_used() -> None:
    states = {"192.168.1.7:5555": "device", "834ee2d7": "device", TLS: "device", "OTHER": "device"}
    ids = {"192.168.1.7:5555": "one", "834ee2d7": "one", TLS: "one", "OTHER": "two"}
    assert seen_as_one(states, ids) == [("834ee2d7", TLS, "192.168.1.7:5555"), ("OTHER",)]


def test_a_connection_that_works_is_used_before_one_that_does_not() -> None:
    assert seen_as_one({"834ee2d7": "unauthorized", TLS: "device"}, {}) == [(TLS, "834ee2d7")]
    assert seen_as_one({TLS: "offline", TLS_AGAIN: "device"}, {}) == [(TLS_AGAIN, TLS)]


def test_a_dead_connection_belongs_to_the_phone_whose_serial_it_names() -> None:
    states = {TLS: "offline", "834ee2d7": "device", "OTHER": "device"}
    assert seen_as_one(states, {"834ee2d7": "one", "OTHER": "two"}) == [("834ee2d7", TLS), ("OTHER",)]


def test_phones_that_do_not_answer_stand_for_themselves() -> None:
    assert seen_as_one({"A": "device", "B": "device", "10.0.0.7:5555": "offline"}, {}) == [
        ("A",), ("B",), ("10.0.0.7:5555",),
    ]  # fmt: skip


def test_a_phone_that_is_connected_twice_is_chosen_once() -> None:
    states = {"834ee2d7": "device", "10.0.0.7:5555": "device", TLS: "offline"}
    ids = {"834ee2d7": "one", "10.0.0.7:5555": "one"}
    phones = each_phone_once([sighting(serial, state) for serial, state in states.items()], ids)
    assert choose(phones, [], {}) == ("834ee2d7",)
    assert choose(phones, ["10.0.0.7:5555"], {}) == ("10.0.0.7:5555",)
    assert choose(phones, ["10.0.0.7:5555", "834ee2d7"], {}) == ("10.0.0.7:5555",)
    assert choose(phones, [], {"ANDROID_SERIAL": "10.0.0.7:5555"}) == ("10.0.0.7:5555",)
    with pytest.raises(PhoneNotReady, match="it is offline"):
        choose(phones, [TLS], {})


def test_one_phone_at_two_addresses_is_seen_once_by_a_real_server(each_adb: PrivateAdb) -> None:
    with connected(each_adb) as (server, phones):
        address = phones.addresses[0]
        elsewhere = address.replace("127.0.0.1", "localhost")
        server.connect(elsewhere)
        try:
            (phone,) = [seen for seen in survey(server) if address in map(serial_of, seen.connections)]
        finally:
            server.disconnect(elsewhere)
        # Other tests may have a virtual phone of the same serial number connected.
        assert {address, elsewhere} <= set(map(serial_of, phone.connections))


def serial_of(sighting: Sighting) -> str:
    return sighting.serial


@pytest.mark.parametrize("name", LISTS)
def test_a_real_list_of_phones_is_surveyed(name: str) -> None:
    listed = LISTS[name]
    with answering_list(listed.short, listed.long) as port:
        surveyed = survey(AdbServer("127.0.0.1", port, Path("/nonexistent/adb")))
    assert [
        (each.serial, each.state.partition(" (")[0], each.model)
        for phone in surveyed
        for each in phone.connections
    ] == list(listed.phones)
    assert all((each.remedy is None) == (each.state == "device") for each in surveyed)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("unauthorized", "accept its dialog"),
        ("authorizing", "accept its dialog"),
        ("offline", "plug the phone in again"),
        ("connecting", "wait a moment"),
        ("detached", "adb attach"),
        ("recovery", "adb reboot"),
        ("rescue", "adb reboot"),
        ("sideload", "end the update"),
        ("bootloader", "fastboot reboot"),
        ("host", "a computer"),
        ("a state of a later adb", "restart the phone"),
    ],
)
def test_every_state_but_device_has_its_remedy(state: str, words: str) -> None:
    remedy = remedy_for(state)
    assert remedy is not None
    assert words in remedy
    assert remedy_for("device") is None


def test_a_phone_on_the_network_has_no_cable_to_plug_in() -> None:
    assert "adb pair" in str(remedy_for("unauthorized", transport="tls"))
    assert "dialog" in str(remedy_for("unauthorized", transport="tcp"))
    assert "adb connect" in str(remedy_for("offline", transport="tls"))


MISSING_RULE = (
    "no permissions (missing udev rules? user is in the plugdev group); "
    "see [http://developer.android.com/tools/device.html]"
)


def test_missing_udev_rules_are_written_out_for_the_phones_vendor() -> None:
    remedy = str(remedy_for(MISSING_RULE, usb_vendor="0e8d"))
    assert 'SUBSYSTEM=="usb", ATTR{idVendor}=="0e8d", MODE="0660", GROUP="plugdev", TAG+="uaccess"' in remedy
    assert "/etc/udev/rules.d/51-android.rules" in remedy
    assert "usermod" not in remedy
    assert "lsusb" in str(remedy_for(MISSING_RULE))


@pytest.mark.parametrize(
    ("state", "joins", "rule"),
    [
        ("no permissions (user bob is not in the plugdev group); see [http://…]", True, False),
        ("no permissions (user in plugdev group; are your udev rules wrong?); see [http://…]", False, True),
        ("no permissions (verify udev rules); see [http://…]", True, True),
        ("no permissions", True, True),
    ],
)
def test_each_wording_of_missing_permissions_has_what_cures_it(state: str, joins: bool, rule: bool) -> None:
    remedy = str(remedy_for(state, usb_vendor="18d1"))
    assert ("usermod -aG plugdev" in remedy) == joins
    assert ("51-android.rules" in remedy) == rule


def test_the_vendor_of_a_usb_device_is_read_where_linux_tells_it(tmp_path: Path) -> None:
    (tmp_path / "1-2.4").mkdir()
    (tmp_path / "1-2.4" / "idVendor").write_text("0E8D\n")
    (tmp_path / "1-3").mkdir()
    (tmp_path / "1-3" / "idVendor").write_bytes(b"\xff\xfe")
    assert usb_vendor("1-2.4", tmp_path) == "0e8d"
    for path in ("1-3", "1-9", "", "../1-2.4", "337641472X"):
        assert usb_vendor(path, tmp_path) is None


def test_a_refusal_for_want_of_permissions_is_no_dialog_on_the_phone() -> None:
    said = "insufficient permissions for device: user is not in the plugdev group\nSee [http://…]"
    error = refusal(said, "true", "S1")
    assert isinstance(error, PhoneNotReady)
    assert "usermod" in error.remedy
    assert isinstance(refusal("device offline", "true", "S1"), PhoneLost)
