"""Which phone it is, from system properties of different makers."""

import pytest

from harness.errors import UnreadableAnswer
from harness.phone.facts import parse_page_size, transport_kind
from harness.phone.identity import abi_source, abis, identify, is_virtual, phone_id, serial_in
from harness.phone.properties import parse_properties
from harness.phone.soc import Said, chip_name, find_soc
from harness.phone.vendor_version import find_vendor_version

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
        "android_release": "14",
        "api_level": 34,
        "security_patch": "2024-05-01",
        "build_type": "user",
        "engine": None,
        "vendor_version": None,
    }
    assert known.missing == {
        "engine": "only elbench's virtual phone has one",
        "vendor_version": "it names no system of its vendor's own, as plain Android does not",
    }
    assert known.sources["model"] == "getprop ro.product.marketname"
    assert find_soc(properties, None, None) == Said("Qualcomm SM8650", "getprop ro.soc.model")
    assert abis(properties) == ("arm64-v8a", "armeabi-v7a", "armeabi")
    assert not is_virtual(properties)


def test_an_old_phone_is_identified_as_far_as_it_says() -> None:
    properties = parse_properties(ANDROID_6)
    known = identify(properties)
    assert find_soc(properties, None, None) == Said("MediaTek MT6755", "getprop ro.board.platform")
    assert known.values["model"] == "Old [dual]"
    assert known.values["api_level"] == 23
    assert abis(properties) == ("armeabi-v7a",)
    assert set(known.missing) == {
        "manufacturer", "android_release", "security_patch", "build_type", "engine", "vendor_version",
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
        ("[fe80::1%25wlan0]:5555", "tcp"),
        ("adb-83aa-XyZa12._adb._tcp", "tcp"),
        ("adb-83aa-XyZa12 (2)._adb-tls-connect._tcp", "tls"),
    ],
)
def test_the_kind_of_connection_is_told_from_the_serial(serial: str, kind: str) -> None:
    assert transport_kind(serial) == kind


@pytest.mark.parametrize(
    ("serial", "own"),
    [
        ("adb-AYLVBB5220900344-bReb3a._adb-tls-connect._tcp", "AYLVBB5220900344"),
        ("adb-834ee2d7-Xy1AbC (2)._adb-tls-connect._tcp", "834ee2d7"),
        ("adb-1A-2B-3C-Xy1AbC", "1A-2B-3C"),
        ("834ee2d7", None),
        ("192.168.1.7:5555", None),
    ],
)
def test_wireless_debugging_tells_the_phones_own_serial(serial: str, own: str | None) -> None:
    assert serial_in(serial) == own


def test_a_phone_that_hides_its_serial_is_known_by_that_of_its_connections() -> None:
    properties = {"ro.build.fingerprint": "a/b/c"}
    over_usb = phone_id(properties, "834ee2d7")
    assert over_usb == phone_id(properties, "adb-834ee2d7-Xy1AbC (2)._adb-tls-connect._tcp")
    assert over_usb == phone_id(properties | {"ro.serialno": "834ee2d7"}, "192.168.1.7:5555")


@pytest.mark.parametrize(
    ("said", "chip"),
    [
        ("samsungexynos9820", "Samsung Exynos 9820"),
        ("Samsung EXYNOS5433", "Samsung Exynos 5433"),
        ("universal9611", "Samsung Exynos 9611"),
        ("s5e9925", "Samsung Exynos 2200 (S5E9925)"),
        ("s5e9999", "Samsung S5E9999"),
        ("Qualcomm Technologies, Inc MSM8996pro", "Qualcomm MSM8996PRO"),
        ("Qualcomm Technologies, Inc SM8150", "Qualcomm SM8150"),
        ("Qualcomm Technologies, Inc KONA", "Qualcomm SM8250"),
        ("SM8250-AC", "Qualcomm SM8250-AC"),
        ("QCM6490", "Qualcomm QCM6490"),
        ("sdm439", "Qualcomm SDM439"),
        ("MTK6833", "MediaTek MT6833"),
        ("mt6895", "MediaTek MT6895"),
        ("MT6893Z_Z/CZA", "MediaTek MT6893Z_Z/CZA"),
        ("GS101", "Google Tensor (GS101)"),
        ("gs201", "Google Tensor G2 (GS201)"),
        ("zumapro", "Google Tensor G4 (Zuma Pro)"),
        ("Tensor G5", "Google Tensor G5"),
        ("kirin9000", "HiSilicon Kirin 9000"),
        ("hi3650", "HiSilicon Kirin 950/955 (Hi3650)"),
        ("k3v2oem1", "HiSilicon K3V2"),
        ("PXA1088", "Marvell PXA1088"),
        ("LC1860", "Leadcore LC1860"),
        ("hi3660", "HiSilicon Kirin 960 (Hi3660)"),
        ("kirin710f", "HiSilicon Kirin 710F"),
        ("sp9863a", "UNISOC SC9863A"),
        ("ums9230", "UNISOC UMS9230"),
        ("Unisoc T618", "UNISOC T618"),
        ("tegra124", "NVIDIA Tegra K1 (T124)"),
        ("rk3399", "Rockchip RK3399"),
        ("sun50iw9p1", "Allwinner sun50i"),
        ("Intel(R) Atom(TM) CPU Z3580  @ 2.33GHz", "Intel Atom Z3580"),
        # What only looks like a chip: models of phones, boards, families, nonsense.
        ("SM-G991B", None),
        ("SM-T8250", None),
        ("qcom", None),
        ("k6853v1_64_6360", None),
        ("exynos5", None),
        ("kirin", None),
        ("ARMv8 Processor rev 4 (v8l)", None),
        ("", None),
    ],
)
def test_a_chip_is_called_as_people_call_it(said: str, chip: str | None) -> None:
    assert chip_name(said) == chip


