"""What a phone is, put together from all that it says, through both adb servers."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from harness.errors import UnreadableAnswer
from harness.phone.connection import Address
from harness.phone.facts import facts_from, read_facts
from harness.phone.properties import parse_properties
from harness.phone.transport import ShellAnswer, Transport
from harness.results.records import PhoneFacts
from tests.phone.sample_phones import answers, clock_files, clocks_answer, cores_answer

AsKind = Callable[[type[Transport]], Any]
MEMORY = "MemTotal:        3809036 kB\nMemAvailable:    2000000 kB\n"


class Counting(Transport):
    """A phone that remembers its commands."""

    def __init__(self, address: Address, serial: str) -> None:
        super().__init__(address, serial)
        self.commands: list[str] = []

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        self.commands.append(command)
        return super().shell(command, deadline_s=deadline_s)


class Reticent(Transport):
    """A phone that denies some files and is too old for some commands."""

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        for told, untold in (
            ("/proc/meminfo", "/proc/nothing"),
            ("/proc/cpuinfo", "/proc/nothing"),
            ("getconf PAGE_SIZE", "no-getconf"),
            ("/cpufreq/", "/nothing/"),
            ("cpu/online", "cpu/nothing"),
        ):
            command = command.replace(told, untold)
        return super().shell(command, deadline_s=deadline_s)


class WithoutGetprop(Transport):
    """A phone whose getprop is gone, or that has none; its build.prop says little."""

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        if command.startswith("cat /system/build.prop"):
            return ShellAnswer("ro.product.model=Old One\nro.build.version.sdk=21\n", "", 0)
        return super().shell(command.replace("getprop", "no-getprop"), deadline_s=deadline_s)


class WithoutProperties(WithoutGetprop):
    """A phone that denies its build.prop too."""

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        if command.startswith("cat /system/build.prop"):
            return ShellAnswer("", "cat: /system/build.prop: Permission denied", 1)
        return super().shell(command, deadline_s=deadline_s)


def real(properties: str, cpuinfo: str, clocks: str, serial: str = "R3AL5ER1AL") -> PhoneFacts:
    """The facts of a phone that answers as these samples do."""
    files = clock_files(clocks)
    said = [answers("cpuinfo.txt")[cpuinfo], "4096\n", MEMORY, clocks_answer(files), cores_answer(files)]
    return facts_from(parse_properties(answers("getprop.txt")[properties]), said, serial)


def test_the_virtual_phone_says_what_it_is(phone: Transport) -> None:
    facts = read_facts(phone)
    assert facts.is_virtual
    assert facts.engine == "modelled"
    assert (facts.manufacturer, facts.model) == ("elbench", "Virtual Phone")
    assert (facts.android_release, facts.api_level, facts.build_type) == ("14", 34, "user")
    assert facts.transport == "tcp"
    assert facts.soc == "elbench VP1"
    assert facts.abis
    assert set(facts.missing) == {"vendor_version"}
    assert facts.clusters
    assert sum(len(cluster.cpus) for cluster in facts.clusters) == facts.cores
    assert all(cluster.missing == {} for cluster in facts.clusters)
    assert facts.offline_cpus == ()


def test_each_field_with_a_value_says_where_it_was_read(phone: Transport) -> None:
    facts = read_facts(phone)
    names = {field.name for field in fields(facts)} - {"sources", "missing"}
    assert set(facts.sources) == names - set(facts.missing)
    assert facts.sources["soc"] == "getprop ro.soc.model"
    assert facts.sources["ram_kib"] == "/proc/meminfo MemTotal"


def test_a_phones_serial_is_in_none_of_its_facts(phone: Transport) -> None:
    facts = read_facts(phone)
    hardware_serial = phone.check("getprop ro.serialno", deadline_s=20).strip()
    assert hardware_serial
    assert hardware_serial not in repr(facts)
    assert phone.serial not in repr(facts)
    assert facts == read_facts(phone)


def test_facts_take_one_command(as_kind: AsKind) -> None:
    counting = as_kind(Counting)
    read_facts(counting)
    assert len(counting.commands) == 1


def test_what_a_phone_does_not_tell_is_none_with_the_reason(as_kind: AsKind) -> None:
    facts = read_facts(as_kind(Reticent))
    untold = ("ram_kib", "clusters", "page_size_bytes", "offline_cpus")
    assert [getattr(facts, name) for name in untold] == [None, None, None, None]
    assert "not found" in facts.missing["page_size_bytes"]
    assert "No such file" in facts.missing["offline_cpus"]
    assert facts.cores == 8
    assert not set(untold) & set(facts.sources)


def test_a_phone_without_getprop_is_read_from_its_build_prop(as_kind: AsKind) -> None:
    facts = read_facts(as_kind(WithoutGetprop))
    assert (facts.model, facts.api_level) == ("Old One", 21)
    assert facts.manufacturer is None
    assert facts.cores == 8


def test_a_phone_without_any_property_is_unreadable(as_kind: AsKind) -> None:
    with pytest.raises(UnreadableAnswer, match="getprop"):
        read_facts(as_kind(WithoutProperties))


def test_cores_have_the_names_of_their_designs_by_cluster() -> None:
    facts = real("huawei-mate-20", "huawei-mate-20", "huawei-mate-20")
    assert facts.clusters
    assert [(cluster.cpus, cluster.core) for cluster in facts.clusters] == [
        ((0, 1, 2, 3), "Cortex-A55"),
        ((4, 5), "Cortex-A76"),
        ((6, 7), "Cortex-A76"),
    ]
    assert (facts.soc, facts.ram_kib, facts.page_size_bytes) == ("HiSilicon Kirin 980", 3_809_036, 4096)


def test_a_kernel_that_describes_one_core_names_no_cluster_of_a_phone_with_two_kinds() -> None:
    facts = real("nexus6p", "xiaomi-redmi-note-3", "xiaomi-redmi-note-3")
    assert facts.clusters
    assert [cluster.core for cluster in facts.clusters] == [None, None]
    assert "does not describe these cores" in facts.clusters[0].missing["core"]


def test_an_old_phone_with_a_clock_for_each_core_names_them_all() -> None:
    facts = real("galaxy-s4-us", "galaxy-s5-us", "galaxy-s5-us")
    assert facts.clusters
    assert [(cluster.cpus, cluster.core) for cluster in facts.clusters] == [
        ((0,), "Krait"), ((1,), "Krait"), ((2,), "Krait"), ((3,), "Krait"),
    ]  # fmt: skip


def test_an_x86_phone_has_its_processors_name() -> None:
    facts = real("zenfone-2e", "zenfone-2e", "zenfone-2e")
    assert (facts.soc, facts.sources["soc"]) == ("Intel Atom Z2560", "/proc/cpuinfo model name")
    assert facts.abis[0] == "x86"
    assert facts.clusters
    assert {cluster.core for cluster in facts.clusters} == {"Intel Atom Z2560"}


def test_stopped_cores_are_facts_too() -> None:
    facts = real("xiaomi-redmi-note-4", "meizu-pro-6", "meizu-pro-6")
    assert (facts.cores, facts.offline_cpus) == (10, (0, 1, 2, 3, 5, 6, 7, 9))


@pytest.mark.parametrize(
    ("serial", "kind"),
    [
        ("R3AL5ER1AL", "usb"),
        ("emulator-5554", "emulator"),
        ("10.0.0.7:5555", "tcp"),
        ("adb-834ee2d7-Xy1AbC (2)._adb-tls-connect._tcp", "tls"),
    ],
)
def test_facts_tell_the_kind_of_connection_and_keep_its_serial_to_themselves(serial: str, kind: str) -> None:
    facts = real("pixel", "pixel-8", "pixel", serial)
    assert facts.transport == kind
    assert serial not in repr(facts)
