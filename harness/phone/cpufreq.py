"""Cores and their clocks from the files of /sys/devices/system/cpu.

Cores that are switched off have no clock files, and some phones deny some files: what can be read counts.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.phone.answers import unreadable
from harness.results.records import Cluster, ClusterClock, Explained

_FILES = " ".join(
    f"/sys/devices/system/cpu/cpu[0-9]*/cpufreq/{name}"
    for name in ("related_cpus", "cpuinfo_max_freq", "scaling_cur_freq", "scaling_max_freq")
)
# `echo` names the files that `cat` prints or complains about, one line each, in the same order.
CLOCKS_COMMAND = f"echo {_FILES}; cat {_FILES}"
CORES_COMMAND = "cat /sys/devices/system/cpu/present"

_CPU_FILE = re.compile(r"/sys/devices/system/cpu/cpu(\d{1,4})/cpufreq/(\w+)")
_MOST_CPUS = 1024

Cpu = int
CpuFiles = dict[Cpu, dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks(Explained):
    """Every cluster whose highest clock is known, lowest core number first."""

    clusters: tuple[Cluster, ...]
    """What they are."""
    clocks: tuple[ClusterClock, ...]
    """How they are now, in the same order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cores(Explained):
    """The cores that the phone has, switched off or not."""

    count: int


def parse_clocks(text: str) -> Clocks:
    """Read the answer of CLOCKS_COMMAND.

    Raises:
        UnreadableAnswer: not one line for each file, or no core's highest clock.
    """
    files = _files(text)
    clusters: list[Cluster] = []
    clocks: list[ClusterClock] = []
    claimed: set[Cpu] = set()
    for cpu in sorted(files):
        max_khz = _khz(files[cpu], "cpuinfo_max_freq")
        # On some phones a stopped core shows the clock of a cluster to which it does not belong.
        related = parse_cpu_list(files[cpu].get("related_cpus", "")) or (cpu,)
        members = tuple(member for member in related if member not in claimed)
        if max_khz and members:
            claimed.update(members)
            clusters.append(Cluster(cpus=members, max_khz=max_khz))
            clocks.append(_clock(members, max_khz, files))
    if not clusters:
        raise unreadable("cat …/cpufreq/cpuinfo_max_freq", text.partition("\n")[2])
    return Clocks(clusters=tuple(clusters), clocks=tuple(clocks))


def parse_cores(text: str) -> Cores:
    """Read /sys/devices/system/cpu/present.

    Raises:
        UnreadableAnswer: no list of cores.
    """
    cpus = parse_cpu_list(text)
    if not cpus:
        raise unreadable(CORES_COMMAND, text)
    return Cores(count=len(cpus))


def parse_cpu_list(text: str) -> tuple[Cpu, ...]:
    """Core numbers as the kernel writes them: `0-3,7` or `0 1 2 3`; empty for anything else."""
    words = re.split(r"[\s,]+", text.strip())
    ranges = [re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", word) for word in words]
    spans = [range(int(found[1]), int(found[2] or found[1]) + 1) for found in ranges if found]
    cpus = sorted({cpu for span in spans for cpu in span if cpu < _MOST_CPUS})
    return tuple(cpus) if len(spans) == len(words) else ()


def _files(text: str) -> CpuFiles:
    names, _, contents = text.partition("\n")
    paths, lines = names.split(), contents.removesuffix("\n").split("\n")
    if len(paths) != len(lines):
        raise unreadable(f"cat of {len(paths)} clock files", contents)
    files: CpuFiles = {}
    for path, line in zip(paths, lines, strict=True):
        if found := _CPU_FILE.fullmatch(path):
            files.setdefault(int(found[1]), {})[found[2]] = line.strip()
    return files


def _clock(members: Sequence[Cpu], max_khz: int, files: CpuFiles) -> ClusterClock:
    """The cluster's clock by the first core that tells it: some phones deny core 0 alone."""
    current = (_khz(files.get(cpu, {}), "scaling_cur_freq") for cpu in members)
    caps = (_khz(files.get(cpu, {}), "scaling_max_freq") for cpu in members)
    return ClusterClock(
        first_cpu=members[0],
        current_khz=next(filter(None, current), None),
        cap_khz=next(filter(None, caps), None),
        max_khz=max_khz,
    )


def _khz(files: Mapping[str, str], name: str) -> int | None:
    """The file's number; None if it is denied, empty or 0, which stopped cores show."""
    found = re.fullmatch(r"\d{1,9}", files.get(name, ""))
    return int(found[0]) or None if found else None
