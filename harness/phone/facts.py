"""What a phone is, read in one round trip: everything that does not change during a run."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import UnreadableAnswer
from harness.phone.answers import unreadable
from harness.phone.cpufreq import CLOCKS_COMMAND, CORES_COMMAND, parse_clocks, parse_cores
from harness.phone.cpuinfo import CPUINFO_COMMAND, CpuInfo, design_of, parse_cpuinfo
from harness.phone.identity import Known, abi_source, abis, identify, is_virtual, phone_id
from harness.phone.memory import MEMORY_COMMAND, parse_memory
from harness.phone.properties import BUILD_PROP_COMMAND, PROPERTIES_COMMAND, parse_properties
from harness.phone.soc import find_soc
from harness.phone.sources import Source, ask, gather
from harness.phone.transport import Transport
from harness.results.records import Cluster, Explained, PhoneFacts

_DEADLINE_S = 30.0
# A phone without getconf, as before Android 6, tells the size beside each mapping of a process.
PAGE_SIZE_COMMAND = "getconf PAGE_SIZE 2>&1 || grep KernelPageSize /proc/self/smaps"

_SOURCES = (
    Source(MEMORY_COMMAND, parse_memory, {"ram_kib": "total_kib"}),
    Source(CLOCKS_COMMAND, parse_clocks, {"clusters": "clusters"}),
    Source(CORES_COMMAND, parse_cores, {"cores": "count", "offline_cpus": "offline"}),
)
FACT_COMMANDS = (
    PROPERTIES_COMMAND, CPUINFO_COMMAND, PAGE_SIZE_COMMAND, *(source.command for source in _SOURCES),
)  # fmt: skip
"""All that `read_facts` asks a phone whose getprop answers."""
_READ_AT = {
    "ram_kib": "/proc/meminfo MemTotal",
    "clusters": "/sys/devices/system/cpu/cpu*/cpufreq",
    "cores": "/sys/devices/system/cpu/present",
    "offline_cpus": "/sys/devices/system/cpu/online",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSize(Explained):
    """Granularity of memory; 16 KiB on some phones from Android 15 on."""

    size_bytes: int
    source: str
    """What told it."""


def read_facts(transport: Transport) -> PhoneFacts:
    """Read what a phone is; what it does not tell is None with the reason. The serial stays out.

    Raises:
        UnreadableAnswer: it has no system properties, so that it cannot be identified.
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    answers = ask(transport, FACT_COMMANDS, deadline_s=_DEADLINE_S)
    try:
        properties = parse_properties(answers[0])
    except UnreadableAnswer:
        written = transport.shell(BUILD_PROP_COMMAND, deadline_s=_DEADLINE_S).stdout
        properties = parse_properties(written or answers[0])
    return facts_from(properties, answers[1:], transport.serial)


def facts_from(properties: Mapping[str, str], answers: Sequence[str], serial: str) -> PhoneFacts:
    """The facts that a phone's properties and its answers to the other FACT_COMMANDS hold."""
    cpuinfo = _cpuinfo(answers[0])
    parts = (
        identify(properties),
        _chip(properties, cpuinfo),
        _page_size(answers[1]),
        _measured(answers[2:], cpuinfo),
    )
    return PhoneFacts(
        phone_id=phone_id(properties, serial),
        abis=abis(properties),
        transport=transport_kind(serial),
        is_virtual=is_virtual(properties),
        sources={
            "phone_id": "getprop ro.serialno, ro.build.fingerprint",
            "abis": abi_source(properties),
            "transport": "form of the serial",
            "is_virtual": "getprop ro.kernel.qemu, ro.boot.qemu, ro.hardware",
            **_merged([part.sources for part in parts]),
        },
        missing=_merged([part.missing for part in parts]),
        **_merged([part.values for part in parts]),
    )


def transport_kind(serial: str) -> str:
    """How a phone with this serial is connected: `usb`, `tcp`, `tls` (wireless debugging) or `emulator`."""
    if serial.startswith("emulator-"):
        return "emulator"
    if "._adb-tls-connect._tcp" in serial:
        return "tls"
    return "tcp" if re.search(r":[0-9]+$|\._adb\._tcp", serial) else "usb"


def parse_page_size(text: str) -> PageSize:
    """Read the answer of PAGE_SIZE_COMMAND.

    Raises:
        UnreadableAnswer: no number, as on phones without getconf that show no mappings either.
    """
    if found := re.fullmatch(r"[1-9][0-9]{3,6}", text.strip()):
        return PageSize(size_bytes=int(found[0]), source="getconf PAGE_SIZE")
    mapping = re.search(r"^KernelPageSize:\s+([1-9][0-9]{0,3}) kB\s*$", text, re.MULTILINE)
    if mapping:
        return PageSize(size_bytes=int(mapping[1]) * 1024, source="/proc/self/smaps KernelPageSize")
    raise unreadable("getconf PAGE_SIZE", text)


def _cpuinfo(answer: str) -> CpuInfo | UnreadableAnswer:
    try:
        return parse_cpuinfo(answer)
    except UnreadableAnswer as error:
        return error


def _chip(properties: Mapping[str, str], cpuinfo: CpuInfo | UnreadableAnswer) -> Known:
    if isinstance(cpuinfo, CpuInfo):
        said = find_soc(properties, cpuinfo.hardware, cpuinfo.x86_model)
    else:
        said = find_soc(properties, None, None)
    if said is None:
        return Known({"soc": None}, {}, {"soc": "neither a system property nor /proc/cpuinfo says it"})
    return Known({"soc": said.value}, {"soc": said.source}, {})


def _page_size(answer: str) -> Known:
    try:
        page = parse_page_size(answer)
    except UnreadableAnswer as error:
        return Known({"page_size_bytes": None}, {}, {"page_size_bytes": error.cause})
    return Known({"page_size_bytes": page.size_bytes}, {"page_size_bytes": page.source}, {})


def _measured(answers: Sequence[str], cpuinfo: CpuInfo | UnreadableAnswer) -> Known:
    gathered = gather(_SOURCES, answers)
    values = dict(gathered.values)
    if values["clusters"] is not None:
        values["clusters"] = _named(values["clusters"], cpuinfo)
    sources = {name: _READ_AT[name] for name, value in values.items() if value is not None}
    return Known(values, sources, gathered.missing)


def _named(clusters: Sequence[Cluster], cpuinfo: CpuInfo | UnreadableAnswer) -> tuple[Cluster, ...]:
    """The clusters with the designs of their cores."""
    if isinstance(cpuinfo, UnreadableAnswer):
        return tuple(_without_design(cluster, cpuinfo.cause) for cluster in clusters)
    are_alike = len({cluster.max_khz for cluster in clusters}) == 1
    named = ((cluster, design_of(cluster.cpus, cpuinfo, are_alike=are_alike)) for cluster in clusters)
    unknown = "/proc/cpuinfo does not describe these cores, or by a number that is not known"
    return tuple(
        _with_design(cluster, core) if core else _without_design(cluster, unknown) for cluster, core in named
    )


def _with_design(cluster: Cluster, core: str) -> Cluster:
    missing = {name: reason for name, reason in cluster.missing.items() if name != "core"}
    return replace(cluster, core=core, missing=missing)


def _without_design(cluster: Cluster, reason: str) -> Cluster:
    return replace(cluster, core=None, missing={**cluster.missing, "core": reason})


def _merged(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}
