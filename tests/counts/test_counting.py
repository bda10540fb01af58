"""Counts by the emulator: the same everywhere, put down to the right code, and of the right bytes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from android_runner.arm64.cores import BIG, CORES, LITTLE
from harness.counts.counter import COUNTED, Counted, Counter, command_line, lay_out
from harness.counts.measurement import Span, read_measurement
from harness.counts.parts import PARTS, Attribution
from harness.errors import SetupIncomplete, UnreadableModel
from harness.export.artifact import ExportedModel
from harness.export.proof import relative_error
from tests.counts.conftest import Export, count_now, exported


class Convolution(nn.Module):
    def __init__(self, channels: int = 8) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(8, channels, 1)

    def forward(self, images: Tensor) -> Tensor:
        return torch.relu(self.convolution(images))


class Moving(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images.permute(0, 2, 3, 1).contiguous()


class Adding(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images + images


class Exponential(nn.Module):
    """On arm64 ATen calls the C library for each element."""

    def forward(self, images: Tensor) -> Tensor:
        return torch.exp(images)


class ManySmall(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        total = images[0, 0, 0, 0]
        for _ in range(100):
            total = total + 1.0
        return total


@dataclass(frozen=True)
class Wide:
    """A convolution as elbench exports it, and its count on a large core."""

    model: ExportedModel
    counted: Counted


@pytest.fixture(scope="module")
def wide(counter: Counter, tmp_path_factory: pytest.TempPathFactory) -> Wide:
    model = exported(Convolution(64), tmp_path_factory.mktemp("wide"), (1, 8, 64, 64), fast=True)
    return Wide(model, count_now(counter, model))


def shares(counted: Counted) -> dict[str, float]:
    (steady,) = counted.measurement.of(Span.STEADY)
    return dict(zip(PARTS, steady / steady.sum(), strict=True))


def everything(counted: Counted) -> tuple[object, ...]:
    measured = counted.measurement
    return (
        measured.kinds.tolist(),
        measured.instructions.tolist(),
        measured.bytes_loaded.tolist(),
        measured.bytes_stored.tolist(),
        counted.output.tobytes(),
    )


@contextmanager
def busy_machine() -> Iterator[None]:
    loads = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        yield
    finally:
        for load in loads:
            load.kill()
            load.wait()


def test_fresh_processes_agree_to_the_instruction_under_load_and_from_another_folder(
    counter: Counter, export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = export(Convolution())
    first = everything(count_now(counter, model))
    with busy_machine():
        assert everything(count_now(counter, model)) == first

    elsewhere = tmp_path / "a folder, with a comma and a much longer name" / "below"
    elsewhere.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("A_LARGE_ENVIRONMENT", "x" * 10_000)
    assert everything(count_now(counter, model)) == first
    assert list(elsewhere.iterdir()) == []


BLOCK_SIZE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/stat.h>
#define TOLD(name, arguments, passed) \\
  int name arguments { \\
    int result = ((int(*) arguments)dlsym(RTLD_NEXT, #name)) passed; \\
    if (!result && S_ISREG(status->st_mode)) status->st_blksize = 1 << 20; \\
    return result; \\
  }
TOLD(fstat64, (int file, struct stat64 *status), (file, status))
TOLD(stat64, (const char *path, struct stat64 *status), (path, status))
TOLD(fstatat64, (int at, const char *path, struct stat64 *status, int flags), (at, path, status, flags))
"""


def test_a_file_system_with_other_blocks_counts_the_same(
    counter: Counter, wide: Wide, tmp_path: Path
) -> None:
    """As network file systems have; they decide how large a buffer the C library gives to a file."""
    library = tmp_path / "blocks.so"
    compiler = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", library, "-ldl"]
    subprocess.run(compiler, input=BLOCK_SIZE, text=True, check=True)
    emulator = tmp_path / "emulator"
    emulator.write_text(
        f'#!/bin/sh\nexec env -i LD_PRELOAD={library} {counter.emulator} -U LD_PRELOAD "$@"\n'
    )
    emulator.chmod(0o755)
    there = count_now(replace(counter, emulator=emulator), wide.model)
    assert everything(there) == everything(wide.counted)


