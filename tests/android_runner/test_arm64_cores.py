"""The cores that arm64 libraries can be made to believe they run on."""

from pathlib import Path

import numpy as np
import pytest

from android_runner.arm64.cores import BIG, CORES, LITTLE, Core, core_named, cpuinfo, write_core
from android_runner.arm64.kit import find_kit
from android_runner.arm64.runtime import arm64_runtime
from harness.errors import UsageError
from harness.export.fixed_input import fixed_input
from harness.export.phone_run import run_in_phone_runtime
from tests.android_runner.conftest import ask
from tests.export.conftest import SMALL, tiny_program

HWCAPS = {"asimd": 1, "atomics": 8, "fphp": 9, "asimdhp": 10, "asimdrdm": 12, "asimddp": 20}
"""Bits in which Linux tells a program of the instructions that decide on kernels (its uapi/asm/hwcap.h)."""


def test_a_core_is_found_by_its_name() -> None:
    assert core_named("a55") == LITTLE
    assert core_named("a76") == BIG
    with pytest.raises(
        UsageError, match=r"no core 'a57'\. Choose among a53, a55, a72, a73, a75, a76, a78, x1"
    ):
        core_named("a57")


def test_no_two_cores_are_known_by_one_part() -> None:
    assert len({core.part for core in CORES.values()}) == len(CORES)


@pytest.mark.parametrize("core", CORES.values(), ids=lambda core: core.name)
def test_the_emulators_model_has_the_instructions_that_the_core_claims_and_no_more(core: Core) -> None:
    kit = find_kit()
    loader = kit.libraries / "ld-linux-aarch64.so.1"
    said = ask(str(kit.emulator), "-cpu", core.cpu, "-L", kit.root, loader, "--list-diagnostics")
    bits = int(said.partition("dl_hwcap=")[2].split()[0], 16)
    present = {name for name, bit in HWCAPS.items() if bits >> bit & 1}
    assert present == set(core.features.split()) & HWCAPS.keys()


def test_the_files_name_one_such_core(tmp_path: Path) -> None:
    write_core(BIG, tmp_path)
    told = (tmp_path / "proc/cpuinfo").read_text()
    assert "CPU part\t: 0xd0b\n" in told
    assert told.count("processor\t: ") == 1
    cpus = tmp_path / "sys/devices/system/cpu"
    assert {file.name: file.read_text() for file in cpus.iterdir()} == dict.fromkeys(
        ("possible", "present", "online"), "0\n"
    )


def test_several_cores_are_numbered() -> None:
    told = cpuinfo(LITTLE, count=3)
    assert [line for line in told.splitlines() if line.startswith("processor")] == [
        f"processor\t: {number}" for number in range(3)
    ]


def test_the_libraries_choose_their_kernels_by_the_core() -> None:
    program, images = tiny_program(), fixed_input(SMALL, 0)
    outputs = [
        run_in_phone_runtime(program, images, arm64_runtime(core=core)).output for core in (BIG, CORES["x1"])
    ]
    big, other = (output for output in outputs if output is not None)
    assert not np.array_equal(big, other), "one and the same code ran"
    assert np.abs(big - other).max() <= 1e-5 * np.abs(big).max()
