"""The version of the vendor's own system on top of Android: `One UI 6.1`, `HyperOS 2.0.205.0`.

Each vendor states it in properties of its own, some only within ro.build.display.id. Which keys: the
properties of some hundred published phones, and the tables of open-source programs that tell systems apart.
"""

import re
from collections.abc import Callable, Mapping

from harness.phone.soc import Said

Properties = Mapping[str, str]
_INCREMENTAL = "ro.build.version.incremental"
_DISPLAY = "ro.build.display.id"
_EMUI = "ro.build.version.emui"
_EMUI_OF_HARMONY = 12
"""HarmonyOS 2 calls itself EMUI 12 towards apps, HarmonyOS 3 EMUI 13, 4.2 EMUI 14.2."""


def find_vendor_version(properties: Properties) -> Said | None:
    """What the phone's system calls itself; None on plain Android, or if nobody says it.

    Systems that people put in the place of their phone's own come first, as they keep its properties.
    """
    answers = (rule(properties) for rule in _RULES)
    return next((said for said in answers if said), None)


def _simple(key: str, form: str, name: str) -> Callable[[Properties], Said | None]:
    """A rule: the property's version is what the form's first group finds."""
    compiled = re.compile(form, re.IGNORECASE)

    def rule(properties: Properties) -> Said | None:
        found = compiled.search(properties.get(key, "").strip())
        return _said(f"{name} {found[1] if found.groups() else ''}", key) if found else None

    return rule


def _said(value: str, key: str) -> Said:
    return Said(value.strip()[:60], f"getprop {key}")


def _xiaomi(properties: Properties) -> Said | None:
    """HyperOS counts on from MIUI 14 as V816 or says OS1; development builds have a date for a version."""
    incremental = properties.get(_INCREMENTAL, "")
    hyper = re.match(r"(?:OS|V816\.)(\d+(?:\.\d+)+)", incremental)
    if hyper and incremental.startswith("OS"):
        return _said(f"HyperOS {hyper[1]}", _INCREMENTAL)
    if hyper:
        return _said(f"HyperOS 1.{hyper[1]}", _INCREMENTAL)
    if named := re.match(r"OS(\d+(?:\.\d+)*)", properties.get("ro.mi.os.version.name", "")):
        return _said(f"HyperOS {named[1]}", "ro.mi.os.version.name")
    return _miui(properties, incremental)


def _miui(properties: Properties, incremental: str) -> Said | None:
    key = "ro.miui.ui.version.name"
    name = re.fullmatch(r"V(\d{1,2})(\d?)", properties.get(key, "").strip())
    if not name:
        return None
    if full := re.match(r"V?(\d{1,2}\.\d+\.\d+(?:\.\d+)?)\.", incremental):
        system = "JOYUI" if "JOYUI" in incremental else "MIUI"
        return _said(f"{system} {full[1]}", _INCREMENTAL)
    return _said(f"MIUI {'.'.join(filter(None, name.groups()))}", key)


def _huawei(properties: Properties) -> Said | None:
    """EMUI; on phones sold in China one of 12 or later is HarmonyOS, whether hw_sc.* is there or not."""
    if "ro.product.os.dist.anco.apiversion" in properties:  # Android apps in HarmonyOS NEXT's container
        return _next(properties)
    emui = re.search(r"(\d+)((?:\.\d+)*)", properties.get(_EMUI, ""))
    if not emui:
        return None
    is_chinese = "CN" in properties.get("ro.product.locale", "") + properties.get(
        "ro.product.locale.region", ""
    )
    if int(emui[1]) >= _EMUI_OF_HARMONY and is_chinese:
        return _said(f"HarmonyOS {int(emui[1]) - 10}{emui[2]}", _EMUI)
    return _said(f"EMUI {emui[0]}", _EMUI)


def _next(properties: Properties) -> Said:
    key = "ro.product.os.dist.anco.apiversion"
    level = properties[key].strip()
    known = re.fullmatch(r"(\d{1,2})\d{4}", level)
    return _said(f"HarmonyOS NEXT {known[1] if known else ''}", key)


def _honor(properties: Properties) -> Said | None:
    key = "ro.build.version.magic"
    found = re.fullmatch(r"(MagicOS_?)?(?:MagicUI_?)?(\d+(?:\.\d+)*)", properties.get(key, "").strip())
    return _said(f"{'MagicOS' if found[1] else 'Magic UI'} {found[2]}", key) if found else None


