"""The forms in which phones write the names of chips, and the names that people use for them.

Sources: the vendors' product pages for names, the Linux kernel's device trees and Android's device trees for
code names. A code name stands here only if every phone of it has the same chip.
"""

import re
from collections.abc import Callable
from re import Match, Pattern

VENDORS = {
    "qti": "Qualcomm",
    "qcom": "Qualcomm",
    "qualcomm": "Qualcomm",
    "mediatek": "MediaTek",
    "mtk": "MediaTek",
    "samsung": "Samsung",
    "slsi": "Samsung",
    "google": "Google",
    "hisilicon": "HiSilicon",
    "hisi": "HiSilicon",
    "spreadtrum": "UNISOC",  # its name until 2018
    "sprd": "UNISOC",
    "unisoc": "UNISOC",
    "intel": "Intel",
    "nvidia": "NVIDIA",
    "rockchip": "Rockchip",
    "amlogic": "Amlogic",
    "allwinner": "Allwinner",
    "softwinner": "Allwinner",
    "actions": "Actions",
    "jlq": "JLQ",
    "xiaomi": "Xiaomi",
    "broadcom": "Broadcom",
    "ti": "Texas Instruments",
}

_EXYNOS_BY_NUMBER = {
    "3830": "850",
    "8535": "1330",
    "8825": "1280",
    "8835": "1380",
    "8845": "1480",
    "8855": "1580",
    "9925": "2200",
    "9935": "2300",
    "9945": "2400",
    "9955": "2500",
    "9965": "2600",
}
_KIRIN_BY_NUMBER = {
    "3630": "920/925",
    "3635": "930/935",
    "3650": "950/955",
    "3660": "960",
    "3670": "970",
    "3680": "980",
    "6210": "620",
    "6250": "650/655/658/659",
    "6620": "910/910T",
}
"""Some numbers are of chips that differ in their clocks alone."""
_TENSOR_BY_NAME = {
    "gs101": "Tensor (GS101)",
    "gs201": "Tensor G2 (GS201)",
    "zuma": "Tensor G3 (Zuma)",
    "zumapro": "Tensor G4 (Zuma Pro)",
    "laguna": "Tensor G5 (Laguna)",
}
_TEGRA_BY_NUMBER = {
    "2": "Tegra 2",
    "20": "Tegra 2",
    "3": "Tegra 3",
    "30": "Tegra 3",
    "4": "Tegra 4",
    "114": "Tegra 4",
    "124": "Tegra K1 (T124)",
    "132": "Tegra K1 (T132)",
    "210": "Tegra X1 (T210)",
    "194": "Xavier (T194)",
}

CODE_NAMES = {
    "msmnile": "Qualcomm SM8150",
    "trinket": "Qualcomm SM6125",
    "atoll": "Qualcomm SM7125",
    "kona": "Qualcomm SM8250",
    "lahaina": "Qualcomm SM8350",
    "kalama": "Qualcomm SM8550",
    "manta": "Samsung Exynos 5250",  # the board of the Nexus 10, whose platform says exynos5
    "m86": "Samsung Exynos 7420",  # the board of the Meizu PRO 5, likewise
    "song": "Pinecone Surge S1",  # the platform of the Xiaomi Mi 5c
    "herring": "Samsung S5PC110",  # the board of the Nexus S
    "gs702a": "Actions ATM7029",
    "gs702c": "Actions ATM7029B",
    "baytrail": "Intel Bay Trail",
    "cherrytrail": "Intel Cherry Trail",
    "clovertrail": "Intel Clover Trail",
    "medfield": "Intel Medfield",
    "merrifield": "Intel Merrifield",
    "moorefield": "Intel Moorefield",
}

FAMILY_NAMES = {
    "exynos4": "Samsung Exynos 4",
    "exynos5": "Samsung Exynos 5",
    "gxbb": "Amlogic GXBB",
    "gxl": "Amlogic GXL",
    "gxm": "Amlogic GXM",
    "g12a": "Amlogic G12A",
    "g12b": "Amlogic G12B",
    "sm1": "Amlogic SM1",
    "sc2": "Amlogic SC2",
}


def _exynos(found: Match[str]) -> str:
    return f"Exynos {found[1]}"


def _s5e(found: Match[str]) -> str:
    number = found[1]
    return (
        f"Exynos {_EXYNOS_BY_NUMBER[number]} (S5E{number})" if number in _EXYNOS_BY_NUMBER else f"S5E{number}"
    )


