"""Sustained and sparse runs on a modelled phone that warms while it works, and is held back once."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import PrivateAdb
from tests.e2e.conftest import MODEL, Elbench, connected_phones, journal

WARMS = """
[default]
cost_ms = 8
phone_sd = 0
drift = 0.4
drift_seconds = 5
"""
IS_HELD_BACK = """
[[fault]]
kind = "hang"
launch = 1
phase = "loaded"
for_seconds = 0.6

[[fault]]
kind = "throttle"
launch = 1
phase = "first"
share = 0.6
for_seconds = 0.5
rest_of_launch = true

[[fault]]
kind = "hang"
launch = 1
phase = "warmup"
for_seconds = 0.6
"""


@pytest.fixture
def phone(adb: PrivateAdb, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    timing, faults = tmp_path / "timing.toml", tmp_path / "faults.toml"
    timing.write_text(WARMS)
    faults.write_text(IS_HELD_BACK)
    with connected_phones(adb, 1, timing=timing, faults=faults) as serials:
        yield serials


@pytest.mark.usefixtures("phone")
def test_minutes_and_pauses_are_measured_and_named(elbench: Elbench, tmp_path: Path) -> None:
    elbench.plan.write_text(f'models = ["{MODEL}"]\n[telemetry]\nhertz = 10\n[ready]\npoll_seconds = 0.2\n')
    plan = ("run", "--plan", str(elbench.plan), "--json", "--launches", "1")

    ran = elbench(*plan, "--sustained", "0.25", "--out", "sustained")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    (cell,) = told["sustained"]
    (course,) = cell["courses"]
    assert told["mode"] == {"mode": "sustained", "pause_ms": 0, "minutes": 0.25}
    assert course["seconds"] == pytest.approx(15, abs=0.5)
    assert course["ratio"] > 1.1
    assert 1 <= course["throttled_after_s"] <= 15
    assert 0.6 <= course["cap_fell_after_s"] <= 10
    assert "Over minutes" in (tmp_path / "sustained" / "report.html").read_text(encoding="utf-8")

    ran = elbench(*plan, "--sparse", "200", "--out", "sparse")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["mode"] == {"mode": "sparse", "pause_ms": 200, "minutes": None}
    assert "sparse: 200 ms of pause after each inference" in told["verdicts"][0]["verdict"]
    (launch,) = journal(tmp_path / "sparse")
    gaps_ns = [
        after - before - duration
        for (before, after), duration in zip(
            pairwise(launch["start_ns"]), launch["duration_ns"], strict=False
        )
    ]
    assert len(launch["duration_ns"]) == 20
    assert min(gaps_ns) >= 200_000_000
