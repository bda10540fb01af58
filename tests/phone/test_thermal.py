"""`dumpsys thermalservice` and the kernel's thermal zones, of real phones."""

import pytest

from harness.errors import UnreadableAnswer
from harness.phone.temperatures import kind_of
from harness.phone.thermal import parse_thermal
from harness.phone.thermal_zones import parse_thermal_zones, zone_temperature
from harness.results.records import Temperature
from tests.phone.sample_phones import answers

THROTTLED = """IsStatusOverride: false
ThermalEventListeners:
\tcallbacks: 2
Thermal Status: 3
Cached temperatures:
\tTemperature{mValue=41.0, mType=3, mName=SKIN, mStatus=0}
HAL Ready: true
Current temperatures from HAL:
\tTemperature{mValue=11900.0, mType=7, mName=ocp, mStatus=3}
\tTemperature{mValue=NaN, mType=3, mName=quiet_therm, mStatus=0}
\tTemperature{mValue=48.5, mType=3, mName=skin, back (mid), mStatus=3}
Current cooling devices from HAL:
\tCoolingDevice{mValue=0, mType=2, mName=cpu}
Temperature static thresholds from HAL:
\tTemperatureThreshold{mType=3, mName=SKIN, mHotThrottlingThresholds=[NaN, 39.0, 43.0]}
"""
ZONES = "/sys/class/thermal/thermal_zone"
Reading = tuple[str, str, int]

SERVICES: dict[str, tuple[int | None, tuple[Reading, ...]]] = {
    "android_tv_box": (None, (("CPU0", "cpu", 62_500), ("CPU1", "cpu", 62_500), ("GPU", "gpu", 61_000))),
    "pixel_fold_thresholds": (None, (("VIRTUAL-SKIN", "skin", 30_650),)),
    "pixel_tensor_skia_lab": (
        0,
        (
            ("TPU", "npu", 25_000),
            ("G3D", "gpu", 26_000),
            ("BIG", "cpu", 26_000),
            ("LITTLE", "cpu", 27_000),
            ("cellular-emergency", "power_amplifier", 24_833),
            ("MID", "cpu", 27_000),
            ("VIRTUAL-SKIN-CHARGE", "skin", 24_833),
            ("VIRTUAL-SKIN", "skin", 24_833),
            ("rf2_therm", "modem", 21_000),
            ("battery", "battery", 22_100),
        ),
    ),
    "samsung_A52_5G_android12": (
        0,
        (
            ("AP", "cpu", 25_600),
            ("BAT", "battery", 23_800),
            ("LRB", "skin", 24_700),
            ("LRF", "skin", 24_700),
            ("LRP", "skin", 24_700),
            ("PA", "power_amplifier", 25_700),
        ),
    ),
    "samsung_S24plus_throttled": (
        0,
        (("AP", "cpu", 53_400), ("BAT", "battery", 38_600), ("SKIN", "skin", 40_000), ("USB", "usb", 34_100)),
    ),
    "samsung_sdhms_skia_lab": (
        0,
        (
            ("TYPE_CPU", "cpu", 24_000),
            ("TYPE_BATTERY", "battery", 24_400),
            ("TYPE_SKIN", "skin", 25_300),
            ("TYPE_USB_PORT", "usb", 24_200),
        ),
    ),
}
RETROID: tuple[Reading, ...] = (
    ("aoss0-usr", "soc", 26_900),
    ("cpu-0-0-usr", "cpu", 29_200),
    ("cpu-1-3-usr", "cpu", 28_000),
    ("cpu-1-4-usr", "cpu", 32_600),
    ("gpuss-0-usr", "gpu", 27_300),
    ("ddr-usr", "memory", 28_300),
    ("npu-usr", "npu", 26_700),
    ("apc-1-max-step", "cpu", 33_400),
    ("cpuss-0-usr", "cpu", 29_900),
    ("pm8150_tz", "pmic", 29_801),
    ("pm8150l_tz", "pmic", 31_359),
    ("cpu-1-1-usr", "cpu", 34_200),
    ("xo-therm-usr", "other", 28_423),
    ("skin-therm-usr", "skin", 28_652),
    ("bms", "battery", 25_500),
    ("battery", "battery", 25_500),
)


def zones_answer(zones: list[tuple[str, str]]) -> str:
    """What THERMAL_ZONES_COMMAND prints on a phone with these zones, by type and temp."""
    numbers = range(len(zones))
    paths = [f"{ZONES}{number}/{name}" for name in ("type", "temp") for number in numbers]
    return " ".join(paths) + "\n" + "".join(f"{zones[number][i]}\n" for i in (0, 1) for number in numbers)


def retroid_answer() -> str:
    lines = answers("thermal_sysfs.txt")["retroid_pocket5_sm8250"].splitlines()
    return zones_answer([(name, reading) for name, _, reading in (line.partition(": ") for line in lines)])


def readings(temperatures: tuple[Temperature, ...] | None) -> tuple[Reading, ...]:
    return tuple((one.name, one.kind, one.millicelsius) for one in temperatures or ())


