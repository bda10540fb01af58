"""The example of docs/explanation/method.md runs, and what the page quotes is what the code has."""

import re
from pathlib import Path

import pytest

from harness.stats.rule import Design

PAGE = Path(__file__).parents[2] / "docs/explanation/method.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_example_gives_a_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(example, {})
    assert capsys.readouterr().out.startswith("regressed [1.1")


def test_the_critical_values_of_the_page_are_those_of_the_code() -> None:
    design = Design.sequential(40)
    rows = re.findall(r"^\| (\d+) \| (0\.\d+) \| (\d\.\d) % \|$", TEXT, re.MULTILINE)
    assert [row[0] for row in rows] == ["6", "10", "20", "30", "40"]
    for pairs, test, interval in rows:
        look = design.looks.index(int(pairs))
        assert f"{design.test_p(look):.4f}" == test
        assert f"{100 * design.interval_p(look):.1f}" == interval
