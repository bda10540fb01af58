"""From names and files to exported models, through the cache."""

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from harness.errors import ExportRefused, UnknownModel, UnreadableModel, UsageError
from harness.export.allocations import measure_allocation
from harness.export.artifact import ExportedModel
from harness.export.cache import ArtifactCache
from harness.export.fixed_input import fixed_input
from harness.export.host_runtime import load_lite
from harness.export.identify import identify
from harness.export.obtain import obtain, obtain_again
from tests.export.conftest import SMALL, lite_bytes, tiny_module, tiny_program
from tests.export.networks import WITH_BATCH_NORM, careless

SMALL_IMAGES = (1, 3, 64, 64)


@dataclass(frozen=True)
class Begun:
    """A run's models, the catalogue's and a caller's own whose file is gone, and the cache that has them."""

    cache: ArtifactCache
    models: tuple[ExportedModel, ...]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    folder = tmp_path_factory.mktemp("begun")
    file, cache = folder / "tiny.ptl", ArtifactCache(folder / "cache")
    file.write_bytes(tiny_program())
    models = obtained(["elnet_0.5"], cache=cache, input_shape=SMALL_IMAGES)
    models += obtained([str(file)], cache=cache, input_shape=SMALL)
    file.unlink()
    return Begun(cache, models)


def obtained(
    things: Sequence[str], *, say: Callable[[str], None] = lambda _: None, **options: Any
) -> tuple[ExportedModel, ...]:
    """As a command does it: find all, then export."""
    return obtain(identify(things, say=say), say=say, **options)


def test_a_catalogue_model_comes_with_everything_a_launch_needs(cache: ArtifactCache) -> None:
    (model,) = obtained(["elnet_0.5"], cache=cache, seed=3)
    artifact = model.artifact
    assert (artifact.model, artifact.source, artifact.recipe) == ("elnet_0.5", "catalogue", "fast")
    assert (artifact.parameters, artifact.macs) == (574_792, 14_884_288)
    assert artifact.weights == "calibrated-random:3"
    assert artifact.note.startswith("reconstruction")
    assert artifact.inputs[0].shape == (1, 3, 224, 224)
    assert artifact.inputs[0].memory_format == "contiguous"
    assert hashlib.sha256(model.model_file.read_bytes()).hexdigest() == artifact.sha256
    assert hashlib.sha256(model.input_file.read_bytes()).hexdigest() == artifact.input_sha256
    assert model.reference.shape == (1, 1000)
    assert model.reference.dtype == np.float64
    assert artifact.allocation.allocated_bytes
    assert artifact.allocation.allocations
    assert artifact.allocation.measured_with.startswith("torch 2.")


def test_the_order_is_kept_and_a_model_named_twice_comes_once(cache: ArtifactCache, tmp_path: Path) -> None:
    said: list[str] = []
    tiny_file = tmp_path / "tiny.ptl"
    tiny_file.write_bytes(lite_bytes(nn.Conv2d(3, 8, 3).eval()))  # states no input and takes any size
    same_file = f"{tiny_file.parent}/./tiny.ptl"
    things = [str(tiny_file), "elnet_0.5@g=8", "elnet_0.5", "elnet_0.5@g=4", same_file]
    models = obtained(things, cache=cache, input_shape=SMALL_IMAGES, say=said.append)
    assert [model.artifact.model for model in models] == ["tiny", "elnet_0.5@g=8", "elnet_0.5"]
    assert said == [
        "elnet_0.5@g=4 is named twice and measured once",
        f"{same_file} is named twice and measured once",
        "checking tiny",
        "exporting elnet_0.5@g=8",
        "exporting elnet_0.5",
    ]


def test_a_slip_in_the_last_name_costs_no_export(cache: ArtifactCache) -> None:
    said: list[str] = []
    with pytest.raises(UnknownModel):
        obtained(["elnet_0.5", "elnet_9"], cache=cache, say=said.append)
    assert said == []
    assert not cache.root.exists()


