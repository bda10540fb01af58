# ruff: noqa: E501
"""What 125 real phones say of themselves in their properties, from Android 4.1 to 16.

Expected values are those of the makers' specifications; where a phone says less than they do, a comment tells.
"""

from typing import NamedTuple

import pytest

from harness.phone.identity import abis, identify, is_virtual
from harness.phone.properties import parse_properties
from harness.phone.soc import find_soc
from tests.phone.sample_phones import answers

ARM64 = ("arm64-v8a", "armeabi-v7a", "armeabi")
ARM64_ONLY = ("arm64-v8a",)
ARM32 = ("armeabi-v7a", "armeabi")
X86 = ("x86", "armeabi-v7a", "armeabi")
X86_OLD = ("x86", "armeabi-v7a")
X86_64 = ("x86_64", "x86", "armeabi-v7a", "armeabi", "arm64-v8a")


class Phone(NamedTuple):
    """A phone's specification."""

    name: str
    soc: str
    vendor_version: str | None
    model: str
    android: str
    api_level: int
    abis: tuple[str, ...]


# fmt: off
PHONES = (
    Phone("Bunny-7-7 device xiaomi peridot", "Qualcomm SM8635", "LineageOS", "POCO F6", "15", 35, ARM64_ONLY),
    # A Snapdragon 690 (SM6350), but lito is the family of several chips and nothing names this one.
    Phone("RMB-1 device oneplus billie", "Qualcomm lito", None, "BE2028", "11", 30, ARM64),
    Phone("ColorOS 11.1 Android 11 OPPO Reno", "Qualcomm SDM710", "ColorOS 11.1", "PCAT00", "11", 30, ARM64),
    Phone("ColorOS 11.2 Android 11 OnePlus 9 Pro", "Qualcomm SM8350", "ColorOS 11.2", "LE2120", "11", 30, ARM64),
    Phone("ColorOS 12.1 Android 12 OPPO A72 5G", "MediaTek MT6853V/TNZA", "ColorOS 12.1", "PDYM20", "12", 31, ARM64),
    Phone("ColorOS 13.1 Android 13 OPPO Reno7 SE 5G", "MediaTek MT6877", "ColorOS 13.1", "PFCM00", "13", 33, ARM64),
    Phone("ColorOS 14.0 Android 14 OPPO OnePlus 9 Pro", "Qualcomm SM8350", "ColorOS 14.0", "LE2120", "14", 34, ARM64),
    Phone("ColorOS 15.0 Android 15 OnePlus 12", "Qualcomm SM8650", "ColorOS 15.0", "PJD110", "15", 35, ARM64_ONLY),
    Phone("ColorOS 15.0 Android 15 OnePlus Ace 3 Pro", "Qualcomm SM8650", "ColorOS 15.0", "PJX110", "15", 35, ARM64_ONLY),
    Phone("EMUI 10.0.0 Android 10 HUAWEI P20", "HiSilicon Kirin 970", "EMUI 10.0.0", "HUAWEI P20", "10", 29, ARM64),
    Phone("EMUI 10.0.1 Android 10 HUAWEI nova 6 5G", "HiSilicon Kirin 990", "EMUI 10.0.1", "nova 6 (5G)", "10", 29, ARM64),
    Phone("EMUI 10.1.0 Android 10 HUAWEI nova 5i Pro", "HiSilicon Kirin 810", "EMUI 10.1.0", "nova 5i Pro", "10", 29, ARM64),
    Phone("EMUI 11.0.0 Android 10 HUAWEI nova 8", "HiSilicon Kirin 985", "EMUI 11.0.0", "nova 8", "10", 29, ARM64),
    # The Kirin 659.
    Phone("EMUI 8.0.0 Android 8.0 HUAWEI nova 2", "HiSilicon Kirin 650/655/658/659 (Hi6250)", "EMUI 8.0.0", "HUAWEI nova 2", "8.0.0", 26, ARM64),
    Phone("EMUI 9.1.0 Android 9 HUAWEI P30", "HiSilicon Kirin 980", "EMUI 9.1.0", "HUAWEI P30", "9", 28, ARM64),
    Phone("EMUI 9.1.1 Android 9 HUAWEI 10S", "HiSilicon Kirin 710", "EMUI 9.1.1", "AQM-AL00", "9", 28, ARM64),
    Phone("Flyme 10.5.0.1 Android 13 MEIZU 18", "Qualcomm SM8350", "Flyme 10.5.0.1A", "MEIZU 18", "13", 33, ARM64),
    Phone("Flyme 11.2.1.0 Android 14 MEIZU 21 Pro", "Qualcomm SM8650", "Flyme 11.2.1.0A", "MEIZU 21 Pro", "14", 34, ARM64_ONLY),
    Phone("Flyme 6.2.0.2 Android 7.0 MEIZU PRO5", "Samsung Exynos 7420", "Flyme 6.2.0.2A", "PRO 5", "7.0", 24, ARM64),
    Phone("Flyme 8.0.5.0 Android 7.1.1 MEIZU MX6", "MediaTek MT6797", "Flyme 8.0.5.0A", "MX6", "7.1.1", 25, ARM64),
    Phone("Flyme 8.1.8.0 Android 9 MEIZU 16s", "Qualcomm SM8150", "Flyme 8.1.8.0A", "16s", "9", 28, ARM64),
    # Sold as Snapdragon 450 (SDM450), which is of the MSM8953's family.
    Phone("FuntouchOS 4.0 Android 8.1 vivo Y85A", "Qualcomm MSM8953", "Funtouch OS 4.0", "vivo Y85A", "8.1.0", 27, ARM64),
    Phone("HarmonyOS NEXT 5.1.0 Android 12 HUAWEI nova 12 Ultra", "HiSilicon Kirin 9000SL", "HarmonyOS NEXT 5", "nova 12 Ultra", "12", 31, ARM64),
    Phone("HarmonyOS NEXT 6.0.0 Android 12 HUAWEI Mate 70 Pro", "HiSilicon Kirin 9020", "HarmonyOS NEXT 6", "HUAWEI Mate 70 Pro+", "12", 31, ARM64),
    Phone("HarmonyOS 3.0.0 Android 10 HUAWEI MatePad", "HiSilicon Kirin 810", "HarmonyOS 3.0.0", "HUAWEI MatePad", "10", 29, ARM64),
    Phone("HarmonyOS 3.0.0 Android 10 HUAWEI nova 6 SE", "HiSilicon Kirin 810", "HarmonyOS 3.0.0", "nova 6 SE", "10", 29, ARM64),
    Phone("HarmonyOS 4.0.0 Android 10 HONOR 20 Pro", "HiSilicon Kirin 980", "HarmonyOS 4.0.0", "HONOR 20 PRO", "10", 29, ARM64),
    Phone("HarmonyOS 4.0.0 Android 10 HUAWEI Mate 20 Pro", "HiSilicon Kirin 980", "HarmonyOS 4.0.0", "HUAWEI Mate 20 Pro (UD)", "10", 29, ARM64),
    Phone("HarmonyOS 4.2.0 Android 12 HUAWEI Mate 30 Pro", "HiSilicon Kirin 990", "HarmonyOS 4.2.0", "HUAWEI Mate 30 Pro", "12", 31, ARM64),
    # Its owner dressed a Mi 11 Pro up as a Mate 70; its properties say what it is.
    Phone("HarmonyOS 4.3.0 Android 13 HUAWEI Mate 70 Pro", "Qualcomm SM8350", "MIUI 14.0.13.0", "Mi 11 Pro", "13", 33, ARM64),
    # A Snapdragon 860, which is the SM8150-AC.
    Phone("HyperOS 1.0.3.0 Android 13 Xiaomi Pad 5", "Qualcomm SM8150", "HyperOS 1.0.3.0", "Xiaomi Pad 5", "13", 33, ARM64),
    Phone("HyperOS 1.0.6.0 Android 13 Redmi K40", "Qualcomm SM8250", "HyperOS 1.0.6.0", "Redmi K40", "13", 33, ARM64),
    Phone("HyperOS 2.0.1.0 Android 13 Xiaomi 11 Ultra", "Qualcomm SM8350", "HyperOS 2.0.1.0", "Mi 11 Ultra", "14", 34, ARM64),
    Phone("HyperOS 2.0.203.0 Android 15 Xiaomi 12S Pro", "Qualcomm SM8475", "HyperOS 2.0.203.0", "Xiaomi 12S Pro", "15", 35, ARM64),
    Phone("HyperOS 2.0.205.0 Android 15 Xiaomi Pad 6S Pro 12.4", "Qualcomm SM8550", "HyperOS 2.0.205.0", "Xiaomi Pad 6S Pro 12.4", "15", 35, ARM64),
    Phone("HyperOS 2.0.212.0 Android 15 Xiaomi 14", "Qualcomm SM8650", "HyperOS 2.0.212.0", "Xiaomi 14", "15", 35, ARM64_ONLY),
    Phone("HyperOS 2.0.6.0 Android 14 Redmi K50 Pro", "MediaTek MT6983", "HyperOS 2.0.6.0", "Redmi K50 Pro", "14", 34, ARM64),
    Phone("HyperOS 2.0.8.0 Android 15 Xiaomi 12S Pro", "Qualcomm SM8475", "HyperOS 2.0.8.0", "Xiaomi 12S Pro", "15", 35, ARM64),
    Phone("HyperOS 2.0214.0 Android 15 Xiaomi 15", "Qualcomm SM8750", "HyperOS 2.0.214.0", "Xiaomi 15", "15", 35, ARM64_ONLY),
    Phone("HyperOS 3.0.16.0 Android 16 Xiaomi 17 Pro Max", "Qualcomm SM8850", "HyperOS 3.0.16.0", "Xiaomi 17 Pro Max", "16", 36, ARM64_ONLY),
    Phone("LineageOS 22.2 Android 15 Xiaomi 6", "Qualcomm MSM8998", "LineageOS", "MI 6", "15", 35, ARM64),
    Phone("MIUI 10.1.1.0 Android 6.0.1 Nubiaz 17 mini", "Qualcomm MSM8952", "MIUI 10.1.1.0", "NX569J", "6.0.1", 23, ARM64),
    Phone("MIUI 10.2.1.0 Android 8 MI 5s", "Qualcomm MSM8996", "MIUI 10.2.1.0", "MI 5s", "8.0.0", 26, ARM64),
    Phone("MIUI 11.0.2 Android 7.1.1 MI MAX 2", "Qualcomm MSM8953", "MIUI 11.0.2.0", "MI MAX 2", "7.1.1", 25, ARM64),
    Phone("MIUI 11.0.5 Android 9 MI 6", "Qualcomm MSM8998", "MIUI 11.0.5.0", "MI 6", "9", 28, ARM64),
    # A Snapdragon 439 (SDM439), of the MSM8937's family.
    Phone("MIUI 12.5.3 Android 10 Redmi 8A", "Qualcomm MSM8937", "MIUI 12.5.3.0", "Redmi 8A", "10", 29, ARM32),
    Phone("MIUI 12.5.6 Android 11 MI 9 Transparent Edition", "Qualcomm SM8150", "MIUI 12.5.6.0", "MI 9 Transparent Edition", "11", 30, ARM64),
    # A development build, which has a date for a version.
    Phone("MIUI 12.5 Android 11 Redmi Note 8 Pro", "MediaTek MT6785", "MIUI 12.5", "Redmi Note 8 Pro", "11", 30, ARM64),
    Phone("MIUI 13.0.3 Android 12 Redmi K30 5G", "Qualcomm SM7250", "MIUI 13.0.3.0", "Redmi K30 5G", "12", 31, ARM64),
    Phone("MIUI 13.0.8 Android 12 Redmi 10X", "MediaTek MT6875", "MIUI 13.0.8.0", "Redmi 10X", "12", 31, ARM64),
    Phone("MIUI 14.0.10 Android 13 Redmi Note 11 R", "MediaTek MT6833", "MIUI 14.0.10.0", "Redmi Note 11R", "13", 33, ARM64),
    Phone("MIUI 14.0.10 Android 13 Xiaomi 12", "Qualcomm SM8450", "MIUI 14.0.18.0", "Xiaomi 12 Pro", "13", 33, ARM64),
    Phone("MIUI 14.0.1 Android 13 Xiaomi 10 Ultra", "Qualcomm SM8250", "MIUI 14.0.1.0", "Mi 10 Ultra", "13", 33, ARM64),
    Phone("MIUI 14.0.4 Android 12 Redmi K30 Pro", "Qualcomm SM8250", "MIUI 14.0.4.0", "Redmi K30 Pro", "12", 31, ARM64),
    Phone("MIUI Global 14.0.7 Android 13 Redmi 10 2022", "MediaTek MT6769H", "MIUI 14.0.7.0", "Redmi 10 2022", "13", 33, ARM64),
    Phone("MIUI Global 14.0.9 Android 12 Redmi Note 10", "Qualcomm SM6150", "MIUI 14.0.9.0", "Redmi Note 10", "12", 31, ARM64),
    Phone("MIUI by xiaomi.eu 10.3.2 Android 8.1.0 MIPAD 4", "Qualcomm SDM660", "MIUI 10.3.2.0", "MI PAD 4", "8.1.0", 27, ARM64),
    # Motorola's MYUI, MiFavor, Obric, PixelExperience, ROG UI and Smartisan do not name themselves here.
    Phone("MYUI 5.0 Android 13 moto X40", "Qualcomm SM8550", None, "XT2301-5", "13", 33, ARM64),
    Phone("MYUI 6.0 Android 14 moto X40", "Qualcomm SM8550", None, "XT2301-5", "14", 34, ARM64),
    Phone("MagicOS 7.1 Android 13 HONOR X8 Pro", "Qualcomm SM6225", "MagicOS 7.1.0", "荣耀平板X8 Pro", "13", 33, ARM64),
    Phone("MagicOS 9.0 Android 15 HONOR Magic6 Pro", "Qualcomm SM8650", "MagicOS 9.0.0", "荣耀Magic6 Pro", "15", 35, ARM64_ONLY),
    Phone("MagicUI 3.0.1 Android 10 HONOR V30", "HiSilicon Kirin 990", "Magic UI 3.0.1", "HONOR V30", "10", 29, ARM64),
    Phone("MagicUI 3.1.1 Android 10 HONOR X10", "HiSilicon Kirin 820", "Magic UI 3.1.1", "HONOR X10", "10", 29, ARM64),
    Phone("MiFavorUI 4.0 Android 6.0.1 ZTE A2017", "Qualcomm MSM8996", None, "ZTE A2017", "6.0.1", 23, ARM64),
    Phone("ObricUI 1.0.0.0 Android 15 nubia P0110", "Qualcomm SM8750", None, "P0110", "15", 35, ARM64_ONLY),
    Phone("ObricUI 1.1.0.0 Android 15 nubia P0110", "Qualcomm SM8750", None, "P0110", "15", 35, ARM64_ONLY),
    Phone("OneUI 5.1.1 Android 13 Galaxy Tab S7", "Qualcomm SM8250", "One UI 5.1.1", "SM-T970", "13", 33, ARM64),
    Phone("OneUI 5.1 Android 13 Galaxy Note20", "Qualcomm SM8250", "One UI 5.1", "SM-N9810", "13", 33, ARM64),
    Phone("OneUI 8.0 Android 16 Galaxy Z Fold7", "Qualcomm SM8750", "One UI 8.0", "SM-F9660", "16", 36, ARM64_ONLY),
    Phone("OriginOS1.9.16.42.Android 11 vivo iQOO Neo 855", "Qualcomm SM8150", "OriginOS 1.0", "iQOO Neo 855版", "11", 30, ARM64),
    Phone("OriginOS5 15.2.15.1 Android 15 vivo IQOO 11", "Qualcomm SM8550", "OriginOS 5", "iQOO 11", "15", 35, ARM64),
    Phone("JOYUIMIUI   Android 12 4", "Qualcomm SM8350", "JOYUI 11.0.4.0", "SHARK KSR-A0", "12", 31, ARM64),
    # A Snapdragon 636, which its system takes for the SDM660.
    Phone("PixelExperience 13 Plus edition Android 13 Redmi Note 5", "Qualcomm SDM660", None, "Redmi Note 5", "13", 33, ARM64),
    Phone("ROGUI 33.0210.0210.235 Android 13 ROG Phone5", "Qualcomm SM8350", None, "ASUS_I005DA", "13", 33, ARM64),
    Phone("RedMagicOS 10.0.24 Android 15 10 Air", "Qualcomm SM8650", "RedMagicOS 10.0.24", "NX779J", "15", 35, ARM64_ONLY),
    Phone("SmartisanOS 6.7.4.2 Android 7.1.2 Smartisan QC105 3", "Qualcomm MSM8953", None, "OC105", "7.1.2", 25, ARM64),
    Phone("SmartisanOS 6.7.4.3 Android 7.1.2 Smartisan 3", "Qualcomm MSM8953", None, "OC105", "7.1.2", 25, ARM64),
    Phone("SmartisanOS 8.0.2 Android 10 Pro3", "Qualcomm SM8150", None, "DT1901A", "10", 29, ARM64),
    Phone("ZUI 14.0.314 Android 12 Lenovo 2 Pro", "Qualcomm SM8350", "ZUI 14.0.314", "Lenovo L70081", "12", 31, ARM64),
    Phone("realmeUI 2.0 Android 11 realme GT Neo2T", "MediaTek MT6893", "realme UI 2.0", "RMX3357", "11", 30, ARM64),
    Phone("realmeUI 4.0 Android 13 realme Q3 Pro 5G", "MediaTek MT6891", "realme UI 4.0", "RMX2205", "13", 33, ARM64),
    Phone("realmeUI 6.0 Android 15 realme GT5 Pro", "Qualcomm SM8650", "realme UI 6.0", "RMX3888", "15", 35, ARM64_ONLY),
    Phone("mikethi1 hands-on-metal-DELTA", "Google Tensor G3", None, "Pixel 8 Pro", "16", 36, ARM64_ONLY),
    Phone("yanhua-tj android device lge timelm", "Qualcomm SM8250", None, "LM-V600", "11", 30, ARM64),
    Phone("atm7029b-tablet", "Actions ATM7029B", None, "7029c_J0918", "4.4.4", 19, ARM32),
    Phone("galaxy-a3-2016-eu", "Samsung Exynos 7580", None, "SM-A310F", "5.1.1", 22, ARM32),
    Phone("galaxy-a8-2016-duos", "Qualcomm MSM8939", None, "SM-A8000", "6.0.1", 23, ARM32),
    Phone("galaxy-a8-2018", "Samsung Exynos 7885", "Samsung Experience 8.5", "SM-A530F", "7.1.1", 25, ARM64),
    Phone("galaxy-c9-pro", "Qualcomm MSM8976", None, "SM-C9000", "6.0.1", 23, ARM64),
    Phone("galaxy-j7-prime", "Samsung Exynos 7870", None, "SM-G610F", "6.0.1", 23, ARM32),
    Phone("galaxy-j7-tmobile", "Samsung Exynos 7580", None, "SM-J700T", "6.0.1", 23, ARM32),
    Phone("galaxy-j7-uae", "Samsung Exynos 7580", None, "SM-J700F", "6.0.1", 23, ARM32),
    Phone("galaxy-s3-us", "Qualcomm MSM8960", None, "SAMSUNG-SGH-I747", "4.1.1", 16, ARM32),
    Phone("galaxy-s4-us", "Qualcomm APQ8064", None, "SAMSUNG-SGH-I337", "4.4.2", 19, ARM32),
    Phone("galaxy-s5-global", "Samsung Exynos 5422", None, "SM-G900H", "5.0", 21, ARM32),
    Phone("galaxy-s8-global", "Samsung Exynos 8895", "Samsung Experience 8.1", "SM-G950F", "7.0", 24, ARM64),
    Phone("galaxy-s9-us", "Qualcomm SDM845", "Samsung Experience 9.0", "SM-G960U", "8.0.0", 26, ARM64),
    Phone("galaxy-win-duos", "Qualcomm MSM8225", None, "GT-I8552", "4.1.2", 16, ARM32),
    # The Kirin 910T.
    Phone("huawei-ascend-p7", "HiSilicon Kirin 910/910T (Hi6620)", "EMUI 2.3", "HUAWEI P7-L12", "4.4.2", 19, ARM32),
    Phone("huawei-mate-10", "HiSilicon Kirin 970", "EMUI 8.0.0", "HUAWEI Mate 10", "8.0.0", 26, ARM64),
    Phone("huawei-mate-20", "HiSilicon Kirin 980", "EMUI 9.0.0", "HUAWEI Mate 20", "9", 28, ARM64),
    Phone("iconia-one-10", "MediaTek MT8167", None, "B3-A40", "7.0", 24, ARM64),
    Phone("leagoo-t5c", "UNISOC SC9853I", None, "T5c", "7.0", 24, X86_64),
    Phone("lenovo-vibe-x2", "MediaTek MT6595", "VIBE UI 2.0", "Lenovo X2-TO", "4.4.2", 19, ARM32),
    Phone("memo-pad-7", "Intel Bay Trail", None, "K013", "4.4.2", 19, X86_OLD),
    Phone("moto-g-gen2", "Qualcomm MSM8226", None, "XT1068", "6.0", 23, ARM32),
    Phone("moto-g-gen3", "Qualcomm MSM8916", None, "MotoG3", "6.0", 23, ARM32),
    Phone("moto-g-gen4", "Qualcomm MSM8952", None, "Moto G (4)", "6.0.1", 23, ARM32),
    Phone("moto-g-gen5", "Qualcomm MSM8937", None, "Moto G (5)", "7.0", 24, ARM32),
    Phone("nexus10", "Samsung Exynos 5250", None, "Nexus 10", "5.1.1", 22, ARM32),
    Phone("nexus6", "Qualcomm MSM8084", None, "Nexus 6", "6.0", 23, ARM32),
    Phone("nexus6p", "Qualcomm MSM8994", None, "Nexus 6P", "7.1.2", 25, ARM64),
    Phone("nexus9", "NVIDIA Tegra K1 (T132)", None, "Nexus 9", "7.1.1", 25, ARM64),
    Phone("oneplus-3t", "Qualcomm MSM8996", "OxygenOS 5.0.1", "ONEPLUS A3000", "8.0.0", 26, ARM64),
    Phone("oneplus-5", "Qualcomm MSM8998", "OxygenOS 5.0.4", "ONEPLUS A5000", "8.0.0", 26, ARM64),
    Phone("oppo-a37", "Qualcomm MSM8916", "ColorOS 3.0.0", "A37fw", "5.1.1", 22, ARM64),
    Phone("oppo-r9", "MediaTek MT6755", "ColorOS 3.0.0", "X9009", "5.1", 22, ARM64),
    Phone("padcod-10.1", "Allwinner sun8i", None, "V11", "4.4.2", 19, ARM32),
    Phone("pixel-c", "NVIDIA Tegra X1 (T210)", None, "Pixel C", "8.0.0", 26, ARM64),
    Phone("pixel", "Qualcomm MSM8996", None, "Pixel", "7.1.2", 25, ARM64),
    Phone("xiaomi-redmi-note-4", "Qualcomm MSM8953", "MIUI 8.5.4.0", "Redmi Note 4", "7.0", 24, ARM64),
    Phone("xperia-c4-dual", "MediaTek MT6752", None, "E5333", "5.1", 22, ARM64),
    Phone("zenfone-2", "Intel Moorefield", None, "ASUS_Z00AD", "6.0.1", 23, X86),
    Phone("zenfone-2e", "Intel Clover Trail", None, "ASUS ZenFone 2E", "5.0.1", 21, X86),
    Phone("zenfone-c", "Intel Clover Trail", None, "ASUS_Z007", "4.4.2", 19, X86_OLD),
)
# fmt: on


