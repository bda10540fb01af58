"""`dumpsys thermalservice`, /proc/meminfo, /proc/loadavg, display and airplane mode."""

from collections.abc import Callable

import pytest

from harness.errors import UnreadableAnswer
from harness.phone.conditions import parse_airplane_mode, parse_load, parse_screen
from harness.phone.memory import SystemMemory, parse_memory
from harness.phone.thermal import Thermal, parse_thermal
from harness.results.records import Explained

THROTTLED = """IsStatusOverride: false
ThermalEventListeners:
\tcallbacks: 2
Thermal Status: 3
Cached temperatures:
\tTemperature{mValue=41.0, mType=3, mName=SKIN, mStatus=0}
HAL Ready: true
Current temperatures from HAL:
\tTemperature{mValue=11900.0, mType=7, mName=ocp, mStatus=3}
"""
NEW_KERNEL = """MemTotal:        7654321 kB
MemFree:          123456 kB
MemAvailable:    4567890 kB
SwapTotal:       4194300 kB
"""
OLD_KERNEL = "MemTotal:        1909000 kB\r\nMemFree:          205000 kB\r\nBuffers:  9 kB\r\n"


def test_a_thermal_status_is_read() -> None:
    assert parse_thermal(THROTTLED) == Thermal(status=3)
    assert parse_thermal("Thermal Status: 0\r\n") == Thermal(status=0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Can't find service: thermalservice\n", "from version 10 on"),
        (THROTTLED.replace("Override: false", "Override: true"), "set by hand"),
    ],
)
def test_a_thermal_status_that_is_not_the_phones_own_is_unknown(text: str, reason: str) -> None:
    thermal = parse_thermal(text)
    assert thermal.status is None
    assert reason in thermal.missing["status"]


def test_memory_is_read() -> None:
    assert parse_memory(NEW_KERNEL) == SystemMemory(total_kib=7_654_321, available_kib=4_567_890)


def test_an_old_kernel_does_not_say_what_is_available() -> None:
    memory = parse_memory(OLD_KERNEL)
    assert (memory.total_kib, memory.available_kib) == (1_909_000, None)
    assert "3.14" in memory.missing["available_kib"]


@pytest.mark.parametrize(
    ("text", "is_on"),
    [
        ("POWER MANAGER (dumpsys power)\n  mWakefulness=Awake\n  mHalt=false\n", True),
        ("  mWakefulness=Asleep\n", False),
        ("  mWakefulness=Awake\n\nDisplay Power: state=OFF\n", False),
        ("Display Power: state=ON\r\n", True),
        ("Display Power: state=DOZE\n", False),
    ],
)
def test_the_display_is_on_or_off(text: str, is_on: bool) -> None:
    assert parse_screen(text).is_on is is_on


def test_airplane_mode_is_on_or_off() -> None:
    assert parse_airplane_mode("1\r\n").is_on is True
    assert parse_airplane_mode("0\n").is_on is False


def test_the_one_minute_load_is_read() -> None:
    assert parse_load("12.25 11.70 11.01 2/2712 28710\n").one_minute == 12.25


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_thermal, "HAL Ready: false\n"),
        (parse_thermal, "Thermal Status: 9\n"),
        (parse_memory, "cat: /proc/meminfo: Permission denied\n"),
        (parse_memory, "MemTotal:        0 kB\n"),
        (parse_screen, "Can't find service: power\n"),
        (parse_airplane_mode, "null\n"),
        (parse_load, "cat: /proc/loadavg: Permission denied\n"),
    ],
)
def test_an_answer_without_its_value_is_unreadable_and_shown(
    parse: Callable[[str], Explained], text: str
) -> None:
    with pytest.raises(UnreadableAnswer) as raised:
        parse(text)
    assert text.strip() in raised.value.cause
