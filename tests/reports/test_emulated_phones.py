"""Reports of a phone whose processor is emulated: everything it computed, and nothing that it took."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.results.records import LaunchRecord, Run
from reports.json_summary import summarise_run
from reports.page import render
from reports.terminal import render_table
from tests.reports.runs import make_phone, make_run, measure_all
from tests.reports.test_page import Outline

RUN = make_run(models=("one", "two"), phones=(make_phone(is_virtual=True, engine="arm64"),), launches=3)


@pytest.fixture(scope="module")
def launches() -> tuple[LaunchRecord, ...]:
    return measure_all(RUN, samples=20)


def of_engine(engine: str) -> Run:
    return make_run(models=("one", "two"), phones=(make_phone(is_virtual=True, engine=engine),), launches=3)


def times_and_memory(run: Run, launches: tuple[LaunchRecord, ...]) -> Iterator[tuple[str, Any]]:
    for cell in summarise_run(run, launches)["cells"]:
        for name, value in cell.items():
            if name.endswith(("_ns", "_kib", "_cv_percent")):
                yield name, value["value"] if isinstance(value, dict) else value


def test_json_has_no_time_and_no_memory_of_it_and_says_why(launches: tuple[LaunchRecord, ...]) -> None:
    assert all(value is not None for _, value in times_and_memory(of_engine("lite"), launches))
    values = list(times_and_memory(RUN, launches))
    assert len(values) == 2 * 8
    assert all(value is None for _, value in values)
    for cell in summarise_run(RUN, launches)["cells"]:
        assert cell["missing"]["load_ns"] == "emulated: no latency"
        assert (cell["ok"], cell["output_error"]) == (3, 4.2e-7)


def test_the_terminal_shows_dashes_and_the_launches(launches: tuple[LaunchRecord, ...]) -> None:
    _, head, *rows = render_table(RUN, launches).splitlines()
    assert head.split()[0] == "model"
    for row in rows[:2]:
        assert row.split()[-9:] == ["–"] * 6 + ["3", "of", "3"]
    assert rows[-1].endswith("(emulated: no latency).")


def test_the_page_draws_nothing_and_ranks_nothing(launches: tuple[LaunchRecord, ...]) -> None:
    outline = Outline(render(RUN, launches))
    assert not any(tag == "svg" for tag, _ in outline.tags)
    assert "No latency is known, so there is nothing to draw." in outline.words
    assert "Nothing can be said on this virtual phone with 1 thread (emulated: no latency)." in outline.words
    assert "fastest on this" not in outline.words
    assert "no time and no memory is shown" in outline.words
    assert "how models compare there" not in outline.words


def test_no_time_of_it_stands_anywhere_on_the_page(launches: tuple[LaunchRecord, ...]) -> None:
    timed = {
        f"{cell[name] / 1e6:.3g}"
        for cell in summarise_run(of_engine("lite"), launches)["cells"]
        for name in ("load_ns", "first_ns")
    }
    assert all(time in Outline(render(of_engine("lite"), launches)).words for time in timed)
    assert not any(time in Outline(render(RUN, launches)).words for time in timed)


def test_what_it_computed_stands_on_the_page(launches: tuple[LaunchRecord, ...]) -> None:
    words = Outline(render(RUN, launches)).words
    assert "4.2e-07" in words
    assert "3 of 3" in words
    assert "thermal_unreadable" in words
    assert "virtual, engine arm64" in words


def test_a_real_phone_beside_it_keeps_its_charts_and_its_verdict() -> None:
    run = make_run(
        models=("one", "two"),
        phones=(make_phone(1), make_phone(2, is_virtual=True, engine="arm64")),
        launches=2,
    )
    outline = Outline(render(run, measure_all(run, samples=20)))
    assert sum(tag == "svg" for tag, _ in outline.tags) == 1 + 2 + 2
    assert "on this phone with 1 thread" in outline.words
    assert "Numbers marked virtual were measured" in outline.words