def test_every_sample_of_the_thermal_service_has_its_values_here() -> None:
    assert set(SERVICES) == set(answers("dumpsys_thermalservice.txt"))


@pytest.mark.parametrize("phone", SERVICES)
def test_a_real_phones_thermal_service_is_read(phone: str) -> None:
    thermal = parse_thermal(answers("dumpsys_thermalservice.txt")[phone])
    status, expected = SERVICES[phone]
    assert thermal.status == status
    assert readings(thermal.temperatures) == expected
    assert {one.source for one in thermal.temperatures or ()} == {"thermalservice"}


def test_current_temperatures_count_and_cached_ones_do_not() -> None:
    thermal = parse_thermal(THROTTLED)
    assert thermal.status == 3
    assert readings(thermal.temperatures) == (("skin, back (mid)", "skin", 48_500),)


def test_carriage_returns_change_nothing() -> None:
    assert parse_thermal(THROTTLED.replace("\n", "\r\n")) == parse_thermal(THROTTLED)


def test_a_service_without_its_hal_has_a_status_and_no_temperatures() -> None:
    thermal = parse_thermal("IsStatusOverride: false\nThermal Status: 0\nHAL Ready: false\n")
    assert (thermal.status, thermal.temperatures) == (0, None)
    assert "no sensor" in thermal.missing["temperatures"]


def test_a_phone_before_android_10_has_neither() -> None:
    thermal = parse_thermal("Can't find service: thermalservice\n")
    assert (thermal.status, thermal.temperatures) == (None, None)
    assert all("from version 10 on" in reason for reason in thermal.missing.values())


def test_a_status_that_was_set_by_hand_is_unknown_and_the_sensors_are_not() -> None:
    thermal = parse_thermal(THROTTLED.replace("Override: false", "Override: true"))
    assert thermal.status is None
    assert "set by hand" in thermal.missing["status"]
    assert readings(thermal.temperatures) == (("skin, back (mid)", "skin", 48_500),)


@pytest.mark.parametrize(
    "text",
    ["", "HAL Ready: false\n", "Thermal Status: 9\n", "*** SERVICE 'thermalservice' DUMP TIMEOUT ***\n"],
)
def test_a_service_that_tells_nothing_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableAnswer):
        parse_thermal(text)


def test_a_real_phones_thermal_zones_are_read() -> None:
    zones = parse_thermal_zones(retroid_answer())
    assert readings(zones.temperatures) == RETROID
    assert {one.source for one in zones.temperatures or ()} == {"thermal_zone"}


@pytest.mark.parametrize(
    ("raw", "millicelsius"),
    [
        (41, 41_000),  # whole degrees, as msm8974's tsens
        (253, 25_300),  # tenths
        (41_200, 41_200),
        (-5_000, -5_000),
        (0, None),
        (-40_000, None),
        (-274_000, None),
        (-127, None),
        (200_000, None),
    ],
)
def test_a_zones_reading_is_understood_in_its_unit_or_left_out(raw: int, millicelsius: int | None) -> None:
    temperature = zone_temperature("tsens_tz_sensor0", raw)
    assert (temperature and temperature.millicelsius) == millicelsius


@pytest.mark.parametrize(
    "name", ["soc", "bcl-soc", "battery_soc", "vbat", "pm8150b-ibat-lvl0", "pm8150b-vbat-lvl0", "vph-lvl1"]
)
def test_charge_voltage_and_current_are_no_temperatures(name: str) -> None:
    assert zone_temperature(name, 72) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mtktscpu", "cpu"),
        ("mtktsAP", "other"),
        ("mtktsbattery", "battery"),
        ("mtktspa", "power_amplifier"),
        ("soc_thermal", "soc"),
        ("soc-thermal", "soc"),
        ("BIG", "cpu"),
        ("G3D", "gpu"),
        ("mali-gpu", "gpu"),
        ("mmw-pa2-usr", "modem"),
        ("mdm-core-usr", "modem"),
        ("quiet-therm-adc", "skin"),
        ("nspss-0", "npu"),
        ("camera-flash-therm", "camera"),
        ("input-therm", "other"),
    ],
)
def test_a_sensor_is_known_by_its_name(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_zones_that_the_phone_denies_are_left_out() -> None:
    denied = f"cat: {ZONES}1/temp: Permission denied"
    zones = parse_thermal_zones(zones_answer([("cpu-0", "40100"), ("gpu", denied)]))
    assert readings(zones.temperatures) == (("cpu-0", "cpu", 40_100),)


def test_zones_that_are_all_no_temperatures_are_none_with_the_reason() -> None:
    zones = parse_thermal_zones(zones_answer([("soc", "72"), ("camera-therm-usr", "-40000")]))
    assert zones.temperatures is None
    assert "none of the phone's thermal zones" in zones.missing["temperatures"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{ZONES}*/type\ncat: {ZONES}*/type: Permission denied\n",
        zones_answer([("cpu-0", "40100")]) + "one line too many\n",
    ],
)
def test_zones_that_are_denied_or_garbled_are_unreadable(text: str) -> None:
    with pytest.raises(UnreadableAnswer):
        parse_thermal_zones(text)
