from dataclasses import replace

import pytest

from harness.results.records import TensorSpec
from harness.stats.setup import differing, input_words, setup_of, setup_words
from tests.reports.runs import make_artifact

NET = make_artifact(0, "net")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"inputs": (TensorSpec(shape=(1, 3, 32, 32)),)}, "inputs"),
        ({"recipe": "documented"}, "recipe"),
        ({"precision": "int8"}, "precision"),
        ({"runtime": "executorch"}, "runtime"),
    ],
)
def test_each_of_the_four_keeps_models_apart(change: dict[str, object], field: str) -> None:
    other = replace(NET, **change)
    assert differing([setup_of(NET), setup_of(other)]) == (field,)


def test_what_a_model_is_keeps_nothing_apart() -> None:
    other = replace(make_artifact(3, "other"), note="", weights="checkpoint:ab")
    assert differing([setup_of(NET), setup_of(other)]) == ()


def test_a_setup_is_said_in_words() -> None:
    setup = setup_of(replace(NET, precision="int8", inputs=(TensorSpec(shape=(1, 3, 96, 64)),)))
    assert setup_words(setup, ()) == ""
    assert setup_words(setup, setup._fields) == "input 96×64, recipe fast, int8, pytorch_mobile"


def test_inputs_that_are_no_single_colour_image_are_said_whole() -> None:
    two = (TensorSpec(shape=(1, 16000)), TensorSpec(shape=(2, 3, 8, 8)))
    assert input_words(setup_of(replace(NET, inputs=two))) == "1×16000 and 2×3×8×8"