def test_every_sample_is_expected_to_say_something() -> None:
    assert {phone.name for phone in PHONES} == set(answers("getprop.txt"))


@pytest.mark.parametrize("phone", PHONES, ids=lambda phone: phone.name)
def test_a_real_phone_says_what_its_specification_says(phone: Phone) -> None:
    properties = parse_properties(answers("getprop.txt")[phone.name])
    known = identify(properties)
    soc = find_soc(properties, None, None)
    assert soc is not None
    assert soc.value == phone.soc
    assert known.values["vendor_version"] == phone.vendor_version
    assert known.values["model"] == phone.model
    assert (known.values["android_release"], known.values["api_level"]) == (phone.android, phone.api_level)
    assert abis(properties) == phone.abis
    assert known.values["build_type"] in ("user", "userdebug", "eng")
    assert known.values["manufacturer"]
    assert not is_virtual(properties)


@pytest.mark.parametrize("phone", PHONES, ids=lambda phone: phone.name)
def test_each_thing_that_is_said_names_a_property_that_holds_it(phone: Phone) -> None:
    properties = parse_properties(answers("getprop.txt")[phone.name])
    known = identify(properties)
    for name, source in known.sources.items():
        key = source.removeprefix("getprop ")
        assert properties[key].strip(), (name, source)
    assert set(known.sources) | set(known.missing) == set(known.values)
    assert not set(known.sources) & set(known.missing)


def test_the_security_patch_is_there_from_android_6_on() -> None:
    for phone in PHONES:
        known = identify(parse_properties(answers("getprop.txt")[phone.name]))
        patch = known.values["security_patch"]
        assert patch is None or len(patch) == len("2024-05-05")
        if phone.api_level >= 23 and phone.name != "nexus6":  # with a preview of Android 6
            assert patch, phone.name
