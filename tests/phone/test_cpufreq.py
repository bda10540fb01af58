"""Clusters and clocks from phones with denied files and stopped cores."""

from collections.abc import Mapping

import pytest

from harness.errors import UnreadableAnswer
from harness.phone.cpufreq import clusters_in_words, parse_clocks, parse_cores, parse_cpu_list
from harness.results.records import Cluster, ClusterClock
from tests.phone.sample_phones import answers, clock_files, clocks_answer, cores_answer

ROOT = "/sys/devices/system/cpu"
Files = Mapping[str, str]

# Clusters as `first core-last core lowest-highest MHz`, then the cores, then those that were off.
REAL_PHONES = {
    "alcatel-revvl": ("4-7 286-1508", 5, (0, 7)),
    "alldocube-iwork8": ("0-3 480-1920", 4, ()),
    "galaxy-a8-2016-duos": ("0-3 200-1459.2, 4-7 200-1113.6", 8, (3,)),
    "galaxy-j5": ("0-3 200-1190.4", 4, ()),
    "galaxy-j7-uae": ("0-3 400-1500, 4-7 400-1500", 8, ()),
    "galaxy-s5-global": ("0-3 500-1300, 4-7 800-1900", 8, ()),
    # Each Krait core has a clock of its own; the second last did not tell its lowest one.
    "galaxy-s5-us": ("0-0 300-2457.6, 1-1 300-2457.6, 2-2 ?-2457.6, 3-3 300-2457.6", 4, ()),
    "galaxy-s7-us": ("0-1 307.2-1593.6, 2-3 307.2-2150.4", 4, ()),
    "galaxy-s8-global": ("0-3 455-1690, 4-7 741-2314", 8, ()),
    "galaxy-s8-us": ("0-3 300-1900.8, 4-7 300-2361.6", 8, ()),
    "galaxy-s9-global": ("0-3 455-1794, 4-7 650-2704", 8, ()),
    "galaxy-s9-us": ("0-3 300-1766.4, 4-7 825.6-2803.2", 8, ()),
    "huawei-honor-6": ("0-3 403.2-1305.6, 4-7 806.4-1708.8", 8, ()),
    "huawei-mate-20": ("0-3 830-1805, 4-5 826-1901, 6-7 1460-2600", 8, ()),
    "huawei-mate-8": ("0-3 480-1805, 4-7 480-2304", 8, ()),
    "huawei-mate-9": ("0-3 533-1844, 4-7 903-2362", 8, ()),
    "leagoo-t5c": ("0-3 624-1872, 4-7 624-1872", 8, ()),
    "lenovo-a6600-plus": ("0-3 221-988", 4, ()),
    "lg-k10-eu": ("0-3 200-1209.6", 4, ()),
    "lg-optimus-g-pro": ("0-0 384-1728, 1-1 384-1728", 4, (3,)),
    # Ten cores, most of them off; core 0, which is one of those, shows the clock of 4 to 7.
    "meizu-pro-6": ("4-7 325-2002", 10, (0, 1, 2, 3, 5, 6, 7, 9)),
    "meizu-pro-6s": ("0-3 221-1547, 4-7 325-2002", 10, (0, 1, 2, 3, 7, 9)),
    "meizu-pro-7-plus": ("0-3 249-1898, 4-7 279-2197, 8-9 328-2600", 10, (5, 6, 7, 9)),
    "moto-e-gen1": ("0-0 300-1190.4", 2, (1,)),
    "moto-g-gen1": ("0-0 300-1190.4", 4, (1, 2, 3)),
    "moto-g-gen2": ("0-3 300-1190.4", 4, ()),
    "moto-g-gen3": ("0-3 200-1363.2", 4, ()),
    "moto-g-gen4": ("0-3 960-1516.8, 4-7 806.4-1209.6", 8, (2, 3)),
    "nexus5x": ("0-3 384-1440", 6, (4, 5)),
    "nexus6": ("0-0 300-2649.6, 1-1 300-2649.6", 4, (2, 3)),
    "oneplus-5": ("0-3 300-1900.8, 4-7 300-2457.6", 8, ()),
    "oppo-a37": ("0-3 200-1209.6", 4, ()),
    "padcod-10.1": ("0-3 120-1344", 4, (1, 2, 3)),
    "pixel-xl": ("0-1 307.2-1593.6, 2-3 307.2-2150.4", 4, ()),
    "pixel": ("0-1 307.2-1593.6, 2-3 307.2-2150.4", 4, ()),
    "xiaomi-mi-5c": ("0-3 460.8-1404, 4-7 1843.2-2158", 8, (6, 7)),
    "xiaomi-redmi-note-3": ("0-3 400-1401.6, 4-5 400-1804.8", 6, ()),
    "xperia-c4-dual": ("0-7 468-1690", 8, (1, 2, 3, 4, 5, 6, 7)),
    "xperia-sl": ("0-0 192-1674", 2, (1,)),
    "zenfone-2": ("0-1 500-2333, 2-3 500-2333", 4, ()),
    "zenfone-2e": ("0-1 800-1600, 2-3 800-1600", 4, ()),
}


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
        f"cpu{number}/cpuinfo_min_freq": "300000",
        f"cpu{number}/cpuinfo_max_freq": max_khz,
        f"cpu{number}/scaling_cur_freq": current,
        f"cpu{number}/scaling_max_freq": cap,
    }


