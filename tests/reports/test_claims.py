"""The paper's claims as a reader of the page, the terminal and JSON meets them."""

import json
from dataclasses import replace

import pytest

from reports.json_summary import summarise_run
from reports.page import render
from reports.terminal import render_claims, render_table
from tests.reports.paper_runs import paper_run
from tests.reports.runs import MODELS, make_phone, make_run, measure_all
from tests.reports.test_accuracy import measured
from tests.reports.test_page import Outline

RUN, EVALUATIONS = paper_run()
LAUNCHES = measured(RUN)
FEW = ("mobilenet_v2", "mobilenet_v1")


@pytest.fixture(scope="module")
def page() -> str:
    return render(RUN, LAUNCHES, EVALUATIONS)


def test_the_papers_comparison_begins_with_its_claims(page: str) -> None:
    words = Outline(page).words
    assert words.index("The paper's claims") < words.index("Results")
    for claim in (
        "Less computation",
        "Fewer parameters",
        "Shorter inference time",
        "Accuracy kept",
        "On Android phones",
    ):
        assert claim in words
    assert "Fewer parameters holds" in words
    assert "elnet_1.0 beside each baseline: Google Pixel 7, 1 thread, input 224×224" in words


def test_it_says_that_elnet_is_a_reconstruction(page: str) -> None:
    words = Outline(page).words
    assert "ELNet-1.0 here: a reconstruction from the paper's abstract; its widths are ours." in words
    assert "a reconstruction" in render_claims(RUN, LAUNCHES, EVALUATIONS).splitlines()[0]


def test_published_accuracy_stands_apart_with_its_source(page: str) -> None:
    words = Outline(page).words
    published = words.partition("Nothing of it was measured here.")[2]
    assert "Published accuracy, not measured here" in published
    # MobileNetV3: arXiv 1905.02244; 67.67 % is of torchvision's weights.
    assert "mobilenet_v3_small 67.7 torchvision's weights arXiv 1905.02244" in published
    assert "elnet_1.0 – no weights are published" in published


def test_models_without_accuracy_have_the_command_that_trains_them(page: str) -> None:
    words = Outline(page).words
    assert "elbench train mobilenet_v1 --data digits" in words
    assert "elbench train mobilenet_v2 --data digits" not in words


def test_a_name_from_outside_becomes_no_command() -> None:
    few, _ = paper_run(baselines=FEW)
    strange = replace(few.artifacts[1], model="x; rm -rf ~")
    run = replace(few, artifacts=(few.artifacts[0], strange, *few.artifacts[2:]))
    words = Outline(render(run, [], with_claims=True)).words
    assert "elbench train x" not in words
    assert "elbench train mobilenet_v1" in words
    assert "x; rm -rf ~" in words


def test_a_virtual_phones_claims_are_labelled_and_not_of_android_phones() -> None:
    run, evaluations = paper_run(make_phone(is_virtual=True), baselines=FEW)
    page = render(run, measured(run), evaluations, with_claims=True)
    section = page.partition('<section id="claims">')[2].partition("</section>")[0]
    assert section.count('class="badge virtual"') == 4
    words = Outline(section).words
    assert "On Android phones not measured (a virtual phone is no Android phone)" in words
    lines = render_claims(run, measured(run), evaluations).splitlines()
    assert all("virtual" in line for line in lines if line.startswith(("Shorter", "Accuracy", "On")))


def test_another_run_is_judged_only_when_it_is_asked_for() -> None:
    run = make_run(models=MODELS[:3], launches=2)
    launches = measure_all(run, samples=20)
    assert 'id="claims"' not in render(run, launches)
    assert "claims" not in render_table(run, launches)
    assert summarise_run(run, launches)["claims"] == []
    words = Outline(render(run, launches, with_claims=True)).words
    assert "The paper's claims" in words
    assert "Less computation holds" in words
    assert summarise_run(run, launches, with_claims=True)["claims"]


def test_the_terminal_ends_with_a_line_for_each_verdict() -> None:
    claims = render_claims(RUN, LAUNCHES, EVALUATIONS)
    assert render_table(RUN, LAUNCHES, EVALUATIONS).endswith(claims)
    assert "Fewer parameters        holds [the models, on any phone, input 224×224]" in claims.splitlines()


def test_json_carries_every_figure_under_a_verdict() -> None:
    claims = summarise_run(RUN, LAUNCHES, EVALUATIONS)["claims"]
    assert json.loads(json.dumps(claims, allow_nan=False)) == claims
    parameters = next(claim for claim in claims if claim["key"] == "parameters")
    assert (parameters["verdict"], parameters["virtual"]) == ("holds", False)
    assert len(parameters["comparisons"]) == 10
    assert parameters["phone_id"] is None
    assert parameters["missing"]["phone_id"] == "the same on every phone"
    assert parameters["note"].startswith("a reconstruction")


def test_a_phone_on_which_nothing_ran_leaves_claims_open() -> None:
    words = Outline(render(RUN, [], [])).words
    assert "Shorter inference time not measured (not measured yet)" in words
    assert "Accuracy kept not measured (no ELNet-1.0 with trained weights was evaluated)" in words
    assert "On Android phones not measured (nothing was launched)" in words
