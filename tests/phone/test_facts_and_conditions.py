"""What the virtual phone is and how it is, through both adb servers."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from harness.errors import UnreadableAnswer
from harness.phone.conditions import read_conditions
from harness.phone.connection import Address
from harness.phone.facts import read_facts
from harness.phone.sources import ask
from harness.phone.transport import ShellAnswer, Transport

AsKind = Callable[[type[Transport]], Any]


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
            ("getconf PAGE_SIZE", "no-getconf"),
            ("dumpsys thermalservice", 'echo "Can\'t find service: thermalservice"'),
            ("/cpufreq/", "/nothing/"),
        ):
            command = command.replace(told, untold)
        return super().shell(command, deadline_s=deadline_s)


def test_the_virtual_phone_says_what_it_is(phone: Transport) -> None:
    facts = read_facts(phone)
    assert facts.is_virtual
    assert facts.engine == "modelled"
    assert (facts.manufacturer, facts.model) == ("elbench", "Virtual Phone")
    assert (facts.android_release, facts.api_level, facts.build_type) == ("14", 34, "user")
    assert facts.transport == "tcp"
    assert facts.abis
    assert facts.missing == {}
    assert facts.clusters
    assert sum(len(cluster.cpus) for cluster in facts.clusters) == facts.cores


def test_a_phones_serial_is_in_none_of_its_facts(phone: Transport) -> None:
    facts = read_facts(phone)
    hardware_serial = phone.check("getprop ro.serialno", deadline_s=20).strip()
    assert hardware_serial
    assert hardware_serial not in repr(facts)
    assert phone.serial not in repr(facts)
    assert facts == read_facts(phone)


def test_the_virtual_phone_tells_all_of_its_conditions(phone: Transport) -> None:
    conditions = read_conditions(phone)
    assert conditions.missing == {}
    assert [field.name for field in fields(conditions) if getattr(conditions, field.name) is None] == []
    assert conditions.airplane_mode is False
    assert conditions.clocks
    assert all(clock.max_khz >= (clock.cap_khz or 0) > 0 for clock in conditions.clocks)


def test_conditions_take_one_command(as_kind: AsKind) -> None:
    counting = as_kind(Counting)
    read_conditions(counting)
    assert len(counting.commands) == 1


def test_what_a_phone_does_not_tell_is_none_with_the_reason(as_kind: AsKind) -> None:
    reticent = as_kind(Reticent)
    conditions = read_conditions(reticent)
    assert conditions.thermal_status is None
    assert conditions.clocks is None
    assert conditions.available_kib is None
    assert conditions.load_average is None
    assert set(conditions.missing) == {"thermal_status", "clocks", "available_kib", "load_average"}
    assert "from version 10 on" in conditions.missing["thermal_status"]
    assert "No such file" in conditions.missing["load_average"]
    assert conditions.battery_percent is not None
    facts = read_facts(reticent)
    assert (facts.ram_kib, facts.clusters, facts.page_size_bytes) == (None, None, None)
    assert "not found" in facts.missing["page_size_bytes"]


def test_many_questions_are_answered_in_order_in_one_round_trip(phone: Transport) -> None:
    answers = ask(phone, ["echo a; echo b", "cat /data/local/tmp/nothing", "true"], deadline_s=20)
    assert answers[0] == "a\nb\n"
    assert "No such file" in answers[1]
    assert answers[2] == ""


def test_a_question_that_ends_the_shell_is_unreadable(phone: Transport) -> None:
    with pytest.raises(UnreadableAnswer, match="3 commands, but 2 answers"):
        ask(phone, ["true", "exit 0", "true"], deadline_s=20)
