"""Designs of cores and the machine's name, as the kernels of 42 real phones tell them."""

import pytest

from harness.errors import UnreadableAnswer
from harness.phone.core_designs import core_design
from harness.phone.cpuinfo import design_of, parse_cpuinfo
from harness.phone.soc import find_soc
from tests.phone.sample_phones import answers

A5, A7, A15, A53, A55, A57, A72, A73, A76 = (
    f"Cortex-A{number}" for number in (5, 7, 15, 53, 55, 57, 72, 73, 76)
)
Runs = tuple[tuple[int, int, str], ...]

EACH: dict[str, tuple[str | None, Runs]] = {
    # Chip by `Hardware` or the processor's own name, then runs of cores: first, last, design.
    "alcatel-revvl": ("MediaTek MT6738", ((4, 4, A53),)),
    "alldocube-iwork8": ("Intel Atom x5-Z8350", ((0, 3, "Intel Atom x5-Z8350"),)),
    "blu-r1-hd": ("MediaTek MT6735", ((0, 3, A53),)),
    "galaxy-j5": ("Qualcomm MSM8916", ((0, 3, A53),)),
    "galaxy-s5-global": ("Samsung Exynos 5422", ((0, 3, A7), (4, 7, A15))),
    "galaxy-s9-us": ("Qualcomm SDM845", ((0, 3, "Kryo 3xx Silver"), (4, 7, "Kryo 3xx Gold"))),
    "galaxy-tab-3-lite": ("UNISOC SC8830", ((0, 0, A7),)),
    "huawei-mate-20": (None, ((0, 3, A55), (4, 7, A76))),
    "huawei-mate-8": (None, ((0, 3, A53), (4, 7, A72))),
    "huawei-mate-9": (None, ((0, 3, A53), (4, 7, A73))),
    "huawei-p20-pro": (None, ((0, 3, A53), (4, 7, A73))),
    "leagoo-t5c": ("UNISOC SC9853I", ((0, 7, "Spreadtrum SC9853I-IA"),)),
    "lenovo-vibe-x2": ("MediaTek MT6595", ((0, 0, A7),)),
    "lg-k10-eu": ("Qualcomm MSM8916", ((0, 3, A53),)),
    "meizu-pro-6": ("MediaTek MT6797T", ((4, 6, A53),)),
    "meizu-pro-6s": ("MediaTek MT6797T", ((0, 2, A53), (4, 7, A53))),
    "memo-pad-7": ("Intel Atom Z3745", ((0, 3, "Intel Atom Z3745"),)),
    "moto-g-gen4": ("Qualcomm MSM8952", ((0, 7, A53),)),
    "moto-g-gen5": ("Qualcomm MSM8937", ((0, 7, A53),)),
    "nexus6": ("Qualcomm APQ8084", ((0, 3, "Krait"),)),
    "nexus9": (None, ((0, 1, "Denver"),)),
    "oneplus-5": ("Qualcomm MSM8998", ((0, 3, "Kryo 2xx Silver"), (4, 7, "Kryo 2xx Gold"))),
    "oppo-r15": ("MediaTek MT6771V/C", ((0, 3, A53), (4, 7, A73))),
    "padcod-10.1": ("Allwinner sun8i", ((0, 0, A7),)),
    "pixel-8": (None, ((0, 3, "Cortex-A510"), (4, 7, "Cortex-A715"), (8, 8, "Cortex-X3"))),
    "pixel-c": (None, ((0, 3, A57),)),
    "scaleway": (None, ((0, 5, "ThunderX"),)),
    "xiaomi-mi-5c": (None, ((0, 5, A53),)),
    "xiaomi-redmi-note-4": ("Qualcomm MSM8953", ((0, 7, A53),)),
    "xperia-c4-dual": ("MediaTek MT6752", ((0, 0, A53),)),
    "zenfone-2e": ("Intel Atom Z2560", ((0, 3, "Intel Atom Z2560"),)),
    "zenfone-c": ("Intel Atom Z2520", ((0, 3, "Intel Atom Z2520"),)),
}
ONE_FOR_ALL: dict[str, tuple[str | None, str]] = {
    # These kernels describe one core below the list of all.
    "galaxy-s3-us": (None, "Krait"),
    "galaxy-s5-us": ("Qualcomm MSM8974PRO-AC", "Krait"),
    "galaxy-win-duos": ("Qualcomm MSM8625Q", A5),
    "huawei-p8-lite": ("HiSilicon Kirin 620 (Hi6210)", A53),
    "huawei-p9-lite": ("HiSilicon Kirin 650/655/658/659 (Hi6250)", A53),
    "moto-g-gen1": ("Qualcomm MSM8226", A7),
    "nexus10": ("Samsung Exynos 5250", A15),
    "nexus6p": ("Qualcomm MSM8994", A53),
    "oppo-a37": ("Qualcomm MSM8916", A53),
    "xiaomi-redmi-note-3": ("Qualcomm MSM8956", A53),
}


