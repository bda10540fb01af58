"""Which phone this is, from its system properties: names, system on chip, Android, and whether it is real."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from harness.phone.sources import Gathered

_MODEL_KEYS = (
    "ro.product.marketname",  # Xiaomi
    "ro.product.vendor.marketname",
    "ro.config.marketing_name",  # Huawei, Honor
    "ro.vendor.oplus.market.name",  # Oppo, OnePlus, realme
    "ro.vivo.market.name",
    "ro.product.model",
)
# Android states the chip from version 12 on; before that, vendors did or did not.
_CHIP_KEYS = ("ro.soc.model", "ro.hardware.chipname", "ro.mediatek.platform", "ro.board.platform")
_CHIP_VENDORS = {"QTI": "Qualcomm", "Mediatek": "MediaTek"}
_ABI_KEYS = ("ro.product.cpu.abilist", "ro.product.cpu.abi")
_EMULATOR_HARDWARE = ("ranchu", "goldfish", "cutf")


def phone_id(properties: Mapping[str, str], serial: str) -> str:
    """12 hex digits that stay the same on every cable and network, and do not reveal the serial number."""
    hardware_serial = first_of(properties, ("ro.serialno", "ro.boot.serialno")) or serial
    fingerprint = properties.get("ro.build.fingerprint", "")
    return hashlib.sha256(f"{hardware_serial}\n{fingerprint}".encode()).hexdigest()[:12]


def identify(properties: Mapping[str, str]) -> Gathered:
    """The fields of `PhoneFacts` that the properties hold."""
    values: dict[str, Any] = {
        "manufacturer": first_of(properties, ("ro.product.manufacturer",)),
        "model": first_of(properties, _MODEL_KEYS),
        "soc": _chip(properties),
        "android_release": first_of(properties, ("ro.build.version.release",)),
        "api_level": _number(properties.get("ro.build.version.sdk", "")),
        "security_patch": first_of(properties, ("ro.build.version.security_patch",)),
        "build_type": first_of(properties, ("ro.build.type",)),
        "engine": first_of(properties, ("ro.elbench.engine",)),
    }
    reasons = dict.fromkeys(values, "no system property of this phone says it") | {
        "engine": "only elbench's virtual phone has one"
    }
    return Gathered(values, {name: reasons[name] for name, value in values.items() if value is None})


def abis(properties: Mapping[str, str]) -> tuple[str, ...]:
    """Instruction sets that the phone runs, preferred first."""
    listed = first_of(properties, _ABI_KEYS) or ""
    return tuple(abi.strip() for abi in listed.split(",") if abi.strip())


def is_virtual(properties: Mapping[str, str]) -> bool:
    """True for elbench's virtual phone and for Android's emulators, whose numbers are no phone's."""
    flags = ("ro.elbench.virtual", "ro.kernel.qemu", "ro.boot.qemu")
    hardware = properties.get("ro.hardware", "")
    return any(properties.get(flag) == "1" for flag in flags) or hardware.startswith(_EMULATOR_HARDWARE)


def first_of(properties: Mapping[str, str], keys: Sequence[str]) -> str | None:
    """The first of these properties that is set to something."""
    values = (properties.get(key, "").strip() for key in keys)
    return next((value for value in values if value), None)


def _chip(properties: Mapping[str, str]) -> str | None:
    chip = first_of(properties, _CHIP_KEYS)
    vendor = properties.get("ro.soc.manufacturer", "").strip()
    vendor = _CHIP_VENDORS.get(vendor, vendor)
    return f"{vendor} {chip}".strip() if chip else None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None
