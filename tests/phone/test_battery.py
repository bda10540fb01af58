"""`dumpsys battery` of different makers and Android versions."""

import pytest

from harness.errors import UnreadableAnswer
from harness.phone.battery import Battery, parse_battery
from tests.phone.sample_phones import answers

NO_TEMPERATURE = {"temperature_millicelsius": "the phone reports no battery temperature"}

PLAIN = """Current Battery Service state:
  AC powered: false
  USB powered: true
  Wireless powered: false
  Max charging current: 500000
  Charge counter: 1834000
  status: 2
  health: 2
  present: true
  level: 71
  scale: 100
  voltage: 4102
  temperature: 314
  technology: Li-ion
"""
WITH_VENDOR_LINES = """Current Battery Service state:
  AC powered: false
  USB powered: false
  Wireless powered: false
  Dock powered: true
 Time when the latest updated value of the voltage was sent via battery changed broadcast: +1m2s
  present: true
  level: 40
  scale: 100
  voltage: 3805
 The last voltage value sent via the battery changed broadcast: 3799
  temperature: -25
  charge counter: 12
  Capacity level: 3
  mSavedBatteryMaxTemp: 534
BatteryInfoBackUp
  level: 99
"""
OLD_WITH_CARRIAGE_RETURNS = PLAIN.replace("\n", "\r\n")
SCALED = PLAIN.replace("level: 71", "level: 128").replace("scale: 100", "scale: 255")
WITHOUT_GAUGE = PLAIN.replace("voltage: 4102", "voltage: 0").replace("temperature: 314", "temperature: 0")
FREEZING = PLAIN.replace("temperature: 314", "temperature: 0")
FAKED = PLAIN.replace("state:\n", "state:\n  (UPDATES STOPPED -- use 'reset' to restart)\n")
TV_BOX = PLAIN.replace("present: true", "present: false").replace("level: 71", "level: 0")
UNPLUGGED_GAUGE = PLAIN.replace("temperature: 314", "temperature: -400")
BEYOND_SCALE = PLAIN.replace("level: 71", "level: 171")

REAL: dict[str, tuple[int | None, int | None, bool | None]] = {
    "aosp_updates_stopped_line": (None, None, None),
    "emulator_android6_appium": (89, None, True),
    "pixel_c_android7_syzkaller": (19, 27_500, True),
    "samsung_oneui_mcloud": (100, 30_900, True),
    "xiaomi_hyperos_android16": (65, 37_700, True),
    "xr_headset_ac_true_but_draining": (16, 43_000, True),
}


def test_every_sample_has_its_values_here() -> None:
    assert set(REAL) == set(answers("dumpsys_battery.txt"))


@pytest.mark.parametrize("phone", REAL)
def test_a_real_phones_battery_is_read(phone: str) -> None:
    battery = parse_battery(answers("dumpsys_battery.txt")[phone])
    assert (battery.level_percent, battery.temperature_millicelsius, battery.charging) == REAL[phone]


@pytest.mark.parametrize(
    ("text", "percent", "millicelsius", "charging"),
    [
        (PLAIN, 71, 31_400, True),
        (OLD_WITH_CARRIAGE_RETURNS, 71, 31_400, True),
        (WITH_VENDOR_LINES, 40, -2_500, True),
        (PLAIN.replace("USB powered: true", "USB powered: false"), 71, 31_400, False),
        (SCALED, 50, 31_400, True),
        (FREEZING, 71, 0, True),
    ],
)
def test_a_battery_is_read(text: str, percent: int, millicelsius: int, charging: bool) -> None:
    assert parse_battery(text) == Battery(
        level_percent=percent, temperature_millicelsius=millicelsius, charging=charging
    )


@pytest.mark.parametrize("text", [WITHOUT_GAUGE, UNPLUGGED_GAUGE])
def test_a_device_without_a_gauge_has_no_temperature_rather_than_zero(text: str) -> None:
    assert parse_battery(text) == Battery(
        level_percent=71, temperature_millicelsius=None, charging=True, missing=NO_TEMPERATURE
    )


@pytest.mark.parametrize(("text", "reason"), [(FAKED, "set by hand"), (TV_BOX, "no battery")])
def test_a_state_that_is_no_batterys_is_unknown_with_its_reason(text: str, reason: str) -> None:
    battery = parse_battery(text)
    assert (battery.level_percent, battery.temperature_millicelsius, battery.charging) == (None, None, None)
    assert all(reason in said for said in battery.missing.values())


def test_a_level_beyond_its_scale_is_unknown() -> None:
    battery = parse_battery(BEYOND_SCALE)
    assert battery.level_percent is None
    assert battery.missing == {"level_percent": "the level is out of its scale"}


def test_an_answer_without_a_level_is_unreadable_and_shown() -> None:
    with pytest.raises(UnreadableAnswer, match="Can't find service: battery"):
        parse_battery("Can't find service: battery\n")
