"""Counting for real: the emulator, the shipped program and libraries, and models made for the purpose."""

import asyncio
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
import torch
from torch import nn

from android_runner.arm64.cores import BIG, Core
from harness.counts.counter import Counted, Counter, count_once
from harness.counts.ready import ready_counter
from harness.export.artifact import ExportedModel, sha256_of
from harness.export.fixed_input import fixed_input
from harness.export.layers import describe_layers
from harness.results.records import Artifact, TensorSpec
from tests.export.conftest import lite_bytes, optimised

SHAPE = (1, 8, 32, 32)


class Export(Protocol):
    def __call__(
        self, module: nn.Module, shape: tuple[int, ...] = SHAPE, *, fast: bool = False
    ) -> ExportedModel: ...


@pytest.fixture(scope="session")
def counter() -> Counter:
    """Fails where `make arm64` was not run: nothing here is skipped."""
    return ready_counter()


@pytest.fixture
def export(tmp_path: Path) -> Export:
    """Makes a module an exported model in a folder of the test's own."""

    def in_its_folder(
        module: nn.Module, shape: tuple[int, ...] = SHAPE, *, fast: bool = False
    ) -> ExportedModel:
        return exported(module, tmp_path, shape, fast=fast)

    return in_its_folder


def exported(module: nn.Module, folder: Path, shape: tuple[int, ...], *, fast: bool) -> ExportedModel:
    """A module as it is or as elbench exports it, with eager PyTorch's output."""
    program = optimised(module, shape) if fast else lite_bytes(module.eval())
    values = fixed_input(shape, 0)
    with torch.no_grad():
        reference = module.double()(torch.from_numpy(values).double()).numpy().copy()
    model, images = folder / f"{sha256_of(program)}.ptl", folder / f"{sha256_of(values.tobytes())}.f32"
    model.write_bytes(program)
    images.write_bytes(values.tobytes())
    return ExportedModel(_artifact(program, values, reference), model, images, reference)


def _artifact(program: bytes, values: np.ndarray, reference: np.ndarray) -> Artifact:
    return Artifact(
        sha256=sha256_of(program),
        file_name="model.ptl",
        file_bytes=len(program),
        runtime="pytorch_mobile",
        model="model",
        source="file",
        parameters=None,
        macs=None,
        inputs=(TensorSpec(shape=values.shape),),
        input_sha256=sha256_of(values.tobytes()),
        precision="float32",
        recipe="as in the file",
        operators=(),
        exporter=f"torch {torch.__version__}",
        weights="as in the file",
        reference="eager PyTorch, float64",
        reference_sha256=sha256_of(reference.tobytes()),
        export_error=0.0,
        layers=describe_layers(program),
        missing={"parameters": "not counted", "macs": "not counted"},
    )


def count_now(counter: Counter, model: ExportedModel, core: Core = BIG) -> Counted:
    return asyncio.run(count_once(counter, model, core))
