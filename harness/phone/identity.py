"""Which phone this is, from its system properties: names, Android, instruction sets, whether it is real."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.phone.soc import Said
from harness.phone.vendor_version import find_vendor_version

_MODEL_KEYS = (
    "ro.product.marketname",  # Xiaomi
    "ro.product.vendor.marketname",
    "ro.config.marketing_name",  # Huawei, Honor
    "ro.vendor.oplus.market.name",  # Oppo, OnePlus, realme
    "ro.vivo.market.name",
    "ro.product.model",
    "ro.product.vendor.model",
    "ro.product.system.model",
)
_KEYS: Mapping[str, tuple[str, ...]] = {
    "manufacturer": (
        "ro.product.manufacturer", "ro.product.vendor.manufacturer", "ro.product.system.manufacturer",
    ),
    "model": _MODEL_KEYS,
    "android_release": ("ro.build.version.release", "ro.system.build.version.release"),
    "api_level": ("ro.build.version.sdk", "ro.system.build.version.sdk"),
    "security_patch": ("ro.build.version.security_patch",),
    "build_type": ("ro.build.type", "ro.system.build.type"),
    "engine": ("ro.elbench.engine",),
}  # fmt: skip
_REASONS = dict.fromkeys(_KEYS, "no system property of this phone says it") | {
    "engine": "only elbench's virtual phone has one",
    "security_patch": "Android states it from version 6 on",
    "vendor_version": "it names no system of its vendor's own, as plain Android does not",
}
_ABI_LISTS = (
    ("ro.product.cpu.abilist",),
    ("ro.product.cpu.abilist64", "ro.product.cpu.abilist32"),
    ("ro.product.cpu.abi", "ro.product.cpu.abi2"),  # all there was before Android 5
)
_VIRTUAL_FLAGS = ("ro.elbench.virtual", "ro.kernel.qemu", "ro.boot.qemu")
_LONGEST_VALUE = 100
_MOST_ABIS = 10
_EMULATOR_HARDWARE = ("ranchu", "goldfish", "cutf")
_TLS_SERIAL = re.compile(r"adb-(.+)-[A-Za-z0-9]{6}(?: \(\d+\))?(?:\._adb.*)?")


@dataclass(frozen=True, slots=True)
class Known:
    """Fields of `PhoneFacts`: values, where each was read, and why each None is one."""

    values: Mapping[str, Any]
    sources: Mapping[str, str]
    missing: Mapping[str, str]


def phone_id(properties: Mapping[str, str], serial: str) -> str:
    """12 hex digits that stay the same on every cable and network, and do not reveal the serial number."""
    own = first_of(properties, ("ro.serialno", "ro.boot.serialno"))
    hardware_serial = own or serial_in(serial) or serial
    fingerprint = properties.get("ro.build.fingerprint", "")
    return hashlib.sha256(f"{hardware_serial}\n{fingerprint}".encode(errors="replace")).hexdigest()[:12]


def serial_in(serial: str) -> str | None:
    """The phone's own serial within that of wireless debugging, `adb-SERIAL-AbCdEf._adb-tls-connect._tcp`."""
    found = _TLS_SERIAL.fullmatch(serial)
    return found[1] if found else None


def identify(properties: Mapping[str, str]) -> Known:
    """What the properties say, but for the chip, for which they are not the only witness."""
    said = {name: _said(properties, keys) for name, keys in _KEYS.items()}
    said["vendor_version"] = find_vendor_version(properties)
    values: dict[str, Any] = {name: found.value if found else None for name, found in said.items()}
    if values["api_level"] is not None:
        values["api_level"] = _number(values["api_level"])
    return Known(
        values,
        {name: found.source for name, found in said.items() if found and values[name] is not None},
        {name: _REASONS[name] for name, value in values.items() if value is None},
    )


def abis(properties: Mapping[str, str]) -> tuple[str, ...]:
    """Instruction sets that the phone runs, preferred first."""
    for keys in _ABI_LISTS:
        listed = ",".join(properties.get(key, "")[:_LONGEST_VALUE] for key in keys)
        if found := tuple(dict.fromkeys(abi.strip() for abi in listed.split(",") if abi.strip())):
            return found[:_MOST_ABIS]
    return ()


def abi_source(properties: Mapping[str, str]) -> str:
    """Where `abis` found them."""
    lists = (keys for keys in _ABI_LISTS if first_of(properties, keys))
    return f"getprop {', '.join(next(lists, _ABI_LISTS[0]))}"


def is_virtual(properties: Mapping[str, str]) -> bool:
    """True for elbench's virtual phone and for Android's emulators, whose numbers are no phone's."""
    hardware = properties.get("ro.hardware", "")
    return any(properties.get(flag) == "1" for flag in _VIRTUAL_FLAGS) or hardware.startswith(
        _EMULATOR_HARDWARE
    )


def first_of(properties: Mapping[str, str], keys: Sequence[str]) -> str | None:
    """The first of these properties that is set to something."""
    said = _said(properties, keys)
    return said.value if said else None


def _said(properties: Mapping[str, str], keys: Sequence[str]) -> Said | None:
    values = ((key, properties.get(key, "").strip()[:_LONGEST_VALUE]) for key in keys)
    return next((Said(value, f"getprop {key}") for key, value in values if value), None)


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,5}", text) else None