def cluster(cpus: tuple[int, ...], max_khz: int) -> Cluster:
    missing = {"core": "not asked for"}
    return Cluster(cpus=cpus, min_khz=300_000, max_khz=max_khz, core=None, missing=missing)


def in_short(clusters: tuple[Cluster, ...]) -> str:
    return ", ".join(
        f"{cluster.cpus[0]}-{cluster.cpus[-1]} "
        f"{'?' if cluster.min_khz is None else f'{cluster.min_khz / 1000:g}'}-{cluster.max_khz / 1000:g}"
        for cluster in clusters
    )


def test_every_sample_is_expected_to_say_something() -> None:
    assert set(REAL_PHONES) == set(answers("cpufreq.txt"))


@pytest.mark.parametrize("phone", REAL_PHONES)
def test_a_real_phones_clusters_and_cores_are_read(phone: str) -> None:
    clusters, count, offline = REAL_PHONES[phone]
    files = clock_files(phone)
    clocks = parse_clocks(clocks_answer(files))
    assert in_short(clocks.clusters) == clusters
    assert [clock.first_cpu for clock in clocks.clocks] == [cluster.cpus[0] for cluster in clocks.clusters]
    assert all(clock.cap_khz is None or clock.cap_khz > 0 for clock in clocks.clocks)
    cores = parse_cores(cores_answer(files))
    assert (cores.count, cores.offline) == (count, offline)


def test_a_held_back_cluster_shows_its_cap() -> None:
    little, big = parse_clocks(clocks_answer(clock_files("galaxy-s9-global"))).clocks
    assert (little.cap_khz, little.max_khz) == (1_794_000, 1_794_000)
    assert (big.cap_khz, big.max_khz) == (1_794_000, 2_704_000)


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        ("huawei-mate-20", "4×1.80 + 2×1.90 + 2×2.60 GHz"),
        ("galaxy-j7-uae", "4×1.50 + 4×1.50 GHz"),
        ("galaxy-s5-us", "4×2.46 GHz"),
        ("galaxy-j5", "4×1.19 GHz"),
    ],
)
def test_clusters_are_put_in_words(phone: str, words: str) -> None:
    assert clusters_in_words(parse_clocks(clocks_answer(clock_files(phone))).clusters) == words


def test_nine_cores_in_three_clusters_are_read() -> None:
    sizes = {range(4): "1704000", range(4, 8): "2367000", range(8, 9): "2914000"}
    files: Files = {}
    for cpus, khz in sizes.items():
        for cpu in cpus:
            files = {**files, **core(cpu, " ".join(map(str, cpus)), khz, khz, khz)}
    clusters = parse_clocks(answer(files)).clusters
    assert [cluster.cpus for cluster in clusters] == [(0, 1, 2, 3), (4, 5, 6, 7), (8,)]
    assert clusters_in_words(clusters) == "4×1.70 + 4×2.37 + 1×2.91 GHz"


def test_complaints_that_stand_apart_from_what_is_told_shift_nothing() -> None:
    files = core(0, "0-3", "1700000", "300000", "1700000") | core(8, "8", "2910000", "500000", "2910000")
    told = {name: content for name, content in files.items() if "scaling" not in name}
    pattern = f"{ROOT}/cpu[0-9]*/cpufreq/scaling_cur_freq"
    names, contents = answer(told).split("\n", 1)
    complaint = f"cat: {pattern}: No such file or directory\n"
    for text in (
        f"{pattern} {names}\n{contents}{complaint}",
        f"{names} {pattern}\n{complaint}{contents}",
    ):
        clocks = parse_clocks(text)
        assert clocks.clusters == (cluster((0, 1, 2, 3), 1_700_000), cluster((8,), 2_910_000))
        assert [clock.current_khz for clock in clocks.clocks] == [None, None]


def test_clusters_are_read_once_each() -> None:
    clocks = parse_clocks(
        answer(
            core(0, "0 1 ", "1800000", "600000", "1800000")
            | core(1, "0 1", "1800000", "600000", "1800000")
            | core(10, "10 11", "2841600", "2419200", "2419200")
        )
    )
    assert clocks.clusters == (
        cluster((0, 1), 1_800_000),
        cluster((10, 11), 2_841_600),
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
    assert parse_clocks(answer(files)).clusters == (cluster((4, 5), 2_000_000),)


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


def test_stopped_cores_count_and_are_named() -> None:
    cores = parse_cores("0,4-7\n0,4-5\n")
    assert (cores.count, cores.offline) == (5, (6, 7))
    assert parse_cores("0-3\n0-3\n").offline == ()


def test_cores_whose_state_is_denied_are_counted_all_the_same() -> None:
    cores = parse_cores("0-7\ncat: /sys/devices/system/cpu/online: Permission denied\n")
    assert (cores.count, cores.offline) == (8, None)
    assert "Permission denied" in cores.missing["offline"]
    denied = "cat: /sys/devices/system/cpu/present: Permission denied\n"
    for text in (f"{denied}0-7\n", f"0-7\n{denied}"):
        with pytest.raises(UnreadableAnswer, match="present"):
            parse_cores(text)
