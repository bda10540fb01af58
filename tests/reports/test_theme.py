"""Contrast of the page's colours by WCAG 2.2: 4.5 to 1 for text, 3 to 1 for what charts draw."""

import re
from importlib.resources import files
from itertools import product

import pytest

from reports.palette import SERIES_COUNT

CSS = files("reports").joinpath("templates", "page.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
)


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_both_themes_define_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert LIGHT != DARK


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(theme: dict[str, str]) -> None:
    on_paper = product(("ink", "muted", "accent", "warn-ink"), ("paper", "panel"))
    for text, ground in (*on_paper, ("warn-ink", "warn-paper"), ("bad-ink", "bad-paper")):
        assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_model_colour_stands_out_from_the_paper(theme: dict[str, str]) -> None:
    for place in range(SERIES_COUNT):
        assert contrast(theme[f"series-{place}"], theme["paper"]) >= 3, place
