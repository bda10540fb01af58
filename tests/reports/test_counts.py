"""Instruction counts in reports: a column for every core, a section of their own, all of them in JSON."""

import json
from dataclasses import replace

import pytest

from harness.results.records import Run
from reports.count_tables import count_section, shown_count
from reports.digest import digest_run
from reports.json_summary import summarise_run
from reports.page import render
from reports.results_table import results_table
from reports.shown import Shown
from reports.terminal import render_table
from tests.reports.runs import counted, make_artifact, make_count, make_phone, make_run, measure_all
from tests.reports.test_page import Outline


@pytest.fixture(scope="module")
def run() -> Run:
    return counted(make_run(phones=(make_phone(1), make_phone(2, is_virtual=True)), launches=2))


def column(run: Run, label: str) -> list[Shown]:
    digest = digest_run(run, ())
    table = results_table(digest.phones[0], digest)
    place = [heading.label for heading in table.headings].index(label)
    return [row[place] for row in table.rows]


def test_a_count_is_shown_in_millions_with_its_share_of_layout_copies() -> None:
    count = replace(
        make_count(make_artifact(0, "net"), "a76"),
        instructions=23_812_345,
        parts={"xnnpack": 22_312_345, "layout_copies": 1_500_000},
    )
    assert shown_count(count) == Shown("23.8", "6 % copies", 23_812_345.0)


def test_the_results_have_a_column_for_every_core_and_sort_by_the_exact_count(run: Run) -> None:
    for core in ("a55", "a76"):
        shown = column(run, f"Instructions on {core}")
        expected = [float(count.instructions) for count in run.counts if count.core == core]
        assert sorted(one.sort or 0 for one in shown) == sorted(expected)
        assert all(one.note == "6 % copies" for one in shown)


def test_a_model_without_a_count_is_a_dash_with_the_reason(run: Run) -> None:
    shown = column(replace(run, counts=run.counts[:-1]), "Instructions on a76")
    assert [one for one in shown if one.sort is None] == [Shown("–", "not counted")]


def test_every_phones_table_shows_them_and_the_section_stands_once_before(run: Run) -> None:
    outline = Outline(render(run, measure_all(run, samples=20)))
    assert outline.words.count("Instructions on a76") == 2
    ids = [attributes["id"] for tag, attributes in outline.tags if tag == "section" and "id" in attributes]
    assert ids == ["counts", "phone-1", "phone-2"]


def test_the_section_says_what_was_counted_how_and_that_it_is_no_latency(run: Run) -> None:
    words = Outline(render(run, ())).words
    assert "It is no latency" in words
    assert "counts compare within one core" in words
    assert (
        "Cores: a55, a76; runtime: PyTorch Mobile 1.13.1, Android arm64-v8a libraries, glibc 2.36; "
        "executed by qemu 7.2.22; recipe: fast." in words
    )
    assert "Every number here but the instructions" not in words  # one of its phones is real


def test_the_section_tells_the_parts_of_every_model_and_core(run: Run) -> None:
    section = count_section(digest_run(run, ()))
    assert section
    labels = [heading.label for heading in section.table.headings]
    for label in ("XNNPACK", "Layout copies", "Other ATen", "Allocator", "libm", "Interpreter", "Other"):
        assert label in labels
    assert len(section.table.rows) == len(run.counts)
    assert [row[0].note for row in section.table.rows] == ["a55"] * 5 + ["a76"] * 5
    for count, row in zip(
        sorted(run.counts, key=lambda c: (c.core, c.instructions)), section.table.rows, strict=True
    ):
        values = dict(zip(labels, (one.sort for one in row), strict=True))
        assert values["XNNPACK"] == count.parts["xnnpack"]
        assert values["Loaded"] == count.bytes_loaded
        assert values["Stored"] == count.bytes_stored
        assert values["Load"] == count.load_instructions


def test_the_section_gives_every_digit_and_the_ratio_within_a_core(run: Run) -> None:
    section = count_section(digest_run(run, ()))
    assert section
    first, second, *_ = section.table.rows
    assert first[1].note.replace("\N{NARROW NO-BREAK SPACE}", "") == f"{first[1].sort:.0f}"
    assert first[2] == Shown("1", "the fewest", 1.0)
    assert second[2].sort == pytest.approx((second[1].sort or 0) / (first[1].sort or 1))


def test_a_small_part_is_not_shown_as_nothing(run: Run) -> None:
    section = count_section(digest_run(run, ()))
    assert section
    place = [heading.label for heading in section.table.headings].index("libm")
    assert {row[place].note for row in section.table.rows} == {"< 1 %"}


def test_a_part_that_an_earlier_version_did_not_tell_apart_is_a_dash(run: Run) -> None:
    first, *others = run.counts
    whole = replace(first, parts={"other": first.instructions})
    section = count_section(digest_run(replace(run, counts=(whole, *others)), ()))
    assert section
    dashes = [one for row in section.table.rows for one in row if one.note == "not told apart"]
    assert len(dashes) == 6


def test_the_terminal_has_a_column_for_every_core(run: Run) -> None:
    _, head, first, *_ = render_table(run, measure_all(run, samples=20)).splitlines()
    assert "a55, M instr.  a76, M instr." in head
    assert "30.8           23.8" in first


def test_json_holds_every_count_whole(run: Run) -> None:
    summary = summarise_run(run, ())
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert len(summary["counts"]) == 10
    first, count = summary["counts"][0], run.counts[0]
    assert first["instructions"] == count.instructions
    assert first["parts"] == count.parts
    assert first["operators"][0]["operator"] == "prepacked::conv2d_clamp_run"
    assert (first["core"], first["runtime"], first["emulator"]) == (count.core, count.runtime, count.emulator)


def test_a_run_without_counts_shows_nothing_of_them() -> None:
    run = make_run(models=("net",), launches=2)
    launches = measure_all(run, samples=20)
    assert "Instructions" not in Outline(render(run, launches)).words
    assert "instr" not in render_table(run, launches)
    assert summarise_run(run, launches)["counts"] == []


def test_names_from_outside_are_text_in_the_section_too(run: Run) -> None:
    outline = Outline(render(run, ()))
    assert sum(tag == "script" for tag, _ in outline.tags) == 1


def test_on_a_virtual_phone_alone_the_counts_are_not_called_measured() -> None:
    run = counted(make_run(models=("net",), phones=(make_phone(is_virtual=True),), launches=2))
    words = Outline(render(run, measure_all(run, samples=20))).words
    assert "Every number here but the instructions was measured on a computer" in words


def test_a_reconstruction_says_so_where_it_is_counted(run: Run) -> None:
    first, *others = run.counts
    noted = replace(run, counts=(replace(first, note="a reconstruction"), *others))
    section = count_section(digest_run(noted, ()))
    assert section
    ((label, note),) = section.notes
    assert note == "a reconstruction"
    assert [row[0].text for row in section.table.rows if row[0].text.endswith("†")] == [f"{label} †"]
    assert f"<b>{label}</b>: a reconstruction" in render(noted, ())
