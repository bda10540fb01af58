"""The vendor id of a USB device of this computer, which a udev rule is written with."""

import re
from pathlib import Path

_DEVICES = Path("/sys/bus/usb/devices")


def usb_vendor(path: str, devices: Path = _DEVICES) -> str | None:
    """Four hex digits for the device at adb's USB path, such as `1-2.4`; None where Linux does not tell."""
    if not re.fullmatch(r"[0-9]{1,3}(?:-[0-9]{1,3}(?:\.[0-9]{1,3}){0,6})?", path):
        return None
    try:
        vendor = (devices / path / "idVendor").read_text(encoding="ascii").strip().lower()
    except (OSError, ValueError):
        return None
    return vendor if re.fullmatch(r"[0-9a-f]{4}", vendor) else None
