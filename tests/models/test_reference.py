"""The form of a model's name: whatever is written is understood or refused in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UnknownModel
from harness.models.catalogue import entry
from harness.models.reference import library_of, names_function, parse_reference

OPTIONS = {
    "g": ["1", "2", "4", "8", "16"],
    "shuffle": ["on", "off"],
    "residual": ["none", "relu", "linear"],
    "block": ["gsd", "b"],
    "input": ["8", "32", "64", "65", "224", "2048"],
    "classes": ["1", "10", "1000"],
    "weights": ["net.pt", "/a/b,c.pt", "a=b.pth", "x@y.pt"],
}


def answer(text: str) -> str:
    try:
        return f"understood as {entry(text).name!r}"
    except UnknownModel as refused:
        return str(refused)


@given(st.text(max_size=40) | st.text("elnt_10@=,:.g8mi", max_size=20).map(lambda tail: f"elnet_1.0{tail}"))
def test_any_text_is_a_model_or_refused_in_one_line(text: str) -> None:
    assert len(answer(text).splitlines()) == 1


@given(st.data())
def test_the_order_of_options_changes_nothing(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(OPTIONS)), unique=True, min_size=1))
    chosen = {name: data.draw(st.sampled_from(OPTIONS[name])) for name in names}
    shuffled = data.draw(st.permutations(names))
    first, second = (
        entry("elnet_1.0@" + ",".join(f"{name}={chosen[name]}" for name in order))
        for order in (names, shuffled)
    )
    assert first == second
    if "weights" not in chosen:
        assert entry(first.name) == first


def test_a_comma_within_a_path_belongs_to_it() -> None:
    parsed = parse_reference("elnet_1.0@weights=/a, b/c,d.pt,g=8")
    assert parsed.options == {"weights": "/a, b/c,d.pt", "g": "8"}


@pytest.mark.parametrize(
    ("name", "library", "is_function"),
    [
        ("timm:resnet18", "timm", False),
        ("torchvision:resnet18", "torchvision", False),
        ("nets:small", None, True),
        ("my.nets:small", None, True),
        ("timm.models:resnet18", None, True),
        ("my.nets", None, False),
        ("my.nets:", None, False),
        (":small", None, False),
        ("my..nets:small", None, False),
        ("my.nets:small.deep", None, False),
        ("1nets:small", None, False),
        ("a/b:small", None, False),
    ],
)
def test_libraries_and_functions_are_told_by_their_form(
    name: str, library: str | None, is_function: bool
) -> None:
    assert library_of(name) == library
    assert names_function(name) == is_function
