"""The report as a reader meets it: opened from disk in headless Chromium."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from reports.page import render
from tests.browser.chromium import Opened, chromium, open_report
from tests.reports.paper_runs import eight_bit, failed_evaluation, of_artifacts, paper_run
from tests.reports.runs import HOSTILE, counted, make_phone, make_run, measure_all
from tests.reports.test_accuracy import measured

WEAKEST_CONTRAST = """() => {
    const channels = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = colour => {
        const [r, g, b] = channels(colour).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = part => {
        for (let one = part; one; one = one.parentElement) {
            const colour = getComputedStyle(one).backgroundColor;
            if (channels(colour)[3] !== 0) return colour;
        }
    };
    let weakest = [21, ''];
    for (const part of document.querySelectorAll('main *, header *')) {
        const text = [...part.childNodes].filter(node => node.nodeType === 3 && node.data.trim());
        if (!text.length || part.closest('script, style, title, desc')) continue;
        const style = getComputedStyle(part);
        const ink = part.closest('svg') ? style.fill : style.color;
        const [one, other] = [light(ink), light(behind(part))];
        const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        if (ratio < weakest[0]) weakest = [ratio, part.tagName + ' ' + text[0].data.trim().slice(0, 40)];
    }
    return weakest;
}"""
"""The lowest ratio of luminance between a text and its ground, by WCAG's formula, and where it is."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = counted(
        make_run(phones=(make_phone(1), make_phone(2, is_virtual=True)), threads=(1, 2), launches=4)
    )
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(run, measure_all(run)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The paper's comparison with everything that a page can have: accuracies, a failed one, 8-bit models."""
    phone = make_phone(is_virtual=True)
    run, evaluations = paper_run(phone, baselines=("mobilenet_v3_small", "mobilenet_v2", "squeezenet1_1"))
    artifacts = (*run.artifacts, eight_bit(run.artifacts[1]))
    run = of_artifacts(artifacts, phone, launches=2)
    evaluations = (*evaluations[:-1], failed_evaluation(run.artifacts[7], phone, HOSTILE[0]))
    path = tmp_path_factory.mktemp("paper") / "report.html"
    path.write_text(render(run, measured(run), evaluations, with_claims=True), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def opened(browser: Browser, report: Path) -> Iterator[Opened]:
    opened = open_report(browser, report)
    yield opened
    opened.page.close()


def first_column(page: Page) -> list[str]:
    return page.locator("#phone-1 table.results tbody tr th").all_inner_texts()


def latencies(page: Page) -> list[float]:
    cells = page.locator("#phone-1 table.results tbody tr td:nth-child(3)").all_inner_texts()
    return [float(cell.splitlines()[0]) for cell in cells]


def test_it_opens_without_a_complaint_and_asks_for_nothing_else(opened: Opened, report: Path) -> None:
    opened.page.wait_for_load_state("load")
    assert opened.requests == [report.as_uri()]
    assert opened.complaints == []


def test_the_policy_of_the_page_lets_only_its_own_script_run(opened: Opened) -> None:
    opened.page.evaluate(
        "const script = document.createElement('script'); script.textContent = 'window.broke = 1';"
        "document.body.append(script)"
    )
    assert opened.page.evaluate("window.broke") is None
    assert any("Content Security Policy" in complaint for complaint in opened.complaints)


def test_names_from_outside_are_shown_as_text(opened: Opened) -> None:
    names = {name.strip() for name in first_column(opened.page)}
    assert set(HOSTILE) <= names
    assert opened.page.locator("body script").count() == 1
    assert opened.complaints == []


def test_a_click_on_a_heading_sorts_and_a_second_one_turns_it_round(opened: Opened) -> None:
    heading = opened.page.locator("#phone-1 table.results thead th").nth(2)
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert latencies(opened.page) == sorted(latencies(opened.page))
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert latencies(opened.page) == sorted(latencies(opened.page), reverse=True)


def test_the_keyboard_sorts_too_and_only_one_column_says_so(opened: Opened) -> None:
    headings = opened.page.locator("#phone-1 table.results thead th")
    headings.nth(2).get_by_role("button").click()
    headings.nth(0).get_by_role("button").focus()
    opened.page.keyboard.press("Enter")
    assert headings.nth(0).get_attribute("aria-sort") == "ascending"
    assert headings.nth(2).get_attribute("aria-sort") == "none"
    names = first_column(opened.page)
    assert names == opened.page.evaluate("names => [...names].sort((a, b) => a.localeCompare(b))", names)


def test_missing_values_sort_last_in_both_directions(opened: Opened) -> None:
    macs = opened.page.locator("#phone-1 table.results thead th", has_text="MACs")
    for _ in range(2):
        macs.get_by_role("button").click()
        cells = opened.page.locator("#phone-1 table.results tbody tr td:nth-child(11)").all_inner_texts()
        assert [cell.startswith("–") for cell in cells] == [False] * 8 + [True] * 2


@pytest.mark.parametrize("table", ["#counts", "#phone-1"])
def test_counts_sort_by_their_number(opened: Opened, table: str) -> None:
    heading = opened.page.locator(f"{table} table.results thead th", has_text="Instructions").first
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    place = heading.evaluate("heading => heading.cellIndex + 1")
    shown = opened.page.locator(f"{table} table.results tbody tr td:nth-child({place})").all_inner_texts()
    millions = [float(text.splitlines()[0]) for text in shown]
    assert len(set(millions)) > 1
    assert millions == sorted(millions)


@pytest.mark.parametrize("width", [400, 1280])
def test_the_page_never_moves_sideways(browser: Browser, report: Path, width: int) -> None:
    opened = open_report(browser, report, viewport={"width": width, "height": 800})
    opened.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width
    opened.page.close()


def test_the_dark_theme_applies_to_page_and_charts(browser: Browser, report: Path) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        opened = open_report(browser, report, color_scheme=scheme)
        colours[scheme] = opened.page.evaluate(
            """() => [getComputedStyle(document.body).backgroundColor,
                      getComputedStyle(document.querySelector('svg text')).fill,
                      getComputedStyle(document.querySelector('svg path[style*="--series-0"]')).stroke]"""
        )
        opened.page.close()
    assert colours["light"][0] == "rgb(255, 255, 255)"
    assert all(light != dark for light, dark in zip(colours["light"], colours["dark"], strict=True))


def test_on_paper_everything_is_unfolded_and_light(browser: Browser, report: Path) -> None:
    opened = open_report(browser, report, color_scheme="dark")
    opened.page.emulate_media(media="print")
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert opened.page.locator("details:not([open])").count() == 0
    opened.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened.page.locator("details[open]").count() == 0
    opened.page.close()


def test_virtual_numbers_are_labelled_where_they_stand(opened: Opened) -> None:
    assert opened.page.locator("aside.banner").is_visible()
    assert opened.page.locator("#phone-1 .badge.virtual").count() == 0
    charts = opened.page.locator("#phone-2 h4")
    assert charts.count() == 6
    assert all("virtual" in title for title in charts.all_inner_texts())


@pytest.mark.parametrize("width", [400, 1280])
def test_the_papers_page_opens_quietly_and_never_moves_sideways(
    browser: Browser, paper: Path, width: int
) -> None:
    opened = open_report(browser, paper, viewport={"width": width, "height": 800})
    opened.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width
    assert opened.complaints == []
    assert opened.requests == [paper.as_uri()]
    opened.page.close()


def test_the_names_of_points_lie_beside_the_chart_and_not_over_one_another(
    browser: Browser, paper: Path
) -> None:
    opened = open_report(browser, paper, viewport={"width": 1280, "height": 800})
    boxes = opened.page.evaluate(
        """() => [...document.querySelectorAll('svg')]
            .filter(svg => svg.querySelector('title').textContent.startsWith('Accuracy against'))
            .map(svg => [...svg.querySelectorAll('text')]
                .filter(text => text.textContent.includes('@weights=digits'))
                .map(text => text.getBoundingClientRect().toJSON())
                .map(box => [box.left, box.right, box.top, box.bottom, svg.getBoundingClientRect().right]))"""
    )
    opened.page.close()
    [names] = boxes
    assert len(names) == 3
    for left, right, *_, edge in names:
        assert left == names[0][0]
        assert right <= edge
    ends = sorted((top, bottom) for _, _, top, bottom, _ in names)
    assert all(first[1] <= second[0] for first, second in pairwise(ends))


def test_every_table_and_picture_has_a_name_and_every_heading_level_follows_the_one_before(
    browser: Browser, paper: Path
) -> None:
    opened = open_report(browser, paper)
    unnamed = opened.page.evaluate(
        """() => [...document.querySelectorAll('[role=region], [role=img], table')].filter(part => {
            const label = part.getAttribute('aria-labelledby')?.split(' ')[0];
            return !part.getAttribute('aria-label') && !part.querySelector('caption')?.textContent.trim()
                && !document.getElementById(label)?.textContent;
        }).length"""
    )
    levels = opened.page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map(h => +h.tagName[1])")
    opened.page.close()
    assert unnamed == 0
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(browser: Browser, paper: Path, scheme: str) -> None:
    opened = open_report(browser, paper, color_scheme=scheme)
    opened.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    weakest = opened.page.evaluate(WEAKEST_CONTRAST)
    opened.page.close()
    assert weakest[0] >= 4.5, weakest  # WCAG 2.2, 1.4.3
