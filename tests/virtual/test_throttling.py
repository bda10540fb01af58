"""What throttles a virtual phone, alone and at once, and what its files say then."""

from pathlib import Path

import pytest

from harness.virtual.faults import AfterBytes, Fault
from harness.virtual.system.throttling import Throttling

CORE = "sys/devices/system/cpu/cpu0/cpufreq"


@pytest.fixture
def clocks(tmp_path: Path) -> Path:
    folder = tmp_path / CORE
    folder.mkdir(parents=True)
    for name in ("cpuinfo_max_freq", "scaling_max_freq", "scaling_cur_freq", "scaling_min_freq"):
        (folder / name).write_text("300\n" if "min" in name else "2000\n")
    (folder / "scaling_max_freq").chmod(0o444)
    return folder


def throttle(share: float, status: int) -> Fault:
    return Fault(kind="throttle", trigger=AfterBytes(0), share=share, status=status)


def test_of_several_throttles_the_lowest_counts_and_the_last_to_end_gives_everything_back(
    tmp_path: Path, clocks: Path
) -> None:
    statuses: list[int] = []
    throttling = Throttling(tmp_path, lambda: statuses.append(throttling.status))
    mild, hard = throttle(0.8, 2), throttle(0.5, 3)

    def caps() -> list[int]:
        return [int((clocks / f"scaling_{name}_freq").read_text()) for name in ("max", "cur", "min")]

    seen = []
    for step, fault in (("begin", mild), ("begin", hard), ("begin", mild), ("end", mild)):
        getattr(throttling, step)(fault)
        seen.append(caps())
    assert seen == [[1600, 1600, 300], [1000, 1000, 300], [1000, 1000, 300], [1000, 1000, 300]]
    throttling.end(hard)
    assert caps() == [1600, 1600, 300], "the other one still lasts"
    throttling.end(mild)
    assert caps() == [2000, 2000, 300]
    assert statuses == [2, 3, 3, 3, 2, 0]
    assert (clocks / "scaling_max_freq").stat().st_mode & 0o777 == 0o444


def test_what_a_reboot_has_ended_does_not_end_again(tmp_path: Path, clocks: Path) -> None:
    throttling = Throttling(tmp_path, lambda: None)
    before, after = throttle(0.5, 3), throttle(0.25, 4)
    throttling.begin(before)
    throttling.end_all()
    assert (clocks / "scaling_max_freq").read_text() == "2000\n"
    throttling.begin(after)
    throttling.end(before)
    assert throttling.status == 4
    assert (clocks / "scaling_max_freq").read_text() == "500\n"
