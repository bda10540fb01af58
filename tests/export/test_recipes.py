"""Names of recipes: one recipe has one name, and a slip is answered with the nearest."""

import pytest

from harness.errors import UsageError
from harness.export.recipes import RECIPES, REWRITES, find_recipe


def rewrites_of(recipe: str) -> list[str]:
    return [rewrite.name for rewrite in find_recipe(recipe).rewrites]


def test_the_documented_recipe_corrects_the_lost_bias_and_nothing_else() -> None:
    assert rewrites_of("documented") == ["batch_norm"]


def test_a_rewrites_name_is_the_documented_recipe_with_this_one() -> None:
    assert rewrites_of("channels_last") == ["batch_norm", "channels_last"]


def test_a_rewrite_that_needs_another_brings_it() -> None:
    assert rewrites_of("image_start") == ["batch_norm", "channels_last", "image_start"]


def test_fast_is_every_rewrite_that_costs_no_core_anything() -> None:
    assert set(rewrites_of("fast")) == {one.name for one in REWRITES} - {"fold_shuffle_32"}


def test_rewrites_run_in_one_order_however_they_are_named() -> None:
    mixed = rewrites_of("documented+channels_last+channel_shuffle")
    assert mixed == ["batch_norm", "channel_shuffle", "channels_last"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("fast", "fast"),
        ("documented", "documented"),
        ("batch_norm", "documented"),
        ("documented+channels_last", "channels_last"),
        ("channels_last+channel_shuffle", "channel_shuffle+channels_last"),
        ("channel_shuffle+channels_last", "channel_shuffle+channels_last"),
        ("fast+fold_shuffle_32", "fast+fold_shuffle_32"),
        ("fast-channels_last", "fast-channels_last"),
        ("fast-channels_last+channels_last", "fast"),
        ("fast+fold_shuffle_32-fold_shuffle_32", "fast"),
        ("documented-batch_norm", "documented-batch_norm"),
    ],
)
def test_two_spellings_of_one_recipe_have_one_name(written: str, name: str) -> None:
    assert find_recipe(written).name == name
    assert find_recipe(name) == find_recipe(written)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("fats", "fats: there is no recipe fats. Did you mean fast"),
        ("fast+chanels_last", "there is no rewrite chanels_last. Did you mean channels_last"),
        ("fast-chanel_shuffle", "there is no rewrite chanel_shuffle. Did you mean channel_shuffle"),
        ("quick", "there is no recipe quick. Use one of fast, documented, batch_norm"),
        ("fast+", "a rewrite is missing. Use one of batch_norm, channel_shuffle"),
        ("", "a recipe is missing. Use one of fast, documented"),
    ],
)
def test_a_slip_is_answered_with_the_nearest(written: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        find_recipe(written)
    assert told in str(refused.value)


def test_the_recipes_with_names_of_their_own_are_called_so() -> None:
    assert [recipe.name for recipe in RECIPES.values()] == ["fast", "documented"] == list(RECIPES)
