"""Clusters and clocks from phones with denied files and stopped cores."""

from collections.abc import Mapping

import pytest

from harness.errors import UnreadableAnswer
from harness.phone.cpufreq import parse_clocks, parse_cores, parse_cpu_list
from harness.results.records import Cluster, ClusterClock

ROOT = "/sys/devices/system/cpu"
Files = Mapping[str, str]


def answer(files: Files) -> str:
    """What the phone prints for these files, by `cpu0/scaling_cur_freq`."""
    paths = [f"{ROOT}/{name.replace('/', '/cpufreq/')}" for name in files]
    lines = [
        f"cat: {path}: {content}" if content.endswith("denied") else content
        for path, content in zip(paths, files.values(), strict=True)
    ]
    return " ".join(paths) + "\n" + "".join(f"{line}\n" for line in lines)


def core(number: int, related: str, max_khz: str, current: str, cap: str) -> Files:
    return {
        f"cpu{number}/related_cpus": related,
        f"cpu{number}/cpuinfo_max_freq": max_khz,
        f"cpu{number}/scaling_cur_freq": current,
        f"cpu{number}/scaling_max_freq": cap,
    }


def test_clusters_are_read_once_each() -> None:
    clocks = parse_clocks(
        answer(
            core(0, "0 1 ", "1800000", "600000", "1800000")
            | core(1, "0 1", "1800000", "600000", "1800000")
            | core(10, "10 11", "2841600", "2419200", "2419200")
        )
    )
    assert clocks.clusters == (
        Cluster(cpus=(0, 1), max_khz=1_800_000),
        Cluster(cpus=(10, 11), max_khz=2_841_600),
    )
    assert clocks.clocks == (
        ClusterClock(first_cpu=0, current_khz=600_000, cap_khz=1_800_000, max_khz=1_800_000),
        ClusterClock(first_cpu=10, current_khz=2_419_200, cap_khz=2_419_200, max_khz=2_841_600),
    )


def test_a_file_that_core_0_denies_is_read_from_its_neighbour() -> None:
    files = core(0, "0 1", "1500000", "300000", "Permission denied") | core(
        1, "0 1", "1500000", "300000", "1200000"
    )
    assert parse_clocks(answer(files)).clocks == (
        ClusterClock(first_cpu=0, current_khz=300_000, cap_khz=1_200_000, max_khz=1_500_000),
    )


@pytest.mark.parametrize("content", ["Permission denied", "<unknown>", "", "0"])
def test_a_clock_that_no_core_tells_is_unknown_and_never_zero(content: str) -> None:
    (clock,) = parse_clocks(answer(core(0, "0", "1500000", content, content))).clocks
    assert (clock.current_khz, clock.cap_khz) == (None, None)


def test_a_stopped_core_that_shows_another_clusters_clock_does_not_join_it() -> None:
    files = core(0, "4 5", "2000000", "2000000", "2000000") | core(4, "4 5", "2000000", "2000000", "2000000")
    assert parse_clocks(answer(files)).clusters == (Cluster(cpus=(4, 5), max_khz=2_000_000),)


def test_cores_that_name_no_neighbours_stand_alone() -> None:
    files = core(0, "Permission denied", "1190400", "300000", "1190400") | core(
        1, "Permission denied", "1190400", "787200", "1190400"
    )
    assert [cluster.cpus for cluster in parse_clocks(answer(files)).clusters] == [(0,), (1,)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        answer(core(0, "0", "Permission denied", "300000", "300000")),
        f"{ROOT}/cpu[0-9]*/cpufreq/related_cpus\ncat: {ROOT}/cpu[0-9]*/cpufreq/related_cpus: No such file\n",
        answer(core(0, "0", "1500000", "300000", "300000")) + "one line too many\n",
    ],
)
def test_clocks_that_cannot_be_told_are_unreadable(text: str) -> None:
    with pytest.raises(UnreadableAnswer):
        parse_clocks(text)


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("0-3,7\n", (0, 1, 2, 3, 7)),
        ("0 1 2 3 \n", (0, 1, 2, 3)),
        ("0\r\n", (0,)),
        ("", ()),
        ("0-x", ()),
        ("7-0", ()),
    ],
)
def test_lists_of_cores_are_read(text: str, cpus: tuple[int, ...]) -> None:
    assert parse_cpu_list(text) == cpus


def test_stopped_cores_count() -> None:
    assert parse_cores("0,4-7\n").count == 5
    with pytest.raises(UnreadableAnswer, match="Permission denied"):
        parse_cores("cat: /sys/devices/system/cpu/present: Permission denied\n")