def test_every_sample_is_expected_to_say_something() -> None:
    assert set(EACH) | set(ONE_FOR_ALL) == set(answers("cpuinfo.txt"))


@pytest.mark.parametrize("name", EACH)
def test_a_kernel_that_describes_each_core_is_believed_for_each(name: str) -> None:
    soc, runs = EACH[name]
    cpuinfo = parse_cpuinfo(answers("cpuinfo.txt")[name])
    assert cpuinfo.designs == {cpu: design for first, last, design in runs for cpu in range(first, last + 1)}
    assert cpuinfo.shared is None
    said = find_soc({}, cpuinfo.hardware, cpuinfo.x86_model)
    assert (said.value if said else None) == soc


@pytest.mark.parametrize("name", ONE_FOR_ALL)
def test_a_kernel_that_describes_one_core_is_believed_for_phones_of_like_cores_alone(name: str) -> None:
    soc, design = ONE_FOR_ALL[name]
    cpuinfo = parse_cpuinfo(answers("cpuinfo.txt")[name])
    assert cpuinfo.designs == {}
    assert design_of((0, 1), cpuinfo, are_alike=True) == design
    assert design_of((0, 1), cpuinfo, are_alike=False) is None
    said = find_soc({}, cpuinfo.hardware, cpuinfo.x86_model)
    assert (said.value if said else None) == soc


def test_the_exact_name_in_hardware_goes_before_the_family_in_a_property() -> None:
    said = find_soc({"ro.board.platform": "msm8953"}, "Qualcomm Technologies, Inc SDM632", None)
    assert said is not None
    assert (said.value, said.source) == ("Qualcomm SDM632", "/proc/cpuinfo Hardware")


def test_an_x86_processors_name_goes_before_its_code_name() -> None:
    said = find_soc({"ro.board.platform": "baytrail"}, None, "Intel Atom Z3745")
    assert said is not None
    assert (said.value, said.source) == ("Intel Atom Z3745", "/proc/cpuinfo model name")


def test_cores_of_one_cluster_that_differ_have_no_common_design() -> None:
    cpuinfo = parse_cpuinfo(answers("cpuinfo.txt")["pixel-8"])
    assert design_of((7, 8), cpuinfo, are_alike=False) is None
    assert design_of((8,), cpuinfo, are_alike=False) == "Cortex-X3"
    assert design_of((9, 10), cpuinfo, are_alike=False) is None


def test_a_part_that_is_not_known_is_no_guess() -> None:
    cpuinfo = parse_cpuinfo("processor : 0\nCPU implementer : 0x41\nCPU part : 0xfff\n")
    assert cpuinfo.designs == {0: None}
    assert design_of((0,), cpuinfo, are_alike=True) is None


def test_a_kernel_for_one_core_alone_gives_it_no_number() -> None:
    text = (
        "Processor\t: ARMv7 Processor rev 2 (v7l)\nBogoMIPS\t: 994.65\nCPU implementer\t: 0x41\n"
        "CPU architecture: 7\nCPU variant\t: 0x2\nCPU part\t: 0xc08\n\nHardware\t: herring\n"
    )
    cpuinfo = parse_cpuinfo(text)
    assert cpuinfo.designs == {0: "Cortex-A8"}
    said = find_soc({}, cpuinfo.hardware, cpuinfo.x86_model)
    assert said is not None
    assert said.value == "Samsung S5PC110"


def test_the_exynos_8895s_core_is_told_by_its_variant() -> None:
    assert core_design(0x53, 0x001, 1) == "Exynos M1"
    assert core_design(0x53, 0x001, 4) == "Exynos M2"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cat: /proc/cpuinfo: Permission denied\n",
        "Hardware : MT6735\n",
        "processor : -1\n",
        "processor : ٣\n",
        "processor : 99999999\n",
    ],
)
def test_a_file_that_lists_no_core_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableAnswer):
        parse_cpuinfo(text)
