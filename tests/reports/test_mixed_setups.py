"""Runs whose models differ in input, recipe, precision or runtime: shown together, never compared."""

import re
from dataclasses import replace

import pytest

from harness.results.records import Run, TensorSpec
from reports.json_summary import summarise_run
from reports.page import render
from reports.terminal import render_table
from tests.reports.runs import make_run, measure
from tests.reports.test_page import Outline


def mixed(**change: object) -> Run:
    """Two pairs of models; the second pair differs from the first."""
    run = make_run(models=("a", "b", "c", "d"), launches=3)
    first, second, third, fourth = run.artifacts
    return replace(run, artifacts=(first, second, replace(third, **change), replace(fourth, **change)))


def page_of(run: Run) -> str:
    return render(run, [measure(request, samples=20) for request in run.schedule])


CHANGES = [
    ({"inputs": (TensorSpec(shape=(1, 3, 32, 32)),)}, "input", "input 32×32"),
    ({"recipe": "documented"}, "recipe", "recipe documented"),
    ({"precision": "int8"}, "precision", "int8"),
    ({"runtime": "executorch"}, "runtime", "executorch"),
]


@pytest.mark.parametrize(("change", "field", "words"), CHANGES)
def test_each_group_has_its_own_fastest_verdict_and_charts(
    change: dict[str, object], field: str, words: str
) -> None:
    page = page_of(mixed(**change))
    said = Outline(page).words
    assert said.count("the fastest") >= 2
    assert f"c is fastest on this phone with 1 thread ({words})" in said
    assert f"Charts, 1 thread, {words}" in said
    assert f"They differ in {field}." in said
    heads = Outline(re.findall(r"<caption>Latency, memory and size.*?</thead>", page, re.DOTALL)[0]).words
    assert f"Threads {field.capitalize()} Latency" in heads


@pytest.mark.parametrize(("change", "field", "words"), CHANGES)
def test_the_terminal_says_it_too(change: dict[str, object], field: str, words: str) -> None:
    run = mixed(**change)
    text = render_table(run, [measure(request, samples=20) for request in run.schedule])
    assert field in text.splitlines()[1]
    assert f"Models differ in {field}: ratios and verdicts compare those that agree." in text
    assert words in text
    assert [line.split()[5] for line in text.splitlines()[2:6]].count("1") == 0
    assert sum(" 1  " in re.sub(r"\(.*?\)", "", line)[24:] for line in text.splitlines()[2:6]) == 2


def test_groups_follow_the_order_of_the_models_and_not_of_the_schedule() -> None:
    run = mixed(recipe="documented")
    backwards = replace(run, schedule=tuple(reversed(run.schedule)))
    for one in (run, backwards):
        verdicts = summarise_run(one, [measure(request, samples=20) for request in one.schedule])["verdicts"]
        assert [verdict["setup"] for verdict in verdicts] == ["recipe fast", "recipe documented"]


def test_a_run_of_one_setup_speaks_of_none() -> None:
    run = make_run(models=("a", "b"), launches=2)
    launches = [measure(request, samples=20) for request in run.schedule]
    words = Outline(render(run, launches)).words
    assert "Not every model can be compared" not in words
    assert "recipe fast)" not in words
    assert "differ in" not in render_table(run, launches)
    assert words.count("Recipe") == 1


def test_several_differences_are_said_in_one_sentence() -> None:
    page = page_of(mixed(recipe="documented", precision="int8", runtime="executorch"))
    assert "They differ in recipe, precision and runtime." in Outline(page).words


def test_json_tells_every_cells_setup() -> None:
    run = mixed(precision="int8")
    cells = summarise_run(run, [])["cells"]
    found = {
        cell["model"]: (cell["inputs"], cell["recipe"], cell["precision"], cell["runtime"]) for cell in cells
    }
    assert found["a"] == ([[1, 3, 224, 224]], "fast", "float32", "pytorch_mobile")
    assert found["d"] == ([[1, 3, 224, 224]], "fast", "int8", "pytorch_mobile")
