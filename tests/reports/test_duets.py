"""Runs whose models shared processes: every report says so, and none gives a model the process's memory."""

from dataclasses import replace

import pytest

from harness.results.records import Finding, LaunchRecord, Run
from reports.json_summary import summarise_run
from reports.page import render
from reports.terminal import render_table
from tests.reports.runs import make_run, measure

SAID = "6 launches ran as duets: two models in one process, in short blocks in turn."
FINDING = Finding(code="duet", severity="note", message="Measured in one process with another.")


@pytest.fixture(scope="module")
def duets() -> tuple[Run, tuple[LaunchRecord, ...]]:
    alone = make_run(models=("left", "right"), launches=3)
    names = {artifact.sha256: artifact.model for artifact in alone.artifacts}
    beside = dict(zip(names, reversed(names), strict=True))
    requests = tuple(
        replace(one, beside=beside[one.artifact_sha256], beside_model=names[beside[one.artifact_sha256]])
        for one in alone.schedule
    )
    return replace(alone, schedule=requests), tuple(
        replace(measure(request), findings=(FINDING,)) for request in requests
    )


def test_the_summary_says_of_each_launch_which_model_ran_beside_it(
    duets: tuple[Run, tuple[LaunchRecord, ...]],
) -> None:
    summary = summarise_run(*duets)
    assert {(one["model"], one["beside_model"]) for one in summary["launches"]} == {
        ("left", "right"),
        ("right", "left"),
    }
    assert [list(sentences) for sentences in summary["course"].values()] == [[SAID]]
    for cell in summary["cells"]:
        other = {"left": "right", "right": "left"}[cell["model"]]
        assert cell["latency_ns"]["value"] > 0
        assert cell["peak_kib"] is None
        assert cell["missing"]["peak_kib"] == f"measured in one process with {other}"


def test_page_and_terminal_say_that_it_was_a_duet_and_draw_no_memory(
    duets: tuple[Run, tuple[LaunchRecord, ...]],
) -> None:
    page = render(*duets)
    assert SAID in page
    assert "Measured in one process with right; measured in one process with left." in page
    assert "Memory over time: " not in page
    assert SAID in render_table(*duets)


def test_models_measured_alone_are_no_duets_and_have_their_memory() -> None:
    run = make_run(models=("left", "right"), launches=3)
    launches = tuple(map(measure, run.schedule))
    page = render(run, launches)
    assert "duet" not in page
    assert "Memory over time: " in page
    assert all(cell["peak_kib"] for cell in summarise_run(run, launches)["cells"])
