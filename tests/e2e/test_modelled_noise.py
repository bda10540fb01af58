"""Runs on modelled phones whose noise and misfortunes are known: the same again, interrupted or not."""

import signal
from pathlib import Path
from typing import Any

from tests.conftest import PrivateAdb
from tests.e2e.conftest import FAST_PLAN, MODEL, Elbench, connected_phones, journal, stop_after

HEAVY = "elnet_1.0"
NOISY = """
[default]
launch_ar = 0.5
iteration_ar = 0.5
little_share = 0.2
drift = 0.06
drift_seconds = 1
"""
THROTTLES = f"""
[[fault]]
kind = "throttle"
model = "{HEAVY}"
phase = "loaded"
rest_of_launch = true
for_seconds = 0.5
"""


def seen(records: list[dict[str, Any]]) -> dict[int, tuple[str, list[int], int, set[str]]]:
    """By its number: a launch's model, steady durations, load time and findings of the phone's state."""
    return {
        one["request"]["index"]: (
            one["request"]["model"],
            one["duration_ns"],
            one["load_ns"],
            {finding["code"] for finding in one["findings"]} - {"output_not_computed", "not_ready"},
        )
        for one in records
    }


def test_a_run_that_was_cut_and_continued_has_the_numbers_of_one_that_was_not(
    elbench: Elbench, adb: PrivateAdb, tmp_path: Path
) -> None:
    timing, faults = tmp_path / "timing.toml", tmp_path / "faults.toml"
    timing.write_text(NOISY)
    faults.write_text(THROTTLES)
    plan = f'models = ["{MODEL}", "{HEAVY}"]\n{FAST_PLAN}[ready]\npoll_seconds = 0.2\nwait_seconds = 3\n'
    elbench.plan.write_text(plan, encoding="utf-8")
    with connected_phones(adb, 1, timing=timing, faults=faults):
        elbench.measure("--launches", "3", "--out", "whole")
    with connected_phones(adb, 1, timing=timing, faults=faults):
        with elbench.measuring(3) as run:
            stop_after(run, "2 of 6 launches", signal.SIGINT)
        resumed = elbench("run", "--resume", "run")
    assert resumed.returncode == 0, resumed.stderr
    whole = seen(journal(tmp_path / "whole"))
    assert seen(journal(tmp_path / "run")) == whole
    assert [findings for model, *_, findings in whole.values() if model == HEAVY] == [{"throttled"}] * 3
    assert [findings for model, *_, findings in whole.values() if model == MODEL] == [set()] * 3
    assert len({tuple(durations) for _, durations, *_ in whole.values()}) == 6
