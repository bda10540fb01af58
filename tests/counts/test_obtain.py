"""Counts as records: proved, kept, and equal to what was published."""

import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from android_runner.arm64.kit import library_place
from harness.counts.baseline import compare_with
from harness.counts.obtain import ready_to_count
from harness.counts.ready import ready_counter
from harness.errors import ExportRefused, SetupIncomplete, UsageError
from harness.export.cache import ArtifactCache
from harness.export.identify import identify
from harness.export.obtain import obtain
from harness.places import cache_folder
from harness.results.records import Count
from tests.counts.conftest import Export
from tests.counts.test_counting import Convolution

PUBLISHED_M = {
    ("mobilenet_v3_small", "documented"): 50.4,
    ("shufflenet_v2_x0_5", "channel_shuffle+channels_last"): 23.3,
}
"""Millions of instructions on a76 as they were first counted, by other programs than these, of the same
exports; rounded to 0.1."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A cache with nothing in it but what `make arm64` set up."""
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "arm64").symlink_to(cache_folder(os.environ) / "arm64")
    return {**os.environ, "ELBENCH_CACHE": str(cache)}


def emulator_that_notes(folder: Path) -> Path:
    """A folder for PATH whose emulator notes each program that it is to run."""
    real = shutil.which("qemu-aarch64")
    assert real
    emulator = folder / "bin" / "qemu-aarch64"
    emulator.parent.mkdir()
    emulator.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] || echo run >> "{folder}/noted"\nexec {real} "$@"\n'
    )
    emulator.chmod(0o755)
    return emulator.parent


def test_a_file_is_counted_once_and_again_only_when_asked(
    export: Export, environment: dict[str, str], tmp_path: Path
) -> None:
    model = export(Convolution())
    environment["PATH"] = f"{emulator_that_notes(tmp_path)}:{environment['PATH']}"
    noted = tmp_path / "noted"

    def counts(*cores: str, fresh: bool = False) -> tuple:
        return ready_to_count(cores, environment).counts_of([model], fresh=fresh)

    first = counts("a55", "a76")
    assert [one.core for one in first] == ["a55", "a76"]
    assert noted.read_text() == "run\n" * 2
    assert counts("a76") == first[1:]
    assert noted.read_text() == "run\n" * 2
    assert counts("a76", fresh=True) == first[1:]
    assert noted.read_text() == "run\n" * 3

    cut, edited = (tmp_path / "cache/counts").iterdir()
    cut.write_text("{")
    edited.write_text(re.sub(r'"instructions":(\d)', r'"instructions":1\1', edited.read_text(), count=1))
    assert counts("a55", "a76") == first


def test_a_count_says_what_was_counted_and_its_parts_add_up(
    export: Export, environment: dict[str, str]
) -> None:
    model = export(Convolution(64), fast=True)
    (count,) = ready_to_count(["a76"], environment).counts_of([model])
    assert sum(count.parts.values()) == count.instructions
    assert count.first_instructions > count.instructions
    assert count.load_instructions > 0
    assert count.bytes_loaded > count.bytes_stored > 0
    assert 0 < count.output_error < 1e-6
    assert (count.artifact_sha256, count.recipe) == (model.artifact.sha256, model.artifact.recipe)
    assert count.runtime.startswith("PyTorch Mobile 1.12.2 arm64-v8a (")
    assert count.emulator.startswith("qemu ")


