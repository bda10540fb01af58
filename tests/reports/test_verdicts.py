"""A comparison on its page, in the terminal and as JSON: the answer first, and how it came about."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from harness.results.records import Run
from reports import charts
from reports.digest import digest_run
from reports.json_summary import summarise_run
from reports.page import render
from reports.terminal import render_table
from tests.reports.comparisons import BASELINE, CANDIDATE, make_comparison, measure_pairs
from tests.reports.runs import make_phone, make_run, measure_all
from tests.reports.test_page import Outline

RUN = make_comparison()


@pytest.fixture(scope="module")
def regressed_page() -> str:
    return render(RUN, measure_pairs(RUN, 6, slower=1.1))


def test_the_answer_stands_before_everything_else(regressed_page: str) -> None:
    words = Outline(regressed_page).words
    answer = re.search(
        rf"{CANDIDATE} against {BASELINE}: regressed: steady median (\S+) % slower "
        r"\(95 % interval 1\.\d+ to 1\.\d+, margin 3\.0 %\)\. Decided after 6 of at most 40 pairs\.",
        words,
    )
    assert answer
    assert answer.start() < words.index("Launches")
    assert "is fastest" not in words
    assert words.index("Verdict") < words.index("Results")


def test_a_comparison_that_stopped_early_is_complete(regressed_page: str) -> None:
    words = Outline(regressed_page).words
    assert "12 of 80 planned launches measured, the rest was not needed" in words
    assert "not complete" not in words
    assert "34 not needed" in words
    assert "not run" not in words


def test_one_that_was_interrupted_is_not() -> None:
    launches = measure_pairs(RUN, 3)
    words = Outline(render(RUN, launches)).words
    assert "6 of 80 planned launches measured: this run is not complete" in words
    assert "37 not run" in words
    assert f"{CANDIDATE} against {BASELINE}: inconclusive: steady median (a verdict needs at least 6" in words
    assert "Undecided after 3 of at most 40 pairs." in words


def test_the_forest_plot_has_a_name_and_its_figures_as_a_table(regressed_page: str) -> None:
    outline = Outline(regressed_page)
    assert "Ratios to the baseline as a table" in outline.words
    drawn = re.findall(r"<svg .*?</svg>", regressed_page, re.DOTALL)
    (forest,) = (chart for chart in drawn if "Ratios to the baseline" in chart)
    assert "steady median · regressed" in forest
    assert not re.findall(r"#[0-9a-f]{6}\b", forest)
    ids = [attributes["id"] for _, attributes in outline.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))


def test_every_label_of_an_axis_is_the_number_at_which_it_stands() -> None:
    for low, high in ((0.97, 1.056), (98.0, 110.0), (2.0, 60.0)):
        axes = charts.blank_figure(600, 100).add_axes((0.0, 0.5, 1.0, 0.5))
        charts.span_values(axes, np.array([low, high]), "")
        places = axes.xaxis.get_majorticklocs()
        assert [float(axes.xaxis.get_major_formatter()(place)) for place in places] == pytest.approx(places)


def test_a_run_without_comparison_has_no_verdict_section() -> None:
    run = make_run(models=("a", "b"), launches=3)
    page = render(run, measure_all(run, samples=20))
    assert 'id="verdict"' not in page
    assert summarise_run(run, [])["comparison"] is None


def test_a_disturbance_of_one_side_is_told_beside_the_verdict_everywhere() -> None:
    launches = measure_pairs(RUN, 8, slower=1.5, throttled=True)
    (phone,) = summarise_run(RUN, launches)["comparison"]["phones"]
    steady = phone["verdicts"][0]
    assert steady["verdict"] == "inconclusive"
    assert [one["code"] for one in steady["findings"]] == ["disturbed_unevenly"]
    text, page = render_table(RUN, launches), Outline(render(RUN, launches)).words
    assert "disturbed_unevenly: The phone throttled itself or was not ready in 8 of 8 launches" in text
    assert "warning disturbed_unevenly" in page


def test_the_terminal_says_the_answer_then_the_figures_then_what_changed_exactly() -> None:
    candidate = replace(RUN.artifacts[1], file_bytes=RUN.artifacts[1].file_bytes + 1204)
    run = replace(RUN, artifacts=(RUN.artifacts[0], candidate))
    lines = render_table(run, measure_pairs(run, 6, slower=1.1)).splitlines()
    assert lines[1].startswith(f"{CANDIDATE} against {BASELINE}: regressed: steady median")
    assert lines[2].split()[:3] == ["metric", "baseline", "candidate"]
    (row,) = (line for line in lines if line.startswith("steady median"))
    assert re.search(r"1\.\d\d\d +1\.\d+ to 1\.\d+ +3\.0 % +6 +regressed, ", row)
    assert lines[-1].startswith(f"Exactly, {CANDIDATE} against {BASELINE}: ")
    assert "1,204 bytes larger" in lines[-1]


def test_a_reason_that_all_undecided_metrics_share_is_said_once() -> None:
    metrics = ["steady", "p95", "load"]
    run = make_comparison(metrics=metrics)
    never = render_table(run, measure_pairs(run, 6, failed=range(6)))
    assert "inconclusive: steady median, p95, load (no block holds a usable launch of both)." in never
    early = render_table(run, measure_pairs(run, 2))
    assert "inconclusive: steady median, p95, load (a verdict needs at least 6 pairs, there are 2)." in early
    last = make_comparison(max_pairs=6, metrics=metrics)
    apart = render_table(last, measure_pairs(last, 6, slower=1.03))
    assert "inconclusive: steady median 2.8 % slower, p95" in apart
    assert "lies between" not in apart


def test_json_has_every_verdict_and_every_gap_has_its_reason() -> None:
    launches = measure_pairs(RUN, 3)
    summary = summarise_run(RUN, launches)
    json.dumps(summary, allow_nan=False)
    comparison = summary["comparison"]
    assert comparison["baseline"] == BASELINE
    assert comparison["plan"]["margin"] == 0.03
    (phone,) = comparison["phones"]
    assert (phone["pairs"], phone["decided"], phone["over"]) == (3, False, False)
    steady, size = phone["verdicts"]
    assert (steady["candidate"], steady["metric"]) == (CANDIDATE, "steady")
    assert steady["baseline_value"] == pytest.approx(6e6, rel=0.02)
    assert size["verdict"] == "equivalent"
    assert size["missing"] == {"p": "a size is exact"}
    assert [one["candidate"] for one in summary["exact"]] == [CANDIDATE]
    nothing = summarise_run(RUN, [])["comparison"]["phones"][0]["verdicts"][0]
    assert nothing["baseline_value"] is None
    assert nothing["ratio"]["missing"]["value"] == "no block holds a usable launch of both"


def test_everything_from_a_virtual_phone_is_called_virtual() -> None:
    run = make_comparison(phones=(make_phone(is_virtual=True, engine="modelled"),))
    launches = measure_pairs(run, 6)
    page = render(run, launches)
    section = re.search(r'<section id="verdict">.*?</section>\n<section', page, re.DOTALL)
    assert section
    assert section[0].count('class="badge virtual"') >= 5
    (phone,) = summarise_run(run, launches)["comparison"]["phones"]
    assert phone["virtual"] is True
    assert all(verdict["virtual"] for verdict in phone["verdicts"])


def test_several_candidates_and_thread_counts_stand_in_columns_of_their_own() -> None:
    run = make_comparison(models=("base", "one", "two"), threads=(1, 2), max_pairs=6)
    launches = measure_pairs(run, 6)
    words = Outline(render(run, launches)).words
    assert "one against base: " in words
    assert "two against base: " in words
    head = render_table(run, launches).splitlines()[3].split()
    assert head[:3] == ["metric", "model", "threads"]
    assert len(digest_run(run, launches).phones[0].headlines) == 2


def test_recipes_that_are_compared_are_not_called_incomparable() -> None:
    first, second = RUN.artifacts
    run: Run = replace(RUN, artifacts=(first, replace(second, model=first.model, recipe="documented")))
    launches = measure_pairs(run, 6)
    assert "cannot be compared with every other" not in Outline(render(run, launches)).words
    assert "compare those that agree" not in render_table(run, launches)
    assert "(documented, " in render_table(run, launches).splitlines()[1]


def test_a_comparison_whose_time_is_up_says_so() -> None:
    run = make_comparison(max_minutes=0.5)
    launches = measure_pairs(run, 6, slower=1.03)
    summary = summarise_run(run, launches)["comparison"]["phones"][0]
    assert summary["words"] == "undecided after 6 of at most 40 pairs: its 0.5 minutes are over"
    assert summary["over"] is True
    assert summary["minutes"] == pytest.approx(12 * 3 / 60)
