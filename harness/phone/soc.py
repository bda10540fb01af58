"""Which system on chip a phone has, in the form `Qualcomm SM8550`, from whatever says it best.

Android states the chip from version 12 on (ro.soc.*). Before that vendors had properties of their own, and
the kernel's `Hardware` line in /proc/cpuinfo is more exact than ro.board.platform, which names a family.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.phone.chip_names import CODE_NAMES, FAMILY_NAMES, PATTERNS, VENDORS

_EXACT_KEYS = (
    "ro.soc.model",
    "ro.vendor.qti.soc_model",
    "ro.vendor.soc.model.part_name",  # Oppo, realme
    "ro.hardware.chipname",  # Samsung, Asus
    "ro.chipname",  # Samsung up to Android 9
    "ro.vendor.mediatek.platform",  # ro.mediatek.platform can be another phone's
    "ro.mediatek.platform",
    "ro.vivo.product.platform",
)
_FAMILY_KEYS = ("ro.hardware", "ro.boot.hardware", "ro.product.board", "ro.board.platform")
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Said:
    """What a phone says of itself, and where."""

    value: str
    source: str
    """`getprop ro.soc.model`, `/proc/cpuinfo Hardware`."""


def find_soc(properties: Mapping[str, str], hardware: str | None, x86_model: str | None) -> Said | None:
    """The chip by the first source that names one, not only its family or vendor; else the family.

    Args:
        properties: the system properties.
        hardware: the line `Hardware` of /proc/cpuinfo.
        x86_model: the line `model name` of an x86 phone's /proc/cpuinfo.
    """
    vendor = _vendor(properties.get("ro.soc.manufacturer", ""))
    for said in _statements(properties, hardware, x86_model):
        is_stated = said.source == "getprop ro.soc.model"
        name = chip_name(said.value) or (is_stated and _as_stated(vendor, said.value))
        if name:
            return Said(name, said.source)
    return _family(properties, vendor)


def chip_name(text: str) -> str | None:
    """The chip that a text names in any of the forms that phones use; None if it names none.

    `samsungexynos8895` is `Samsung Exynos 8895`, `QTI SM8550` is `Qualcomm SM8550`.
    """
    written = text.strip()[:_LONGEST_NAME]
    for pattern, vendor, form in PATTERNS:
        if found := pattern.search(written):
            return f"{vendor} {form(found)}"
    words = written.lower().split()
    return CODE_NAMES.get(words[-1]) if words else None


def _statements(properties: Mapping[str, str], hardware: str | None, x86_model: str | None) -> Iterator[Said]:
    yield from _set(properties, _EXACT_KEYS)
    if hardware:
        yield Said(hardware, "/proc/cpuinfo Hardware")
    if x86_model:
        yield Said(x86_model, "/proc/cpuinfo model name")
    yield from _set(properties, _FAMILY_KEYS)


def _set(properties: Mapping[str, str], keys: tuple[str, ...]) -> Iterator[Said]:
    values = ((key, properties.get(key, "").strip()) for key in keys)
    yield from (Said(value, f"getprop {key}") for key, value in values if value)


def _as_stated(vendor: str, model: str) -> str | None:
    """A chip of a form unknown here, if it is one: some phones only say `kirin`."""
    if not re.search(r"\d", model):
        return None
    return f"{vendor} {model}".strip()[:_LONGEST_NAME]


def _vendor(said: str) -> str:
    known = re.sub(
        r"[ ,]+(?:technologies|inc|corporation|ltd|co)\b\.?", "", said.strip(), flags=re.IGNORECASE
    )
    return VENDORS.get(known.lower(), known)


def _family(properties: Mapping[str, str], vendor: str) -> Said | None:
    """The family's name, with its vendor as far as that is known."""
    stated = next(_set(properties, ("ro.soc.model", "ro.board.platform")), None)
    if stated is None:
        return None
    hinted = VENDORS.get(properties.get("ro.hardware", "").strip().lower(), "")
    name = FAMILY_NAMES.get(stated.value.lower()) or f"{vendor or hinted} {stated.value}".strip()
    return Said(name[:_LONGEST_NAME], stated.source)
