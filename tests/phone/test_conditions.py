"""How the virtual phone is at one moment, through both adb servers."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import pytest

from harness.errors import UnreadableAnswer
from harness.phone.conditions import CONDITIONS_COMMANDS, parse_conditions, read_conditions
from harness.phone.connection import Address
from harness.phone.sources import ask
from harness.phone.transport import ShellAnswer, Transport
from harness.results.records import Temperature
from tests.phone.test_battery import PLAIN
from tests.phone.test_power import ANDROID_8, ANDROID_14, POLICY
from tests.phone.test_thermal import THROTTLED, zones_answer

AsKind = Callable[[type[Transport]], Any]

TOLD = {
    "dumpsys battery": PLAIN,
    "dumpsys thermalservice": THROTTLED,
    "echo /sys/class/thermal": zones_answer([("cpu-0-usr", "61200")]),
    "dumpsys deviceidle": "ACTIVE\nACTIVE\n",
    "dumpsys power": ANDROID_14,
    "settings get global low_power": "0\n",
    "dumpsys window": POLICY,
    "settings get global airplane_mode_on": "1\n",
    "cat /proc/meminfo": "MemTotal: 8000000 kB\nMemAvailable: 4000000 kB\n",
    "cat /proc/loadavg": "3.10 2.00 1.00 1/900 4711\n",
    "cat /proc/uptime": "1000.50 4000.00\n",
    "date": "1767225600\n",
}


class Counting(Transport):
    """A phone that remembers its commands."""

    def __init__(self, address: Address, serial: str) -> None:
        super().__init__(address, serial)
        self.commands: list[str] = []

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        self.commands.append(command)
        return super().shell(command, deadline_s=deadline_s)


class Reticent(Transport):
    """A phone that denies some files and is too old for a thermal service."""

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        for told, untold in (
            ("/proc/loadavg", "/proc/nothing"),
            ("/proc/meminfo", "/proc/nothing"),
            ("dumpsys thermalservice", 'echo "Can\'t find service: thermalservice"'),
            ("/sys/class/thermal/", "/nothing/"),
            ("/cpufreq/", "/nothing/"),
        ):
            command = command.replace(told, untold)
        return super().shell(command, deadline_s=deadline_s)


def answered(told: Mapping[str, str] = TOLD) -> list[str]:
    """One answer for each command, found by how the command begins; nothing for those that are not told."""
    return [
        next((text for start, text in told.items() if command.startswith(start)), "")
        for command in CONDITIONS_COMMANDS
    ]


def test_the_virtual_phone_tells_its_conditions(phone: Transport) -> None:
    conditions = read_conditions(phone)
    untold = {field.name for field in fields(conditions) if getattr(conditions, field.name) is None}
    assert untold == set(conditions.missing) <= {"locked", "idle"}
    assert conditions.airplane_mode is False
    assert conditions.uptime_s is not None
    assert conditions.epoch_s is not None
    assert conditions.epoch_s > 1_700_000_000
    assert conditions.temperatures
    assert conditions.clocks
    assert all(clock.max_khz >= (clock.cap_khz or 0) > 0 for clock in conditions.clocks)


def test_conditions_take_one_command(as_kind: AsKind) -> None:
    counting = as_kind(Counting)
    read_conditions(counting)
    assert len(counting.commands) == 1


def test_what_a_phone_does_not_tell_is_none_with_the_reason(as_kind: AsKind) -> None:
    conditions = read_conditions(as_kind(Reticent))
    untold = {"thermal_status", "temperatures", "clocks", "available_kib", "load_average"}
    assert all(getattr(conditions, name) is None for name in untold)
    assert untold <= set(conditions.missing) <= untold | {"locked", "idle"}
    assert "from version 10 on" in conditions.missing["thermal_status"]
    assert "No such file" in conditions.missing["temperatures"]
    assert "No such file" in conditions.missing["load_average"]
    assert conditions.battery_percent is not None


def test_everything_that_a_phone_tells_is_in_its_conditions() -> None:
    conditions = parse_conditions(answered())
    assert set(conditions.missing) == {"clocks"}
    assert (conditions.battery_percent, conditions.battery_millicelsius, conditions.charging) == (
        71,
        31_400,
        True,
    )
    assert conditions.thermal_status == 3
    assert conditions.temperatures == (
        Temperature(name="skin, back (mid)", kind="skin", millicelsius=48_500, source="thermalservice"),
        Temperature(name="cpu-0-usr", kind="cpu", millicelsius=61_200, source="thermal_zone"),
    )
    assert (conditions.screen_on, conditions.locked, conditions.idle) == (True, True, False)
    assert (conditions.airplane_mode, conditions.available_kib, conditions.load_average) == (
        True,
        4_000_000,
        3.1,
    )
    assert (conditions.uptime_s, conditions.epoch_s) == (1_000.5, 1_767_225_600)


def test_the_power_manager_goes_before_the_setting_and_the_setting_before_nothing() -> None:
    assert parse_conditions(answered()).power_saver is True
    untold = parse_conditions(answered(TOLD | {"dumpsys power": "Display Power: state=ON\n"}))
    assert untold.power_saver is False
    neither = parse_conditions(
        answered(TOLD | {"dumpsys power": "", "settings get global low_power": "null\n"})
    )
    assert neither.power_saver is None
    assert "dumpsys power" in neither.missing["power_saver"]


def test_doze_is_told_by_the_power_manager_where_its_own_service_does_not() -> None:
    told = TOLD | {"dumpsys deviceidle": "Unknown option: get\n", "dumpsys power": ANDROID_8}
    silent = parse_conditions(answered(told))
    assert silent.idle is True
    assert "idle" not in silent.missing


def test_many_questions_are_answered_in_order_in_one_round_trip(phone: Transport) -> None:
    answers = ask(phone, ["echo a; echo b", "cat /data/local/tmp/nothing", "true"], deadline_s=20)
    assert answers[0] == "a\nb\n"
    assert "No such file" in answers[1]
    assert answers[2] == ""


def test_a_question_that_ends_the_shell_is_unreadable(phone: Transport) -> None:
    with pytest.raises(UnreadableAnswer, match="3 commands, but 2 answers"):
        ask(phone, ["true", "exit 0", "true"], deadline_s=20)