@pytest.mark.parametrize(
    ("module", "part", "least"),
    [
        (Moving(), "layout_copies", 0.9),
        (Adding(), "other_aten", 0.6),
        (Exponential(), "libm", 0.6),
        (ManySmall(), "interpreter", 0.25),
    ],
    ids=["layout_copies", "other_aten", "libm", "interpreter"],
)
def test_instructions_are_put_down_to_what_the_model_does(
    counter: Counter, export: Export, module: nn.Module, part: str, least: float
) -> None:
    check_share(count_now(counter, export(module, (1, 8, 64, 64))), part, least)


def test_a_convolution_that_elbench_exported_is_put_down_to_xnnpack(wide: Wide) -> None:
    check_share(wide.counted, "xnnpack", 0.8)


def check_share(counted: Counted, part: str, least: float) -> None:
    found = shares(counted)
    assert found[part] >= least, {name: round(float(share), 4) for name, share in found.items()}
    assert sum(found.values()) == pytest.approx(1)


def test_bytes_read_off_the_instructions_are_those_that_the_emulator_sees(
    counter: Counter, export: Export, tmp_path: Path
) -> None:
    model = export(Convolution(24))
    for core in (BIG, CORES["a53"]):
        folder = tmp_path / core.name
        folder.mkdir()
        lay_out(folder, counter, model, core)
        command = [
            f"{word},check=on" if COUNTED in word else word for word in command_line(counter, model, core)
        ]
        subprocess.run(command, cwd=folder, env={}, check=True, timeout=120)
        seen = np.fromfile(folder / COUNTED / "traffic", "<u8").reshape(-1, 2)
        counted = read_measurement(folder / COUNTED, Attribution({}, {}), operators=2)
        assert seen.min() > 0
        np.testing.assert_array_equal(seen[:, 0], counted.bytes_loaded)
        np.testing.assert_array_equal(seen[:, 1], counted.bytes_stored)


def test_each_operator_has_its_name_its_inputs_and_its_share(counter: Counter, export: Export) -> None:
    counted = count_now(counter, export(Convolution(16)))
    assert counted.report.operators == [
        ("aten::conv2d", ((1, 8, 32, 32), (16, 8, 1, 1), (16,))),
        ("aten::relu", ((1, 16, 32, 32),)),
    ]
    convolution, relu = counted.measurement.of(Span.OPERATOR).sum(axis=1)
    (steady,) = counted.measurement.of(Span.STEADY).sum(axis=1)
    assert convolution > relu > 0
    assert 0.9 < (convolution + relu) / steady <= 1


def test_a_core_chooses_the_kernels(counter: Counter, wide: Wide) -> None:
    little = count_now(counter, wide.model, LITTLE)
    assert shares(wide.counted) != shares(little)
    for counted in (wide.counted, little):
        assert relative_error(counted.output, wide.model.reference) < 1e-6


def test_a_program_that_the_phones_runtime_lacks_an_operator_for_is_refused(
    counter: Counter, export: Export
) -> None:
    class Attention(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return nn.functional.scaled_dot_product_attention(images, images, images)

    with pytest.raises(UnreadableModel, match=r"does not load .*ops cannot be found.*elbench preflight"):
        count_now(counter, export(Attention()))


def test_an_input_of_another_shape_is_refused_while_running(counter: Counter, export: Export) -> None:
    model = export(Convolution())
    spec = replace(model.artifact.inputs[0], shape=(1, 4, 64, 32))
    other = replace(model, artifact=replace(model.artifact, inputs=(spec,)))
    with pytest.raises(UnreadableModel, match="does not run") as refused:
        count_now(counter, other)
    assert "\n" not in str(refused.value)


def test_an_emulator_that_fails_is_named_in_one_line(
    counter: Counter, export: Export, tmp_path: Path
) -> None:
    broken = tmp_path / "qemu-aarch64"
    broken.write_text("#!/bin/sh\necho no such plugin >&2\nexit 1\n")
    broken.chmod(0o755)
    model = export(Convolution())
    for emulator, why in ((broken, "ends with 1: no such plugin"), (tmp_path / "nowhere", "No such file")):
        with pytest.raises(SetupIncomplete, match=why) as failed:
            count_now(replace(counter, emulator=emulator), model)
        assert "\n" not in str(failed.value)
