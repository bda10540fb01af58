"""Each recipe computes what eager PyTorch computes, and one that does not is refused."""

import pytest
import torch

from harness.errors import ExportRefused, UsageError
from harness.export.fixed_input import fixed_input
from harness.export.from_catalogue import eager_reference, export_from_catalogue
from harness.export.host_runtime import load_lite
from harness.export.proof import TOLERANCE, relative_error
from harness.export.pytorch_mobile import export_pytorch_mobile
from harness.export.recipes import RECIPES, Recipe, find_recipe
from harness.models.catalogue import DEFAULT_MODELS, build, entry

RIGHT = 2e-6
"""What right exports stay below; well under the tolerance, so that phones have room."""


@pytest.mark.parametrize("name", DEFAULT_MODELS)
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_a_default_model_computes_what_eager_computes(name: str, recipe: Recipe) -> None:
    proved = export_from_catalogue(entry(name), recipe=recipe, seed=0, input_shape=(1, 3, 64, 64))
    assert proved.artifact.export_error is not None
    assert 0 < proved.artifact.export_error < RIGHT


@pytest.mark.parametrize(
    "name", ["elnet_0.5@residual=relu", "elnet_0.5@residual=linear", "elnet_0.5@shuffle=off", "elnet_0.5@g=1"]
)
def test_every_reading_of_elnet_exports(name: str) -> None:
    proved = export_from_catalogue(entry(name), recipe=RECIPES["fast"], seed=1, input_shape=(1, 3, 64, 64))
    assert proved.artifact.model == name


def test_the_recipe_of_pytorchs_tutorial_loses_the_folded_bias_and_is_refused() -> None:
    tutorial = Recipe(name="tutorial", summary="trace, then optimize_for_mobile")
    with pytest.raises(ExportRefused) as refused:
        export_from_catalogue(entry("elnet_0.5"), recipe=tutorial, seed=0, input_shape=(1, 3, 64, 64))
    message = str(refused.value)
    assert message.startswith("elnet_0.5 (tutorial): ")
    measured = float(message.partition("differs from eager PyTorch by ")[2].split()[0])
    assert measured > 0.1
    assert f"{TOLERANCE:g} is allowed" in message


def test_the_fast_recipe_adds_and_activates_apart_and_the_documented_one_together() -> None:
    module = build("elnet_0.5@residual=relu")
    images = torch.from_numpy(fixed_input((1, 3, 64, 64), 0))
    fast, documented = (
        load_lite(export_pytorch_mobile(module, images, RECIPES[name])).operators
        for name in ("fast", "documented")
    )
    assert "aten::add.Tensor" in fast
    assert "aten::_add_relu.Tensor" not in fast
    assert "aten::_add_relu.Tensor" in documented


def test_elnet_shuffles_by_the_operator_that_phones_run_without_a_copy() -> None:
    proved = export_from_catalogue(
        entry("elnet_0.5"), recipe=RECIPES["fast"], seed=0, input_shape=(1, 3, 64, 64)
    )
    assert "aten::channel_shuffle" in proved.artifact.operators


def test_the_module_that_was_exported_is_left_as_it_was() -> None:
    module = build("elnet_0.5")
    before = {name: value.clone() for name, value in module.state_dict().items()}
    images = fixed_input((1, 3, 64, 64), 0)
    reference = eager_reference(module, images, where="elnet_0.5")
    for recipe in RECIPES.values():
        export_pytorch_mobile(module, torch.from_numpy(images), recipe)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert relative_error(eager_reference(module, images, where="elnet_0.5"), reference) == 0


def test_an_export_gives_torch_its_threads_back() -> None:
    torch.set_num_threads(2)
    try:
        export_from_catalogue(entry("elnet_0.5"), recipe=RECIPES["fast"], seed=0, input_shape=(1, 3, 64, 64))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_an_impossible_input_shape_is_refused_in_one_line() -> None:
    with pytest.raises(UsageError, match=r"elnet_0\.5: does not take an input of shape 1x1x8x8"):
        export_from_catalogue(entry("elnet_0.5"), recipe=RECIPES["fast"], seed=0, input_shape=(1, 1, 8, 8))


def test_an_unknown_recipe_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"quick: there is no such recipe\. Use one of fast, documented"):
        find_recipe("quick")
