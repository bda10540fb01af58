"""Each recipe computes what eager PyTorch computes; what does not, or what no phone can load, is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from harness.errors import ExportRefused, UsageError
from harness.export.artifact import ProvedModel
from harness.export.from_catalogue import export_from_catalogue
from harness.export.from_module import Described, export_module, prove
from harness.export.host_runtime import load_lite
from harness.export.pipeline import expectation
from harness.export.proof import TOLERANCE
from harness.export.recipes import REWRITES, find_recipe
from harness.export.settings import ExportSettings
from harness.models.catalogue import DEFAULT_MODELS, build, entry
from tests.export.conftest import SMALL, optimised, tiny_module
from tests.export.networks import WITH_BATCH_NORM, careless, seeded

RIGHT = 4e-6
"""What right exports stay below on every input; under the tolerance, so that phones have room."""


def settings(recipe: str = "fast", **options: Any) -> ExportSettings:
    return ExportSettings(recipe=find_recipe(recipe), **options)


def exported(name: str, recipe: str = "fast", **options: Any) -> ProvedModel:
    return export_from_catalogue(
        entry(name), settings=settings(recipe, **options), input_shape=(1, 3, 64, 64)
    )


def exported_module(module: nn.Module, recipe: str = "fast") -> ProvedModel:
    described = Described(
        name="net", source="python", weights="as built", reference="eager", parameters=1, macs=1
    )
    expected = expectation(module, SMALL, seed=0, where="net")
    return export_module(module, described, expected, settings(recipe))


class ByItsImage(nn.Module):
    """No image of the proof takes the other way."""

    def forward(self, images: Tensor) -> Tensor:
        return images * 2 if float(images.max()) < 1e6 else images * 3


def test_a_network_whose_way_depends_on_the_image_is_exported_with_a_note() -> None:
    assert exported_module(ByItsImage().eval()).artifact.note.startswith(
        "torch cannot see it as one graph: the file "
    )
    assert exported_module(tiny_module()).artifact.note == ""


@pytest.mark.parametrize("name", DEFAULT_MODELS)
@pytest.mark.parametrize("recipe", ["fast", "documented"])
def test_a_default_model_computes_what_eager_computes(name: str, recipe: str) -> None:
    artifact = exported(name, recipe).artifact
    assert artifact.recipe == recipe
    assert artifact.export_error is not None
    assert 0 < artifact.export_error < RIGHT
    assert [outcome.dropped for outcome in artifact.rewrites if outcome.dropped] == []


@pytest.mark.parametrize("rewrite", [rewrite.name for rewrite in REWRITES if rewrite.name != "batch_norm"])
def test_each_rewrite_alone_is_right_for_elnet(rewrite: str) -> None:
    artifact = exported("elnet_0.5@residual=relu", rewrite).artifact
    assert artifact.recipe == rewrite
    assert artifact.rewrites[-1].name == rewrite
    assert not any(outcome.dropped for outcome in artifact.rewrites)


@pytest.mark.parametrize(
    "name", ["elnet_0.5@residual=linear", "elnet_0.5@shuffle=off", "elnet_0.5@g=1", "elnet_0.5@g=8"]
)
def test_every_reading_of_elnet_exports(name: str) -> None:
    assert exported(name, seed=1).artifact.model == name


def test_an_artifact_tells_what_each_rewrite_did() -> None:
    told = {outcome.name: outcome.places for outcome in exported("shufflenet_v2_x0_5").artifact.rewrites}
    # 56 convolutions; 16 units, each with a shuffle; the last one is in front of a dense convolution.
    assert (told["batch_norm"], told["channel_shuffle"], told["fold_shuffle"]) == (56, 16, 1)
    assert told["channels_last"] == 1


@pytest.mark.parametrize("name", WITH_BATCH_NORM)
def test_pytorchs_tutorial_loses_the_folded_bias_and_is_refused(name: str) -> None:
    module = seeded(WITH_BATCH_NORM[name])
    expected = expectation(module, SMALL, seed=0, where="net")
    with pytest.raises(ExportRefused) as refused:
        prove(load_lite(careless(module)), expected, reference="eager PyTorch", where="net (tutorial)")
    message = str(refused.value)
    assert message.startswith("net (tutorial): the exported program differs from eager PyTorch by ")
    assert float(message.partition("differs from eager PyTorch by ")[2].split()[0]) > 1e-3
    assert f"{TOLERANCE:g} is allowed" in message


@pytest.mark.parametrize("name", WITH_BATCH_NORM)
@pytest.mark.parametrize("recipe", ["fast", "documented"])
def test_the_same_networks_are_right_by_every_recipe_of_ours(name: str, recipe: str) -> None:
    error = exported_module(seeded(WITH_BATCH_NORM[name]), recipe).artifact.export_error
    assert error is not None
    assert error < RIGHT


def test_the_fast_recipe_adds_and_activates_apart_and_the_documented_one_together() -> None:
    fast, documented = (
        exported("elnet_0.5@residual=relu", recipe).artifact.operators for recipe in ("fast", "documented")
    )
    assert "aten::add.Tensor" in fast
    assert "aten::_add_relu.Tensor" not in fast
    assert "aten::_add_relu.Tensor" in documented


@pytest.mark.parametrize("name", ["elnet_0.5", "shufflenet_v2_x0_5"])
def test_networks_shuffle_by_the_operator_that_phones_run_without_a_copy(name: str) -> None:
    operators = exported(name).artifact.operators
    assert "aten::channel_shuffle" in operators
    assert "aten::transpose.int" not in operators


def test_the_module_that_was_exported_is_left_as_it_was() -> None:
    module = build("elnet_0.5")
    before = {name: value.clone() for name, value in module.state_dict().items()}
    optimised(module, (1, 3, 64, 64))
    after = module.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], value) for name, value in after.items())


def test_an_export_gives_torch_its_threads_back() -> None:
    torch.set_num_threads(2)
    try:
        exported("elnet_0.5")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_an_impossible_input_shape_is_refused_in_one_line() -> None:
    with pytest.raises(UsageError, match=r"elnet_0\.5: does not take an input of shape 1x1x8x8"):
        export_from_catalogue(entry("elnet_0.5"), settings=settings(), input_shape=(1, 1, 8, 8))


class Attention(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        rows = images.flatten(2)
        return nn.functional.scaled_dot_product_attention(rows, rows, rows)


def test_an_operator_that_phones_do_not_have_is_refused_by_name() -> None:
    with pytest.raises(ExportRefused) as refused:
        exported_module(Attention().eval())
    assert "PyTorch Mobile lite 1.12.2 does not have: aten::scaled_dot_product_attention" in str(
        refused.value
    )


class Nothing(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images * float("nan")


class Pair(nn.Module):
    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        return images, images


@pytest.mark.parametrize(("module", "told"), [(Nothing(), "empty or not finite"), (Pair(), "is a tuple")])
def test_a_network_without_one_finite_output_is_refused(module: nn.Module, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        expectation(module, SMALL, seed=0, where="net")


class Asserting(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        assert images.shape[-1] == 224, "images of 224 pixels only"
        return images


def test_a_network_that_refuses_the_input_in_any_way_is_told_with_its_own_words() -> None:
    told = r"net: does not take an input of shape .*\(AssertionError: images of 224 pixels only\)"
    with pytest.raises(UsageError, match=told):
        expectation(Asserting(), SMALL, seed=0, where="net")


def test_a_reference_that_differs_on_the_second_input_alone_refuses_the_export() -> None:
    module = tiny_module()
    expected = expectation(module, SMALL, seed=0, where="net")
    first, second, third = expected.references
    wrong = replace(expected, references=(first, second + 1e-3 * np.abs(second).max(), third))
    described = Described(name="net", source="python", weights="", reference="eager", parameters=1, macs=1)
    with pytest.raises(ExportRefused, match=r"differs from eager by 0\.001"):
        export_module(module, described, wrong, settings("documented"))
