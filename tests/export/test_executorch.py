"""Export for ExecuTorch, and files that callers bring."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from harness.errors import ExportRefused, SetupIncomplete, UnreadableModel, UsageError
from harness.export import executorch
from harness.export.artifact import ExportedModel
from harness.export.executorch import adopt_executorch, export_executorch
from harness.export.executorch_process import ExecutorchProgram
from harness.export.from_module import Described
from harness.export.identify import ModelFile
from harness.export.pipeline import expectation
from harness.export.proof import relative_error
from harness.export.settings import ExportSettings
from tests.executorch import exported
from tests.export.conftest import SMALL, tiny_module

FOR_EXECUTORCH = ExportSettings(runtime="executorch")
TINY = Described(
    name="tiny", source="python", weights="as built", reference="eager PyTorch", parameters=1, macs=1
)


@pytest.fixture(scope="session")
def elnet(tmp_path_factory: pytest.TempPathFactory) -> ExportedModel:
    return exported("elnet_1.0", tmp_path_factory)


@pytest.fixture
def computes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Replaces ExecuTorch by something whose outputs are so many times too large."""

    def of(factor: float) -> None:
        def lowered(_network: torch.export.ExportedProgram, *, seed: int, where: str) -> ExecutorchProgram:
            references = expectation(tiny_module(), SMALL, seed=seed, where=where).references
            outputs = tuple((factor * one).astype(np.float32) for one in references)
            return ExecutorchProgram(b"program", SMALL, outputs, ("XnnpackBackend",), "executorch 1.5.1")

        monkeypatch.setattr(executorch, "lower", lowered)

    return of


def test_the_record_says_for_which_runtime_it_is_and_who_made_it(elnet: ExportedModel) -> None:
    artifact = elnet.artifact
    assert artifact.runtime == "executorch"
    assert artifact.file_name == "elnet_1.0.pte"
    assert artifact.exporter.startswith("executorch 1.5.1, torch 2.13.0")
    assert artifact.export_error is not None
    assert artifact.export_error < 1e-5


def test_all_of_elnet_runs_in_xnnpack(elnet: ExportedModel) -> None:
    assert elnet.artifact.operators == ("XnnpackBackend",)


def test_batch_norm_is_folded_and_no_layout_is_forced_upon_xnnpack(elnet: ExportedModel) -> None:
    places = {rewrite.name: rewrite.places for rewrite in elnet.artifact.rewrites}
    assert places["batch_norm"] == 44
    assert "channels_last" not in places


def test_a_program_that_computes_something_else_is_refused(computes: Callable[[float], None]) -> None:
    module = tiny_module()
    expected = expectation(module, SMALL, seed=0, where="tiny")
    computes(1.0)
    artifact = export_executorch(module, TINY, expected, FOR_EXECUTORCH).artifact
    assert artifact.export_error < 1e-6
    assert artifact.allocation.missing["allocated_bytes"].startswith("ExecuTorch plans its memory")
    computes(1.001)
    with pytest.raises(ExportRefused, match=r"differs from eager PyTorch by 0\.001"):
        export_executorch(module, TINY, expected, FOR_EXECUTORCH)


def test_int8_is_refused_before_anything_is_exported() -> None:
    expected = expectation(tiny_module(), SMALL, seed=0, where="tiny")
    with pytest.raises(UsageError, match="int8 for PyTorch Mobile only"):
        export_executorch(tiny_module(), TINY, expected, replace(FOR_EXECUTORCH, precision="int8"))


class DependsOnTheImage(nn.Module):
    """Takes another way for bright images than for dark ones."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return image.mean((2, 3)) * (2 if image.sum() > 0 else 3)


def test_a_network_that_is_no_one_graph_is_refused_by_name() -> None:
    expected = expectation(DependsOnTheImage(), SMALL, seed=0, where="tiny")
    with pytest.raises(ExportRefused, match=r"tiny.*torch cannot see it as one graph"):
        export_executorch(DependsOnTheImage(), TINY, expected, FOR_EXECUTORCH)


def test_a_program_of_the_callers_is_adopted_with_the_shape_that_it_states(elnet: ExportedModel) -> None:
    file = ModelFile("mine", Path("mine.pte"), elnet.model_file.read_bytes())
    adopted = adopt_executorch(file, seed=0, asked_shape=None)
    assert adopted.artifact.inputs[0].shape == (1, 3, 224, 224)
    assert adopted.artifact.operators == ("XnnpackBackend",)
    assert relative_error(adopted.reference, elnet.reference) < 1e-5


def test_another_shape_than_the_program_states_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def ran(program: bytes, **_settings: object) -> ExecutorchProgram:
        return ExecutorchProgram(program, SMALL, (np.ones((1, 5), np.float32),), (), "")

    monkeypatch.setattr(executorch, "run_program", ran)
    with pytest.raises(UsageError, match="takes 1x3x16x16 float32, --input-shape gives 1x3x32x32"):
        adopt_executorch(ModelFile("m", Path("m.pte"), b""), seed=0, asked_shape=(1, 3, 32, 32))


def test_a_damaged_program_is_refused_in_one_line(elnet: ExportedModel) -> None:
    cut = ModelFile("cut", Path("cut.pte"), elnet.model_file.read_bytes()[:100_000])
    with pytest.raises(UnreadableModel) as refused:
        adopt_executorch(cut, seed=0, asked_shape=None)
    assert str(refused.value).startswith("cut.pte: ExecuTorch's runtime does not run it: RuntimeError")
    assert "\n" not in str(refused.value)


def test_without_its_packages_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ELBENCH_CACHE", str(tmp_path))
    expected = expectation(tiny_module(), SMALL, seed=0, where="tiny")
    with pytest.raises(SetupIncomplete, match=r"ExecuTorch is not set up\. Run `make executorch`"):
        export_executorch(tiny_module(), TINY, expected, FOR_EXECUTORCH)
