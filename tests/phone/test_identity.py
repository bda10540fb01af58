"""Which phone it is, from system properties of different makers."""

import pytest

from harness.errors import UnreadableAnswer
from harness.phone.facts import parse_page_size, transport_kind
from harness.phone.identity import abis, identify, is_virtual, phone_id
from harness.phone.properties import parse_properties

ANDROID_14 = """[ro.boot.qemu]: []
[ro.build.fingerprint]: [Acme/zeta/zeta:14/UP1A.1/99:user/release-keys]
[ro.build.type]: [user]
[ro.build.version.release]: [14]
[ro.build.version.sdk]: [34]
[ro.build.version.security_patch]: [2024-05-01]
[ro.hardware]: [qcom]
[ro.kernel.qemu]: [0]
[ro.product.cpu.abilist]: [arm64-v8a,armeabi-v7a, armeabi]
[ro.product.manufacturer]: [Acme]
[ro.product.marketname]: [Acme Zeta 5]
[ro.product.model]: [AZ-5000]
[ro.serialno]: [R3AL5ER1AL]
[ro.soc.manufacturer]: [QTI]
[ro.soc.model]: [SM8650]
"""
ANDROID_6 = (
    "[ro.board.platform]: [mt6755]\r\n"
    "[mtk.md1.starttime]: [0s Thu Dec 31\r\n]\r\n"
    "[ro.product.cpu.abi]: [armeabi-v7a]\r\n"
    "[ro.product.cpu.abilist]: []\r\n"
    "[ro.product.model]: [Old [dual]]\r\n"
    "[vendor.broken]: [1234\r\n"
    "[ro.build.version.sdk]: [23]\r\n"
)


def test_a_phone_of_today_is_identified() -> None:
    properties = parse_properties(ANDROID_14)
    known = identify(properties)
    assert known.values == {
        "manufacturer": "Acme",
        "model": "Acme Zeta 5",
        "soc": "Qualcomm SM8650",
        "android_release": "14",
        "api_level": 34,
        "security_patch": "2024-05-01",
        "build_type": "user",
        "engine": None,
    }
    assert known.missing == {"engine": "only elbench's virtual phone has one"}
    assert abis(properties) == ("arm64-v8a", "armeabi-v7a", "armeabi")
    assert not is_virtual(properties)


def test_an_old_phone_is_identified_as_far_as_it_says() -> None:
    properties = parse_properties(ANDROID_6)
    known = identify(properties)
    assert known.values["soc"] == "mt6755"
    assert known.values["model"] == "Old [dual]"
    assert known.values["api_level"] == 23
    assert abis(properties) == ("armeabi-v7a",)
    assert set(known.missing) == {
        "manufacturer", "android_release", "security_patch", "build_type", "engine",
    }  # fmt: skip


def test_values_of_several_lines_and_lost_brackets_harm_no_other_value() -> None:
    properties = parse_properties(ANDROID_6)
    assert properties["mtk.md1.starttime"] == "0s Thu Dec 31\n"
    assert properties["vendor.broken"] == "1234"
    assert properties["ro.build.version.sdk"] == "23"


def test_no_properties_are_unreadable() -> None:
    with pytest.raises(UnreadableAnswer, match="not found"):
        parse_properties("sh: getprop: not found\n")


@pytest.mark.parametrize(
    "properties",
    [
        {"ro.elbench.virtual": "1"},
        {"ro.kernel.qemu": "1"},
        {"ro.boot.qemu": "1"},
        {"ro.hardware": "ranchu"},
        {"ro.hardware": "goldfish_arm64"},
        {"ro.hardware": "cutf_cvm"},
    ],
)
def test_emulators_are_virtual(properties: dict[str, str]) -> None:
    assert is_virtual(properties)


def test_a_phone_keeps_its_id_on_every_connection_and_does_not_reveal_its_serial() -> None:
    properties = parse_properties(ANDROID_14)
    identity = phone_id(properties, "R3AL5ER1AL")
    assert identity == phone_id(properties, "192.168.1.7:5555")
    assert len(identity) == 12
    assert int(identity, 16) >= 0
    assert identity != phone_id(properties | {"ro.serialno": "ANOTHER"}, "R3AL5ER1AL")
    assert identity != phone_id(properties | {"ro.build.fingerprint": "updated"}, "R3AL5ER1AL")


@pytest.mark.parametrize(
    ("serial", "kind"),
    [
        ("R3AL5ER1AL", "usb"),
        ("emulator-5554", "emulator"),
        ("127.0.0.1:43121", "tcp"),
        ("adb-83aa-Xy (2)._adb-tls-connect._tcp", "tcp"),
    ],
)
def test_the_kind_of_connection_is_told_from_the_serial(serial: str, kind: str) -> None:
    assert transport_kind(serial) == kind


def test_page_sizes_are_read() -> None:
    assert parse_page_size("4096\n").size_bytes == 4096
    assert parse_page_size("16384\r\n").size_bytes == 16384
    for text in ("sh: getconf: not found", "0", ""):
        with pytest.raises(UnreadableAnswer):
            parse_page_size(text)