def _hi(found: Match[str]) -> str:
    number = found[1]
    return f"Kirin {_KIRIN_BY_NUMBER[number]} (Hi{number})" if number in _KIRIN_BY_NUMBER else f"Hi{number}"


def _tensor(found: Match[str]) -> str:
    return _TENSOR_BY_NAME[found[1].lower()]


def _tegra(found: Match[str]) -> str:
    return _TEGRA_BY_NUMBER.get(found[1], f"Tegra {found[1]}")


def _spreadtrum(found: Match[str]) -> str:
    return f"SC{found[1].upper()}"


def _joined(found: Match[str]) -> str:
    return "".join(part for part in found.groups() if part).upper()


def _words(found: Match[str]) -> str:
    return " ".join(part for part in found.groups() if part)


def _pattern(
    form: str, vendor: str, name: Callable[[Match[str]], str]
) -> tuple[Pattern[str], str, Callable[[Match[str]], str]]:
    return re.compile(form, re.IGNORECASE), vendor, name


_START = r"(?<![A-Z0-9])"
_END = r"(?![A-Z0-9])"

PATTERNS = (
    _pattern(r"Intel(?:\(R\))? Atom(?:\(TM\))? (?:CPU\s+|Processor\s+)?(x\d-)?([A-Z]\d{4}[A-Z]?)", "Intel",
             lambda found: f"Atom {found[1] or ''}{found[2]}"),
    _pattern(_START + r"(?:samsung)?exynos[ _-]?(\d{3,5})", "Samsung", _exynos),
    _pattern(_START + r"universal(\d{3,4})" + _END, "Samsung", _exynos),
    _pattern(_START + r"s5e(\d{4})" + _END, "Samsung", _s5e),
    _pattern(_START + r"kirin[ _-]?(\d{3,4}[A-Z]{0,2}|[TX]\d{1,3}[A-Z]?)" + _END, "HiSilicon",
             lambda found: f"Kirin {found[1].upper()}"),
    _pattern(_START + r"hi(3[67]\d\d|6[26]\d\d)(?:sft|oem|v\d+)?" + _END, "HiSilicon", _hi),
    _pattern(_START + r"MTK? ?(\d{4})((?:[A-Z]_[A-Z]|[A-Z]{1,2})?(?:/[A-Z0-9]+)?)" + _END, "MediaTek",
             lambda found: f"MT{_joined(found)}"),
    _pattern(_START + r"(?:SC|SP)((?:68|77|88|98)\d\d[A-Z]{0,2})" + _END, "UNISOC", _spreadtrum),
    _pattern(_START + r"(U[MD]S\d{3,4}[A-Z]?)" + _END, "UNISOC", _joined),
    _pattern(_START + r"(?:unisoc|spreadtrum) (T\d{3,4})" + _END, "UNISOC", _joined),
    _pattern(_START + r"(MSM|APQ|SDM|SDA|QSD|QC[MS])[ _-]?(\d{3,4})((?:PRO|[A-Z]{1,2})?(?:-[A-Z]{1,2})?)"
             + _END, "Qualcomm", _joined),
    _pattern(_START + r"(SM)(\d{4})((?:[A-Z]|PRO)?(?:-[A-Z]{1,2})?)" + _END, "Qualcomm", _joined),
    _pattern(_START + r"QCOM(\d{4})" + _END, "Qualcomm", lambda found: f"MSM{found[1]}"),
    _pattern(_START + r"(GS101|GS201|zumapro|zuma|laguna)" + _END, "Google", _tensor),
    _pattern(_START + r"(Tensor)(?: (G\d))?" + _END, "Google", _words),
    _pattern(_START + r"tegra[ _-]?(\d{1,3})", "NVIDIA", _tegra),
    _pattern(_START + r"(RK\d{4}[A-Z]{0,2})" + _END, "Rockchip", _joined),
    _pattern(_START + r"(sun\d{1,2}i)(?:w\d+p\d+)?" + _END, "Allwinner", lambda found: found[1].lower()),
    _pattern(_START + r"(ATM\d{3}[0-9X][A-Z]?)" + _END, "Actions", _joined),
    _pattern(_START + r"(OMAP\d{4})" + _END, "Texas Instruments", _joined),
    _pattern(_START + r"(PXA\d{3,4})" + _END, "Marvell", _joined),
    _pattern(_START + r"(LC18\d\d)" + _END, "Leadcore", _joined),
    _pattern(_START + r"(K3V2)", "HiSilicon", _joined),
    _pattern(_START + r"(S5PC\d{3})" + _END, "Samsung", _joined),
)  # fmt: skip
"""Form, vendor, and how the name is made of what was found; the first that fits decides."""