class Doubled(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images.reshape(-1) * 2


def test_another_shape_of_the_same_input_is_another_count(
    export: Export, environment: dict[str, str]
) -> None:
    counting = ready_to_count(["a76"], environment)
    long, flat = export(Doubled(), (1, 8, 4, 256)), export(Doubled(), (1, 1, 1, 8192))
    assert (long.artifact.sha256, long.artifact.input_sha256) == (
        flat.artifact.sha256,
        flat.artifact.input_sha256,
    )
    first, second = (counting.counts_of([model])[0] for model in (long, flat))
    assert first.operators[0].inputs != second.operators[0].inputs
    assert counting.counts_of([flat], fresh=True) == (second,)


class TwoLayers(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = Convolution(16), nn.Conv2d(8, 16, 3)
        self.last = nn.Conv2d(16, channels, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        return self.last(torch.relu(self.second(images)) + self.first(images)[:, :, 1:-1, 1:-1])


def test_a_change_of_one_layer_shows_there_and_another_export_of_it_too(
    export: Export, environment: dict[str, str]
) -> None:
    def counted(channels: int, *, fast: bool) -> Count:
        torch.manual_seed(0)
        (count,) = ready_to_count(["a76"], environment).counts_of([export(TwoLayers(channels), fast=fast)])
        return count

    small, again, wide, plain = (
        counted(8, fast=True),
        counted(8, fast=True),
        counted(24, fast=True),
        counted(8, fast=False),
    )
    assert again == small
    (compared,) = compare_with([small], [wide])
    assert compared.change == "grew"
    assert compared.operators[0].layer == "3×3 conv 16 → 24"
    assert compared.operators[0].inputs == ((1, 16, 30, 30),)
    assert compared.operators[0].by > 0.95 * (wide.instructions - small.instructions)
    assert plain.artifact_sha256 != small.artifact_sha256
    assert plain.instructions != small.instructions


def test_a_name_that_changed_is_not_taken_from_the_cache(export: Export, environment: dict[str, str]) -> None:
    model = export(Convolution())
    ready_to_count(["a76"], environment).counts_of([model])
    renamed = replace(model, artifact=replace(model.artifact, model="renamed"))
    (count,) = ready_to_count(["a76"], environment).counts_of([renamed])
    assert count.model == "renamed"


def test_what_computes_something_else_is_not_counted(export: Export, environment: dict[str, str]) -> None:
    model = export(Convolution())
    counting = ready_to_count(["a76"], environment)
    with pytest.raises(ExportRefused, match=r"model\.ptl: .*arm64 runtime on a76.*eager PyTorch, float64"):
        ready_to_count(["a76"], environment).counts_of([replace(model, reference=model.reference * 1.001)])
    with pytest.raises(ExportRefused, match="differs by inf"):
        counting.counts_of([replace(model, reference=np.zeros((1, 2)))])


def test_one_model_that_fails_costs_no_count_of_another(
    export: Export, environment: dict[str, str], tmp_path: Path
) -> None:
    good = export(Convolution())
    bad = export(Convolution(9))
    bad = replace(bad, reference=bad.reference + 1)
    with pytest.raises(ExportRefused):
        ready_to_count(["a76"], environment).counts_of([bad, good])
    assert len(list((tmp_path / "cache/counts").iterdir())) == 1


def test_an_unknown_core_is_refused_with_the_known_ones(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="a53, a55, a72, a73, a75, a76, a78, x1"):
        ready_to_count(["a99"], environment).counts_of([])


def test_another_byte_of_the_c_library_is_another_runtime(tmp_path: Path) -> None:
    here = {**os.environ, "ELBENCH_CACHE": str(tmp_path)}
    shutil.copytree(library_place(os.environ), library_place(here), symlinks=True)
    before = ready_counter(here).runtime
    library = library_place(here) / "lib/libm.so.6"
    content = bytearray(library.read_bytes())
    content[-1] ^= 1
    library.write_bytes(content)
    assert ready_counter(here).runtime != before == ready_counter().runtime


def test_without_what_make_arm64_sets_up_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SetupIncomplete, match="make arm64"):
        ready_counter({**os.environ, "ELBENCH_CACHE": str(tmp_path)})


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("qemu-aarch64 version 10.0.13 (Debian)", r"qemu 10\.0\.13 .*before 9\.0"),
        ("qemu-aarch64 version 9.0.0", r"before 9\.0"),
    ],
)
def test_an_emulator_with_another_plugin_interface_is_refused(
    environment: dict[str, str], tmp_path: Path, said: str, why: str
) -> None:
    emulator = tmp_path / "bin" / "qemu-aarch64"
    emulator.parent.mkdir()
    emulator.write_text(f"#!/bin/sh\necho {said!r}\n")
    emulator.chmod(0o755)
    environment["PATH"] = f"{emulator.parent}:{environment['PATH']}"
    with pytest.raises(SetupIncomplete, match=why):
        ready_counter(environment)


@pytest.mark.parametrize(("model", "recipe"), PUBLISHED_M)
def test_published_counts_are_met(model: str, recipe: str, environment: dict[str, str]) -> None:
    cache = ArtifactCache.default(environment)
    exported = obtain(identify([model], say=print), cache=cache, recipe=recipe)
    (count,) = ready_to_count(["a76"], environment).counts_of(exported)
    published = PUBLISHED_M[model, recipe]
    assert abs(count.instructions / 1e6 - published) <= 0.05 + 0.001 * published
    assert count.output_error < 1e-5
