"""A caller's TorchScript file goes through the same door as the catalogue's models."""

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from harness.errors import UnreadableModel
from harness.export.artifact import ExportedModel
from harness.export.cache import ArtifactCache
from harness.export.identify import identify
from harness.export.obtain import obtain, obtain_again
from tests.export.conftest import SMALL, script
from tests.export.networks import WITH_BATCH_NORM, seeded, torchscript


def obtained(file: Path, cache: ArtifactCache, **options: Any) -> ExportedModel:
    (model,) = obtain(identify([str(file)], say=print), cache=cache, input_shape=SMALL, **options)
    return model


def saved(module: nn.Module, folder: Path, *, frozen: bool = False) -> Path:
    file = folder / "net.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        if frozen:
            torch.jit.save(torch.jit.freeze(script(module)), file)
        else:
            file.write_bytes(torchscript(module))
    return file


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ArtifactCache, ExportedModel]:
    """A caller's file, and a cache with what was exported from it."""
    folder = tmp_path_factory.mktemp("plain")
    file, cache = saved(seeded(WITH_BATCH_NORM["plain"]), folder), ArtifactCache(folder / "cache")
    return file, cache, obtained(file, cache)


def test_a_torchscript_file_is_rewritten_and_proved_against_itself(
    cache: ArtifactCache, tmp_path: Path
) -> None:
    artifact = obtained(saved(seeded(WITH_BATCH_NORM["residual"]), tmp_path), cache).artifact
    assert (artifact.model, artifact.source, artifact.file_name) == ("net", "torchscript", "net.ptl")
    assert (artifact.recipe, artifact.weights) == ("fast", "as in the file")
    assert artifact.reference == "host TorchScript interpreter, float64"
    assert artifact.export_error is not None
    assert artifact.export_error < 4e-6
    # 3·8·9 + 2·8·8·9 weights of three convolutions, 3·16 of BatchNorm, 8·5 + 5 of the classifier
    assert artifact.parameters == 216 + 1152 + 48 + 45
    # Each weight of a convolution meets 16·16 pixels.
    assert artifact.macs == 256 * (216 + 1152) + 40
    told = {outcome.name: (outcome.places, outcome.dropped) for outcome in artifact.rewrites}
    assert told["batch_norm"] == (3, "")
    assert told["channels_last"] == (1, "")
    assert "prepacked::conv2d_clamp_run" in artifact.operators


def test_a_frozen_file_has_no_parameters_to_count_and_is_compared_in_float32(
    cache: ArtifactCache, tmp_path: Path
) -> None:
    file = saved(seeded(WITH_BATCH_NORM["plain"]), tmp_path, frozen=True)
    artifact = obtained(file, cache).artifact
    assert artifact.parameters is None
    assert "frozen" in artifact.missing["parameters"]
    assert artifact.reference == "host TorchScript interpreter"


class ByItsImage(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.network = seeded(WITH_BATCH_NORM["plain"])

    def forward(self, images: Tensor) -> Tensor:
        output = self.network(images)
        while bool(output.sum() > 1e9):
            output = output / 2
        return output


def test_a_script_whose_way_depends_on_the_image_is_exported_with_what_needs_no_graph(
    cache: ArtifactCache, tmp_path: Path
) -> None:
    file = tmp_path / "loop.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(script(ByItsImage().eval()), file)
    artifact = obtained(file, cache).artifact
    assert artifact.export_error is not None
    assert artifact.export_error < 4e-6
    dropped = [outcome.name for outcome in artifact.rewrites if outcome.dropped]
    assert "channel_shuffle" in dropped
    assert "channels_last" not in dropped


def test_a_second_export_comes_from_the_cache_and_another_recipe_does_not(
    plain: tuple[Path, ArtifactCache, ExportedModel],
) -> None:
    file, cache, first = plain
    assert obtained(file, cache).model_file == first.model_file
    assert obtained(file, cache, recipe="documented").artifact.sha256 != first.artifact.sha256


def test_another_input_shape_is_asked_for(cache: ArtifactCache, tmp_path: Path) -> None:
    file = saved(nn.Sequential(nn.Flatten(), nn.Linear(768, 5)).eval(), tmp_path)
    with pytest.raises(UnreadableModel, match=r"of shape 1x3x224x224 \(.*give it with --input-shape"):
        obtain(identify([str(file)], say=print), cache=cache)


def test_a_resumed_run_cannot_export_a_callers_file_again(
    plain: tuple[Path, ArtifactCache, ExportedModel], tmp_path: Path
) -> None:
    *_, model = plain
    with pytest.raises(UnreadableModel, match="no longer in the cache"):
        obtain_again([model.artifact], cache=ArtifactCache(tmp_path / "empty"))