def test_a_callers_file_that_looks_as_if_it_had_lost_biases_says_so_wherever_it_shows(
    begun: Begun, tiny_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "careless.ptl"
    file.write_bytes(careless(WITH_BATCH_NORM["plain"]().eval()))
    suspect, sound = obtained([str(file), str(tiny_file)], cache=begun.cache, input_shape=SMALL)
    assert "look as if they lost their bias" in suspect.artifact.note
    assert sound.artifact.note == ""


def test_a_callers_file_is_proved_against_full_torchscript(begun: Begun) -> None:
    model = begun.models[1]
    artifact = model.artifact
    assert (artifact.model, artifact.source) == ("tiny", "file")
    assert artifact.reference == "host TorchScript interpreter"
    assert artifact.export_error is not None
    assert artifact.export_error < 1e-6
    assert artifact.parameters is None
    assert artifact.missing.keys() == {"parameters", "macs"}
    assert artifact.weights == artifact.recipe == "as in the file"
    assert model.model_file.read_bytes() == tiny_program()
    # It ran in a process of its own, and allocates the same in this one.
    here = measure_allocation(load_lite(tiny_program()), fixed_input(SMALL, 0))
    assert artifact.allocation == here


def without_source(program: bytes) -> bytes:
    """A program that only the lite interpreter can load."""
    reader = torch._C.PyTorchFileReader(io.BytesIO(program))
    buffer = io.BytesIO()
    writer = torch._C.PyTorchFileWriter(buffer)
    for name in reader.get_all_records():
        if not name.startswith(("code/", ".data/")) and name not in ("version", "byteorder"):
            record = reader.get_record(name)
            writer.write_record(name, record, len(record))
    writer.write_end_of_file()
    return buffer.getvalue()


def test_a_file_without_torchscript_is_compared_with_the_lite_interpreter(
    cache: ArtifactCache, tmp_path: Path
) -> None:
    file = tmp_path / "bytecode.ptl"
    file.write_bytes(without_source(tiny_program()))
    (model,) = obtained([str(file)], cache=cache, input_shape=SMALL)
    assert model.artifact.reference == "host lite interpreter"
    assert model.artifact.export_error is None
    assert "bytecode" in model.artifact.missing["export_error"]


class Random(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return torch.rand_like(images)


class Pair(nn.Module):
    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        return images, images


class Nothing(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images * float("nan")


class Empty(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images[:0]


@pytest.mark.parametrize(
    ("module", "told"),
    [
        (Random(), "two runs on this machine differ"),
        (Pair(), "not one tensor"),
        (Nothing(), "is empty or not finite"),
        (Empty(), "is empty or not finite"),
    ],
)
def test_a_program_that_cannot_be_proved_is_refused(
    cache: ArtifactCache, tmp_path: Path, module: nn.Module, told: str
) -> None:
    file = tmp_path / "odd.ptl"
    file.write_bytes(lite_bytes(module))
    with pytest.raises(UnreadableModel, match=told) as refused:
        obtained([str(file)], cache=cache, input_shape=SMALL)
    assert "\n" not in str(refused.value)


def test_a_program_of_another_input_shape_asks_for_the_shape(cache: ArtifactCache, tmp_path: Path) -> None:
    file = tmp_path / "small.ptl"
    file.write_bytes(lite_bytes(tiny_module()))
    with pytest.raises(UnreadableModel, match=r"shape 1x3x224x224 \(.*give it with --input-shape"):
        obtained([str(file)], cache=cache)
    assert obtained([str(file)], cache=cache, input_shape=SMALL)[0].reference.shape == (1, 5)


def test_two_files_of_one_name_are_told_apart_by_their_folders(cache: ArtifactCache, tmp_path: Path) -> None:
    for index, folder in enumerate(("old", "new")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "net.ptl").write_bytes(tiny_program(index))
    models = obtained([f"{tmp_path}/old/net.ptl", f"{tmp_path}/new/net.ptl"], cache=cache, input_shape=SMALL)
    assert [model.artifact.model for model in models] == ["old/net", "new/net"]
    assert len({model.artifact.file_name for model in models}) == 2
    assert not any("/" in model.artifact.file_name for model in models)


def test_files_that_no_name_tells_apart_are_refused(cache: ArtifactCache, tmp_path: Path) -> None:
    files = [tmp_path / "a" / "x" / "net.ptl", tmp_path / "b" / "x" / "net.ptl"]
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_bytes(tiny_program())
    with pytest.raises(UsageError, match="x/net: several models would be called this"):
        obtained([str(file) for file in files], cache=cache, input_shape=SMALL)


def test_a_file_name_cannot_move_the_cursor(cache: ArtifactCache, tmp_path: Path) -> None:
    file = tmp_path / "evil\x1b[2J\n.ptl"
    file.write_bytes(tiny_program())
    (model,) = obtained([str(file)], cache=cache, input_shape=SMALL)
    assert model.artifact.model.isprintable()
    assert model.artifact.file_name.isascii()


def test_a_file_in_the_current_folder_named_like_a_model_does_not_hide_it(
    cache: ArtifactCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elnet_0.5").mkdir()
    monkeypatch.chdir(tmp_path)
    assert obtained(["elnet_0.5"], cache=cache)[0].artifact.source == "catalogue"


def test_a_resumed_run_gets_the_very_files_it_began_with(begun: Begun) -> None:
    again = obtain_again([model.artifact for model in begun.models], cache=begun.cache)
    assert [model.artifact for model in again] == [model.artifact for model in begun.models]
    assert [model.model_file for model in again] == [model.model_file for model in begun.models]


def test_a_resumed_run_exports_again_what_the_cache_lost(cache: ArtifactCache, tmp_path: Path) -> None:
    begun = obtained(["elnet_0.5"], cache=cache, input_shape=SMALL_IMAGES, recipe="documented", seed=4)
    again = obtain_again([begun[0].artifact], cache=ArtifactCache(tmp_path / "empty"))
    assert again[0].artifact == begun[0].artifact
    assert again[0].model_file.read_bytes() == begun[0].model_file.read_bytes()


def test_a_resumed_run_refuses_other_bytes(begun: Begun) -> None:
    model, file = begun.models
    with pytest.raises(UsageError, match="exports to another file now"):
        obtain_again([replace(model.artifact, sha256="0" * 64)], cache=begun.cache)
    with pytest.raises(UnreadableModel, match="no longer in the cache"):
        obtain_again([replace(file.artifact, sha256="0" * 64)], cache=begun.cache)


def test_a_resumed_run_runs_no_code_that_its_directory_names(
    begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "strange_nets.py").write_text("raise SystemExit('it was imported')")
    monkeypatch.syspath_prepend(tmp_path)
    strange = replace(begun.models[0].artifact, model="strange_nets:net", source="python", sha256="0" * 64)
    with pytest.raises(UnreadableModel, match="no longer in the cache"):
        obtain_again([strange], cache=begun.cache)


def test_data_for_ranges_without_int8_is_refused(cache: ArtifactCache) -> None:
    with pytest.raises(UsageError, match="float32 takes no ranges from data"):
        obtained(["elnet_0.5"], cache=cache, calibrate="digits")


def test_half_precision_is_refused_with_the_runtimes_own_words(cache: ArtifactCache) -> None:
    with pytest.raises(ExportRefused, match="slow_conv2d_cpu"):
        obtained(["elnet_0.5"], cache=cache, precision="float16")
