"""Whatever a phone prints, a parser gives a record or says that it is unreadable."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.errors import InstallRefused, UnreadableAnswer
from harness.phone.app_memory import parse_app_meminfo, parse_process_status
from harness.phone.battery import parse_battery
from harness.phone.conditions import CONDITIONS_COMMANDS, parse_conditions
from harness.phone.cpu_load import parse_busy_share
from harness.phone.cpufreq import parse_clocks, parse_cores
from harness.phone.cpuinfo import parse_cpuinfo
from harness.phone.facts import parse_page_size
from harness.phone.identity import abis, identify, is_virtual
from harness.phone.install_failures import explained
from harness.phone.keyguard import parse_keyguard
from harness.phone.memory import parse_memory
from harness.phone.power import parse_idle, parse_power, parse_setting
from harness.phone.properties import parse_properties
from harness.phone.server import parse_devices
from harness.phone.thermal import parse_thermal
from harness.phone.thermal_zones import parse_thermal_zones
from harness.phone.uptime import parse_epoch, parse_load, parse_uptime
from harness.results.records import Explained, Temperature
from tests.phone.sample_phones import answers
from tests.phone.test_cpufreq import answer, core
from tests.phone.test_identity import ANDROID_6, ANDROID_14
from tests.phone.test_memory import ANDROID_13, BUSY_PROCESS
from tests.phone.test_power import ANDROID_5, ANDROID_6_POLICY, POLICY
from tests.phone.test_power import ANDROID_14 as POWER
from tests.phone.test_thermal import THROTTLED, retroid_answer

SENSOR_PARSERS: tuple[Callable[[str], Explained], ...] = (
    parse_app_meminfo,
    parse_battery,
    parse_busy_share,
    parse_epoch,
    parse_idle,
    parse_keyguard,
    parse_load,
    parse_memory,
    parse_power,
    parse_process_status,
    parse_setting,
    parse_thermal,
    parse_thermal_zones,
    parse_uptime,
)
PARSERS = (*SENSOR_PARSERS, parse_clocks, parse_cores, parse_cpuinfo, parse_page_size)
CLOCKS = answer(core(0, "0-1", "1500000", "300000", "300000"))
BATTERIES = tuple(answers("dumpsys_battery.txt").values())
THERMAL = (THROTTLED, retroid_answer(), *answers("dumpsys_thermalservice.txt").values())
MEMORY = (
    ANDROID_13,
    BUSY_PROCESS,
    *answers("dumpsys_meminfo.txt").values(),
    *answers("proc_meminfo.txt").values(),
    *answers("proc_pid_status.txt").values(),
)
SAMPLES = (
    *BATTERIES,
    *THERMAL,
    *MEMORY,
    CLOCKS,
    ANDROID_5,
    POWER,
    POLICY,
    ANDROID_6_POLICY,
    "0-7\n",
    "4096\n",
    "ACTIVE\nIDLE\n",
    "1.00 2 3\n",
    "cpu  1 2 3 4 5 6 7 8 9 0\ncpu  11 12 13 14 15 16 17 18 19 0\n",
)
DIGITS = st.from_regex(r"-?[0-9]{1,40}|[٠-٩]{1,3}|NaN|1E99", fullmatch=True)


@st.composite
def damaged(draw: st.DrawFn, samples: tuple[str, ...]) -> str:
    """A real answer with pieces of it lost, doubled or replaced."""
    text = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(0, 4))):
        start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        inserted = draw(
            st.sampled_from(["", text[start:end] * 2, "\r\n", "\0"]) | DIGITS | st.text(max_size=9)
        )
        text = text[:start] + inserted + text[end:]
    return text


@given(st.text() | damaged(SAMPLES))
def test_every_parser_gives_a_record_or_says_unreadable(text: str) -> None:
    for parse in PARSERS:
        with suppress(UnreadableAnswer):
            assert isinstance(parse(text), Explained)


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 30_000,
        " " * 30_000,
        " \n" * 30_000,
        "  level: " * 9_000,
        "TOTAL 1" * 9_000,
        "(current):" * 9_000,
    ],
)
def test_no_flood_of_output_keeps_a_parser_busy(text: str) -> None:
    before_s = time.process_time()
    for parse in SENSOR_PARSERS:
        with suppress(UnreadableAnswer):
            parse(text)
    assert time.process_time() - before_s < 1


@given(damaged(BATTERIES))
def test_a_damaged_battery_is_never_beyond_its_scale_nor_frozen_for_want_of_a_reading(text: str) -> None:
    with suppress(UnreadableAnswer):
        battery = parse_battery(text)
        assert battery.level_percent is None or 0 <= battery.level_percent <= 100
        assert (
            battery.temperature_millicelsius is None or -40_000 < battery.temperature_millicelsius < 150_000
        )


@given(damaged(THERMAL))
@example("Current temperatures from HAL:\n\tTemperature{mValue=1E-99, mType=0, mName=AP, mStatus=0}\n")
def test_a_damaged_sensor_is_left_out_rather_than_zero_or_impossible(text: str) -> None:
    found: list[Temperature] = []
    for parse in (parse_thermal, parse_thermal_zones):
        with suppress(UnreadableAnswer):
            found += parse(text).temperatures or ()
    assert all(one.millicelsius and -40_000 < one.millicelsius < 150_000 and one.name for one in found)


@given(damaged(MEMORY))
def test_damaged_memory_is_never_a_total_of_nothing(text: str) -> None:
    with suppress(UnreadableAnswer):
        assert parse_memory(text).total_kib > 0


@given(
    st.lists(
        st.text() | damaged(SAMPLES), min_size=len(CONDITIONS_COMMANDS), max_size=len(CONDITIONS_COMMANDS)
    )
)
def test_every_set_of_answers_makes_conditions(texts: list[str]) -> None:
    conditions = parse_conditions(texts)
    assert all(reason for reason in conditions.missing.values())


@given(st.text() | damaged((ANDROID_6, ANDROID_14)))
def test_every_set_of_properties_identifies_a_phone_or_is_unreadable(text: str) -> None:
    try:
        properties = parse_properties(text)
    except UnreadableAnswer:
        return
    known = identify(properties)
    assert set(known.missing) == {name for name, value in known.values.items() if value is None}
    assert all(abis(properties))
    assert is_virtual(properties) in (True, False)


@given(st.text(), st.text())
def test_every_list_of_devices_is_read(short: str, long: str) -> None:
    for phone in parse_devices(short, long):
        assert f"{phone.serial}\t{phone.state}" in short


@given(st.text())
def test_every_refusal_of_an_apk_has_a_cause_and_a_remedy(text: str) -> None:
    error = explained(text, serial="phone", package=None, manufacturer=None)
    assert isinstance(error, InstallRefused)
    assert error.cause
    assert error.remedy
