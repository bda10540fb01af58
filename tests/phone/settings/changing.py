"""A phone's settings as these tests see them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.phone.restoration import Restoration, restore
from harness.phone.restore_journal import held, phone_key
from harness.phone.settings import WantedSettings
from harness.phone.transport import Transport

ALL = WantedSettings(brightness=200, fixed_performance=True, airplane=True)
ORIGINAL = {
    "global stay_on_while_plugged_in": "0",
    "global window_animation_scale": "1.0",
    "global transition_animation_scale": "1.0",
    "global animator_duration_scale": "1.0",
    "system screen_brightness_mode": "1",
    "system screen_brightness": "102",
    "system screen_off_timeout": "60000",
    "global airplane_mode_on": "0",
}


def set_values(phone: Transport, values: Mapping[str, str | None]) -> None:
    """Give settings their values, None for none."""
    lines = [
        f"settings delete {name}" if value is None else f"settings put {name} {value}"
        for name, value in values.items()
    ]
    phone.check("; ".join(lines), deadline_s=20)


def snapshot(phone: Transport) -> str:
    """Every setting of the phone."""
    tables = ("global", "system", "secure")
    return "".join(phone.check(f"settings list {table}", deadline_s=20) for table in tables)


def value_of(phone: Transport, name: str) -> str:
    """As the phone prints it."""
    return phone.check(f"settings get {name}", deadline_s=20).strip()


def next_command(phone: Transport, folder: Path) -> Restoration:
    """What the next elbench command does that sees the phone."""
    with held(folder, phone_key(phone), serial=phone.serial, wait_s=0) as journal:
        return restore(phone, journal)


def nothing_said(line: str) -> None:
    """Listens to a phone of which there is nothing to tell."""
    pytest.fail(f"it said: {line}")


def as_kind(phone: Transport, kind: type[Transport]) -> Transport:
    """The same phone, seen through a Transport with a fault of its own."""
    return kind(phone._address, phone.serial)