@pytest.mark.parametrize(
    ("maker", "model", "chip"),
    [
        ("QUALCOMM", "SM7325", "Qualcomm SM7325"),
        ("Qualcomm Technologies, Inc.", "SM7325", "Qualcomm SM7325"),
        ("MTK", "MT8188", "MediaTek MT8188"),
        ("Spreadtrum", "T606", "UNISOC T606"),
        ("Samsung", "Exynos 2100", "Samsung Exynos 2100"),
        ("JLQ", "JR510", "JLQ JR510"),
        ("Xiaomi", "XRING O1", "Xiaomi XRING O1"),
        ("AOSP", "ranchu", "AOSP ranchu"),
        ("", "X9000", "X9000"),
    ],
)
def test_what_android_12_states_is_taken_with_its_makers_usual_name(
    maker: str, model: str, chip: str
) -> None:
    found = find_soc({"ro.soc.manufacturer": maker, "ro.soc.model": model}, None, None)
    assert found == Said(chip, "getprop ro.soc.model")


def test_a_phone_that_names_no_chip_has_none() -> None:
    assert find_soc({"ro.soc.model": " ", "ro.hardware": "qcom"}, None, None) is None


@pytest.mark.parametrize(
    ("properties", "version"),
    [
        ({"ro.build.version.oneui": "60101"}, "One UI 6.1.1"),
        ({"ro.build.version.sep": "100100"}, "One UI 1.1"),
        ({"ro.mi.os.version.name": "OS1.0", "ro.miui.ui.version.name": "V816"}, "HyperOS 1.0"),
        ({"ro.miui.ui.version.name": "V12", "ro.build.version.incremental": "20.9.4"}, "MIUI 12"),
        ({"ro.lineage.build.version": "21.0", "ro.miui.ui.version.name": "V125"}, "LineageOS 21.0"),
        ({"ro.rom.version": "Oxygen OS 10.0.2"}, "OxygenOS 10.0.2"),
        ({"ro.rom.version": "H2OS V1.4"}, "HydrogenOS 1.4"),
        (
            {
                "ro.build.version.oplusrom.display": "14.0",
                "ro.product.brand": "OnePlus",
                "ro.build.display.id": "CPH2581_14.0.0.601(EX01)",
            },
            "OxygenOS 14.0",
        ),
        ({"ro.build.version.emui": "EmotionUI_13.0.0", "ro.product.locale": "en-GB"}, "EMUI 13.0.0"),
        (
            {"hw_sc.build.platform.version": "4.2.0", "ro.build.version.emui": "EmotionUI_14"},
            "HarmonyOS 4.2.0",
        ),
        ({"ro.vivo.os.build.display.id": "Funtouch OS_13"}, "Funtouch OS 13"),
        ({"ro.com.zui.version": "15.0"}, "ZUI 15.0"),
        ({"ro.build.display.id": "MyOS14.0.13_NX729J"}, "MyOS 14.0.13"),
        ({"ro.tranos.version": "hios-v13.5.0"}, "HiOS 13.5.0"),
        ({"ro.build.version.oneui": "a lot"}, None),
        ({"ro.build.display.id": "AP2A.240805.005"}, None),
    ],
)
def test_the_vendors_own_system_is_named(properties: dict[str, str], version: str | None) -> None:
    said = find_vendor_version(properties)
    assert (said.value if said else None) == version


def test_instruction_sets_are_put_together_where_there_is_no_list_of_all() -> None:
    lists = {"ro.product.cpu.abilist64": "arm64-v8a", "ro.product.cpu.abilist32": "armeabi-v7a,armeabi"}
    assert abis(lists) == ("arm64-v8a", "armeabi-v7a", "armeabi")
    assert abi_source(lists) == "getprop ro.product.cpu.abilist64, ro.product.cpu.abilist32"
    assert abis({"ro.product.cpu.abi": "x86", "ro.product.cpu.abi2": "armeabi-v7a"}) == ("x86", "armeabi-v7a")
    assert abis({}) == ()


def test_the_lines_of_a_build_prop_are_read_as_properties() -> None:
    properties = parse_properties(
        "# begin build properties\nimport /oem/oem.prop\nro.build.type=user\r\n"
        "ro.product.model=Moto G (4)\n ro.build.fingerprint = a=b \nro.empty=\nro.build.type=eng\nno key\n"
    )
    assert properties == {
        "ro.build.type": "user",
        "ro.product.model": "Moto G (4)",
        "ro.build.fingerprint": "a=b",
        "ro.empty": "",
    }


def test_page_sizes_are_read() -> None:
    assert parse_page_size("4096\n").size_bytes == 4096
    assert parse_page_size("16384\r\n").size_bytes == 16384
    mappings = "sh: getconf: not found\nKernelPageSize:        4 kB\r\nKernelPageSize:        4 kB\n"
    assert parse_page_size(mappings).size_bytes == 4096
    assert parse_page_size(mappings).source == "/proc/self/smaps KernelPageSize"
    for text in ("sh: getconf: not found", "0", "", "KernelPageSize: 0 kB"):
        with pytest.raises(UnreadableAnswer):
            parse_page_size(text)
