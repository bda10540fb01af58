"""Cores and their clocks from the files of /sys/devices/system/cpu.

Cores that are switched off have no clock files, and some phones deny some files: what can be read counts.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.phone.answers import unreadable
from harness.results.records import Cluster, ClusterClock, Explained

_ROOT = "/sys/devices/system/cpu"
_FILES = " ".join(
    f"{_ROOT}/cpu[0-9]*/cpufreq/{name}"
    for name in (
        "related_cpus", "cpuinfo_min_freq", "cpuinfo_max_freq", "scaling_cur_freq", "scaling_max_freq",
    )
)  # fmt: skip
# `echo` names the files that `cat` prints, one line each, in the same order, or complains about.
CLOCKS_COMMAND = f"echo {_FILES}; cat {_FILES}"
CORES_COMMAND = f"cat {_ROOT}/present {_ROOT}/online"

_CPU_FILE = re.compile(r"/sys/devices/system/cpu/cpu([0-9]{1,4})/cpufreq/(\w+)")
# `cat: /sys/…/cpuinfo_min_freq: Permission denied`; also of a pattern that fits no file.
_COMPLAINT = re.compile(r"(/sys/devices/system/cpu/[^\s:]+): ")
_MOST_CPUS = 1024

Cpu = int
CpuFiles = dict[Cpu, dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks(Explained):
    """Every cluster whose highest clock is known, lowest core number first."""

    clusters: tuple[Cluster, ...]
    """What they are; their `core` is for others to say."""
    clocks: tuple[ClusterClock, ...]
    """How they are now, in the same order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cores(Explained):
    """The cores that the phone has."""

    count: int
    """Switched off or not."""
    offline: tuple[Cpu, ...] | None
    """Those that are switched off now."""


def parse_clocks(text: str) -> Clocks:
    """Read the answer of CLOCKS_COMMAND.

    Raises:
        UnreadableAnswer: not one line for each file, or no core's highest clock.
    """
    pairs = sorted(_pairs(_files(text)), key=lambda pair: pair[0].cpus)
    if not pairs:
        raise unreadable("cat …/cpufreq/cpuinfo_max_freq", text.partition("\n")[2])
    clusters, clocks = zip(*pairs, strict=True)
    return Clocks(clusters=clusters, clocks=clocks)


def parse_cores(text: str) -> Cores:
    """Read /sys/devices/system/cpu/present and …/online, one line each.

    Raises:
        UnreadableAnswer: no list of cores.
    """
    told, complaints = _told_and_complaints(text.strip())
    rest = iter(told)
    present, online = (
        () if any(f"{_ROOT}/{name}: " in line for line in complaints) else parse_cpu_list(next(rest, ""))
        for name in ("present", "online")
    )
    if not present:
        raise unreadable(f"cat {_ROOT}/present", text)
    if not online:
        said = "\n".join(complaints or told[1:])
        missing = {"offline": unreadable(f"cat {_ROOT}/online", said).cause}
        return Cores(count=len(present), offline=None, missing=missing)
    return Cores(count=len(present), offline=tuple(cpu for cpu in present if cpu not in online))


def parse_cpu_list(text: str) -> tuple[Cpu, ...]:
    """Core numbers as the kernel writes them: `0-3,7` or `0 1 2 3`; empty for anything else."""
    words = re.split(r"[\s,]+", text.strip())
    ranges = [re.fullmatch(r"([0-9]{1,4})(?:-([0-9]{1,4}))?", word) for word in words]
    spans = [range(int(found[1]), int(found[2] or found[1]) + 1) for found in ranges if found]
    cpus = sorted({cpu for span in spans for cpu in span if cpu < _MOST_CPUS})
    return tuple(cpus) if len(spans) == len(words) else ()


def clusters_in_words(clusters: Iterable[Cluster]) -> str:
    """`4×1.80 + 3×2.42 + 1×2.84 GHz`; neighbours that have a clock each are taken together."""

    def key(cluster: Cluster) -> tuple[int, int | None]:
        return cluster.max_khz, None if len(cluster.cpus) == 1 else cluster.cpus[0]

    groups = [(khz, list(group)) for (khz, _), group in itertools.groupby(clusters, key)]
    shown = [f"{sum(len(cluster.cpus) for cluster in group)}×{khz / 1e6:.2f}" for khz, group in groups]
    return f"{' + '.join(shown)} GHz"


def _told_and_complaints(text: str) -> tuple[list[str], list[str]]:
    """What files hold, in order, and complaints, which name their file and stand anywhere among it."""
    lines = text.split("\n")
    complaints = [line for line in lines if _COMPLAINT.search(line)]
    return [line for line in lines if not _COMPLAINT.search(line)], complaints


def _files(text: str) -> CpuFiles:
    """Content by core and name."""
    names, _, contents = text.partition("\n")
    told, complaints = _told_and_complaints(contents.removesuffix("\n"))
    denied = {found[1] for line in complaints if (found := _COMPLAINT.search(line))}
    paths = [path for path in names.split() if path not in denied]
    if len(paths) != len(told):
        raise unreadable(f"cat of {len(paths)} clock files", contents)
    files: CpuFiles = {}
    for path, line in zip(paths, told, strict=True):
        if found := _CPU_FILE.fullmatch(path):
            files.setdefault(int(found[1]), {})[found[2]] = line.strip()
    return files


def _pairs(files: CpuFiles) -> Iterator[tuple[Cluster, ClusterClock]]:
    """Each cluster whose highest clock is told, once."""
    claimed: set[Cpu] = set()
    for cpu in sorted(files):
        max_khz = _khz(files[cpu], "cpuinfo_max_freq")
        # On some phones a stopped core shows the clock of a cluster to which it does not belong.
        related = parse_cpu_list(files[cpu].get("related_cpus", "")) or (cpu,)
        members = tuple(member for member in related if member not in claimed)
        if max_khz and members:
            claimed.update(members)
            told = (files.get(of, {}) for of in (cpu, *members))
            yield _cluster(members, max_khz, told), _clock(members, max_khz, files)


def _cluster(members: tuple[Cpu, ...], max_khz: int, files: Iterable[Mapping[str, str]]) -> Cluster:
    lowest = (_khz(of, "cpuinfo_min_freq") for of in files)
    min_khz = next((khz for khz in lowest if khz and khz <= max_khz), None)
    missing = {"core": "not asked for"}
    if min_khz is None:
        missing["min_khz"] = "the phone does not tell cpuinfo_min_freq"
    return Cluster(cpus=members, min_khz=min_khz, max_khz=max_khz, core=None, missing=missing)


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
    found = re.fullmatch(r"[0-9]{1,9}", files.get(name, ""))
    return int(found[0]) or None if found else None
