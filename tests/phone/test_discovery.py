"""Which phones are used, and what is said of those that cannot be."""

import pytest

from harness.errors import NoUsablePhone, PhoneNotReady
from harness.phone.discovery import Sighting, choose
from harness.phone.states import remedy_for


def sighting(serial: str, state: str = "device") -> Sighting:
    return Sighting(serial=serial, state=state, model=None, remedy=remedy_for(state))


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


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("unauthorized", "accept its dialog"),
        ("authorizing", "accept its dialog"),
        ("no permissions (user is not in the plugdev group); see [http://…]", "udev rules"),
        ("offline", "plug the phone in again"),
        ("recovery", "adb reboot"),
        ("sideload", "adb reboot"),
        ("bootloader", "fastboot reboot"),
        ("a state of a later adb", "restart the phone"),
    ],
)
def test_every_state_but_device_has_its_remedy(state: str, words: str) -> None:
    remedy = remedy_for(state)
    assert remedy is not None
    assert words in remedy
    assert remedy_for("device") is None
