import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.results.records import LaunchRecord, Run
from harness.results.rundir import RunDirectory
from reports.page import render
from tests.reports.runs import (
    SERIAL,
    WRONG_OUTPUT,
    fail,
    make_phone,
    make_run,
    measure,
    measure_all,
)


class Outline(HTMLParser):
    """Elements, attributes and visible text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._inside):
            self.text += f"{data} "

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


@pytest.fixture(scope="module")
def run() -> Run:
    return make_run()


@pytest.fixture(scope="module")
def launches(run: Run) -> tuple[LaunchRecord, ...]:
    return measure_all(run)


@pytest.fixture(scope="module")
def page(run: Run, launches: tuple[LaunchRecord, ...]) -> str:
    return render(run, launches)


def test_the_same_run_gives_the_same_bytes_in_another_process(page: str) -> None:
    program = (
        "import sys; from reports.page import render; from tests.reports.runs import make_run, measure_all;"
        "run = make_run(); sys.stdout.buffer.write(render(run, measure_all(run)).encode())"
    )
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60)
    assert other.stdout == page.encode()


def test_a_run_read_back_from_disk_gives_the_same_bytes(
    run: Run, launches: tuple[LaunchRecord, ...], page: str, tmp_path: Path
) -> None:
    directory = RunDirectory.create(tmp_path, run)
    for launch in launches:
        directory.append(launch)
    assert render(directory.run(), directory.launches()) == page


def test_every_id_is_unique_and_every_reference_has_its_target(page: str) -> None:
    outline = Outline(page)
    ids = [attributes["id"] for _, attributes in outline.tags if attributes.get("id")]
    assert len(ids) == len(set(ids)) > 20
    references = re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", page)
    labels = [name for _, a in outline.tags for name in (a.get("aria-labelledby") or "").split()]
    assert references
    assert {target for pair in references for target in pair if target} | set(labels) <= set(ids)


def test_nothing_on_the_page_points_outside_the_file(page: str) -> None:
    for tag, attributes in Outline(page).tags:
        assert tag not in {"iframe", "img", "object", "embed"}
        for name in ("src", "href", "action", "srcset"):
            target = attributes.get(name)
            assert target is None or target.startswith(("#", "data:")), (tag, name, target)
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_names_from_outside_become_text_and_never_elements(page: str) -> None:
    outline = Outline(page)
    assert sum(tag == "script" for tag, _ in outline.tags) == 1
    assert "<script>alert(1)</script>" in outline.text
    assert "\"x' & y" in outline.text
    assert "(SIGSEGV) <b>in</b> libpytorch" in outline.text


def test_serial_numbers_never_appear(page: str) -> None:
    assert SERIAL not in page
    assert "[serial]: F DEBUG" in page


def test_charts_are_images_with_a_name_a_description_and_a_table(page: str) -> None:
    outline = Outline(page)
    charts = [attributes for tag, attributes in outline.tags if tag == "svg"]
    assert len(charts) == 1 + 5 + 5
    assert all(chart["role"] == "img" and chart["aria-labelledby"] for chart in charts)
    tables = ("Latency distribution as a table", "Latency within launches as a table")
    assert all(caption in outline.words for caption in (*tables, "Memory within launches as a table"))


def test_every_chart_colour_follows_the_theme(page: str) -> None:
    charts = "".join(re.findall(r"<svg .*?</svg>", page, re.DOTALL))
    assert charts
    assert not re.findall(r"#[0-9a-f]{6}\b", charts)
    used = set(re.findall(r"var\((--[\w-]+)\)", page))
    defined = set(re.findall(r"(--[\w-]+):", page))
    assert used <= defined


def test_missing_values_are_a_dash_with_the_reason_in_words(page: str) -> None:
    words = Outline(page).words
    assert "– unknown for a file that the caller brought" in words
    assert "– dumpsys thermalservice is denied" in words
    assert "– ro.soc.model is empty on this phone" in words
    assert "None" not in words.replace("None:", "")


def test_thinned_charts_say_so_and_whole_ones_do_not(run: Run, page: str) -> None:
    assert "Lines are thinned" in page
    short = [measure(request, samples=40) for request in run.schedule]
    whole = render(run, short)
    assert "Lines are thinned" not in whole


def test_failed_and_invalid_launches_are_shown_with_their_evidence(
    run: Run, launches: tuple[LaunchRecord, ...]
) -> None:
    spoiled = [*launches[:20], replace(launches[20], findings=(WRONG_OUTPUT,)), *launches[21:]]
    words = Outline(render(run, spoiled)).words
    assert "48 of 50 planned launches are usable (2 failed or invalid)" in words
    assert "The app crashed." in words
    assert "Not used: wrong_output." in words
    assert (
        words.index("invalid wrong_output")
        < words.index("warning not_converged")
        < words.index("note thermal")
    )


def test_a_reconstruction_is_called_one_beside_its_numbers(page: str) -> None:
    words = Outline(page).words
    assert "elnet_1.0 †" in words
    assert "† elnet_1.0 : a reconstruction from the paper" in words


def test_a_real_phones_page_never_says_virtual_of_its_numbers(page: str) -> None:
    assert 'class="badge virtual"' not in page
    assert "banner" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def test_a_virtual_phones_numbers_are_labelled_in_every_table_and_chart() -> None:
    run = make_run(phones=(make_phone(is_virtual=True),), models=("net",), launches=3)
    page = render(run, measure_all(run))
    captions = re.findall(r"<caption>(.*?)</caption>", page)
    titles = re.findall(r"<h4>(.*?)</h4>", page)
    of_numbers = [text for text in captions if not text.startswith(("The plan", "Versions"))]
    assert len(of_numbers) == 8
    assert len(titles) == 3
    for text in (*of_numbers, *titles):
        assert 'class="badge virtual"' in text
    assert "Every number here was measured on a computer that plays the phone." in Outline(page).words
    assert "(virtual) · elbench</title>" in page
    assert all("virtual" in title for title in re.findall(r"<title id=[^>]*>(.*?)</title>", page))


def test_two_phones_and_two_thread_counts_get_their_own_sections_and_verdicts() -> None:
    run = make_run(phones=(make_phone(1), make_phone(2, is_virtual=True)), threads=(1, 2), launches=2)
    outline = Outline(render(run, [measure(request, samples=20) for request in run.schedule]))
    assert [a["id"] for tag, a in outline.tags if tag == "section" and a.get("class") == "phone"] == [
        "phone-1",
        "phone-2",
    ]
    assert sum("verdict" in (attributes.get("class") or "") for _, attributes in outline.tags) == 4
    assert sum(tag == "svg" for tag, _ in outline.tags) == 4 * 11


def test_a_run_that_was_cut_short_says_how_much_of_it_there_is(
    run: Run, launches: tuple[LaunchRecord, ...]
) -> None:
    words = Outline(render(run, launches[:23])).words
    assert "22 of 50 planned launches measured: this run is not complete" in words
    assert "22 of 50 planned launches are usable (1 failed or invalid, 27 not run)" in words


def test_one_model_one_launch_one_iteration_makes_a_page() -> None:
    run = make_run(models=("net",), launches=1)
    words = Outline(render(run, [measure(run.schedule[0], samples=1)])).words
    assert "Only 1 usable launch of net, so no interval." in words
    assert "an interval needs at least 2 launches, there is 1" in words


@pytest.mark.parametrize("crash", [True, False])
def test_without_a_usable_launch_the_page_says_why_and_draws_nothing(run: Run, crash: bool) -> None:
    launches = [fail(measure(request)) for request in run.schedule] if crash else []
    outline = Outline(render(run, launches))
    assert "Nothing can be said on this phone" in outline.words
    assert "there is nothing to draw" in outline.words
    assert not any(tag == "svg" for tag, _ in outline.tags)


def test_a_launch_without_memory_readings_still_makes_a_page() -> None:
    run = make_run(models=("net",), launches=2)
    words = Outline(render(run, [replace(measure(r), memory=()) for r in run.schedule])).words
    assert "The phone gave no memory readings." in words


@pytest.mark.parametrize("name", ["$x_1$ \\frac", "模型 🐟", "@0@", "a" * 300, "{{ 7 * 7 }}"])
def test_any_name_is_drawn_as_it_is(name: str) -> None:
    run = make_run(models=(name, "net"), launches=2)
    page = render(run, [measure(request, samples=5) for request in run.schedule])
    assert name in Outline(page).text


def test_the_page_of_a_large_run_stays_small() -> None:
    run = make_run()
    page = render(run, measure_all(run, samples=1000))
    assert len(page.encode()) < 1_500_000
