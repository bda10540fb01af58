from dataclasses import replace

import numpy as np
import pytest

from harness.results.records import Finding
from harness.stats.steady import observe, summarise_steady
from tests.stats.steady_launches import ITERATIONS, launch, quiet, sampled

LATE = range(600, ITERATIONS)


def throttled() -> np.ndarray:
    durations = quiet()
    durations[LATE.start :] *= 1.12
    return durations


def test_a_quiet_launch_has_no_finding() -> None:
    assert observe(launch(quiet())).findings == ()


def test_a_step_beside_a_lowered_cap_is_a_finding_with_size_moment_cause_and_remedy() -> None:
    record = sampled(launch(throttled()), during=LATE, big_cap=("cpu4", 2_800_000, 2_000_000))
    (finding,) = observe(record).findings
    assert (finding.code, finding.severity) == ("level_changed", "warning")
    assert "by +11.9 % after 6.0 s (9.99 ms → 11.2 ms)" in finding.message
    assert "lowered a clock's cap" in finding.message
    assert "let the phone cool" in finding.message


def test_a_step_without_evidence_says_that_nothing_tells_why() -> None:
    (finding,) = observe(launch(throttled())).findings
    assert "nothing on record tells why; see the launch's line" in finding.message


def test_a_cap_that_was_low_in_the_fast_part_explains_no_slow_one() -> None:
    record = sampled(launch(throttled()), during=range(600), big_cap=("cpu4", 2_800_000, 2_000_000))
    (finding,) = observe(record).findings
    assert "nothing on record tells why" in finding.message


def test_a_phase_that_becomes_faster_as_a_cap_rises_was_held_back_before() -> None:
    record = sampled(launch(throttled()[::-1]), during=range(400), big_cap=("cpu4", 2_800_000, 2_000_000))
    (finding,) = observe(record).findings
    assert "lowered a clock's cap" in finding.message


def test_a_step_of_a_phone_that_says_it_throttled_names_that() -> None:
    said = Finding(code="throttled", severity="warning", message="thermal status from none to light.")
    (finding,) = observe(replace(launch(throttled()), findings=(said,))).findings
    assert "throttled itself" in finding.message


def test_a_phase_that_becomes_faster_asks_for_more_warm_up() -> None:
    (finding,) = observe(launch(throttled()[::-1])).findings
    assert "by −10.6 % after 4.5 s" in finding.message
    assert "raise warmup.min_seconds" in finding.message


def test_of_many_changes_three_are_told_and_the_rest_counted() -> None:
    slow = np.arange(ITERATIONS) // 200 % 2
    (finding,) = observe(launch(quiet() * np.where(slow, 1.3, 1.0))).findings
    assert finding.message.count(" % after ") == 3
    assert "and once more" in finding.message


def test_a_drift_is_a_finding_of_its_own() -> None:
    (finding,) = observe(launch(quiet() * np.geomspace(1, 1.2, ITERATIONS))).findings
    assert finding.code == "level_drifted"
    assert "drifted by +19.8 % from its begin to its end (10.0 ms → 12.0 ms)" in finding.message


def test_a_cell_counts_launches_by_what_happened_in_them_and_outliers_by_cause() -> None:
    slow = quiet()
    slow[[100, 300]] *= 2
    records = (launch(quiet()), launch(slow), launch(throttled()), launch(quiet()[:40]))
    cell = summarise_steady(observe(record) for record in records)
    assert (cell.launches, cell.changed, cell.drifted, cell.too_short) == (4, 1, 0, 1)
    assert (cell.iterations, cell.outliers, cell.causes) == (3040, 2, {"unexplained": 2})
    assert cell.largest_change == pytest.approx(0.12, abs=0.005)
    assert cell.largest_outlier == pytest.approx(2, rel=0.05)


def test_a_cell_in_which_nothing_happened_says_so() -> None:
    cell = summarise_steady([observe(launch(quiet()))])
    assert (cell.largest_change, cell.largest_outlier) == (None, None)
    assert cell.missing["largest_change"] == "none was found"