def _samsung(properties: Properties) -> Said | None:
    """50101 is 5.1.1. One UI 1 only has the platform's number, 90000 higher; before that was Experience."""
    for key, offset in (("ro.build.version.oneui", 0), ("ro.build.version.sep", 90_000)):
        text = properties.get(key, "").strip()
        if re.fullmatch(r"\d{5,6}", text):
            number = int(text) - offset
            if number >= 10_000:
                return _said(f"One UI {_dotted(number)}", key)
            return _said(f"Samsung Experience {_dotted(int(text))}", key)
    return None


def _dotted(number: int) -> str:
    major, minor, patch = number // 10_000, number // 100 % 100, number % 100
    return f"{major}.{minor}.{patch}" if patch else f"{major}.{minor}"


def _oplus(properties: Properties) -> Said | None:
    """Oppo's system, which OnePlus sells as OxygenOS outside China."""
    for key in (
        "ro.build.version.oplusrom.display",
        "ro.build.version.oplusrom",
        "ro.build.version.opporom",
    ):
        if found := re.match(r"V?(\d+(?:\.\d+)*)", properties.get(key, "").strip()):
            return _said(f"{'OxygenOS' if _is_oxygen(properties) else 'ColorOS'} {found[1]}", key)
    return None


def _is_oxygen(properties: Properties) -> bool:
    regions = [
        properties.get(key, "").upper()
        for key in ("ro.oplus.pipeline.region", "ro.oplus.image.my_region.type")
    ]
    is_chinese = any(region.startswith("CN") for region in regions) or "(CN" in properties.get(_DISPLAY, "")
    return properties.get("ro.product.brand", "").strip().lower() == "oneplus" and not is_chinese


def _vivo(properties: Properties) -> Said | None:
    key = "ro.vivo.os.build.display.id"
    found = re.match(r"(OriginOS|Funtouch ?OS)[ _]*(\d[\w.]*(?: \w+)?)?", properties.get(key, "").strip())
    if not found:
        return None
    name = "OriginOS" if found[1] == "OriginOS" else "Funtouch OS"
    return _said(f"{name} {found[2] or ''}", key)


_RULES: tuple[Callable[[Properties], Said | None], ...] = (
    _simple("ro.lineage.build.version", r"^(\d[\d.]*)", "LineageOS"),
    _simple("ro.lineage.version", r"^(\d[\d.]*)", "LineageOS"),
    _simple("ro.cm.version", r"^(\d[\d.]*)", "CyanogenMod"),
    _simple("org.pixelexperience.version", r"^(\d[\d.]*)", "PixelExperience"),
    _simple("ro.crdroid.build.version", r"^(\d[\d.]*)", "crDroid"),
    _simple(_DISPLAY, r"^lineage_", "LineageOS"),
    _xiaomi,
    _simple("hw_sc.build.platform.version", r"^(\d[\d.]*)", "HarmonyOS"),
    _honor,
    _huawei,
    _samsung,
    _simple("ro.build.version.realmeui", r"^V?(\d[\d.]*)", "realme UI"),
    _simple("ro.oxygen.version", r"(\d[\d.]*)", "OxygenOS"),
    _simple("ro.rom.version", r"^Oxygen ?OS ?V?(\d[\d.]*)", "OxygenOS"),
    _simple("ro.rom.version", r"^(?:Hydrogen ?OS|H2 ?OS) ?V?(\d[\d.]*)", "HydrogenOS"),
    _oplus,
    _vivo,
    _simple(_DISPLAY, r"^Flyme(?: OS)? ?(\d[\d.]*\w?)", "Flyme"),
    _simple(_DISPLAY, r"^RedMagicOS ?(\d[\d.]*)", "RedMagicOS"),
    _simple(_DISPLAY, r"^MyOS ?(\d[\d.]*)", "MyOS"),
    _simple(_DISPLAY, r"(?:^|_)ZUI[_ ](\d[\d.]*)", "ZUI"),
    _simple("ro.com.zui.version", r"(\d[\d.]*)", "ZUI"),
    _simple(_DISPLAY, r"^VIBEUI_V(\d[\d.]*)", "VIBE UI"),
    _simple("ro.build.MiFavor_version", r"(\d[\d.]*)", "MiFavor UI"),
    _simple("ro.smartisan.version", r"^(\d[\d.]*)", "Smartisan OS"),
    _simple("ro.letv.release.version", r"^(\d[\w.]*)", "EUI"),
    _simple("ro.build.sense.version", r"^(\d[\d.]*)", "HTC Sense"),
    _simple("ro.tranos.version", r"^hios\D*(\d[\d.]*)", "HiOS"),
    _simple("ro.tranos.version", r"^xos\D*(\d[\d.]*)", "XOS"),
)
