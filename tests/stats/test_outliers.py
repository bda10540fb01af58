from dataclasses import replace

import numpy as np
import pytest

from harness.results.records import LaunchRecord, Readiness, ReadinessCheck
from harness.stats.changepoint import steady_course
from harness.stats.evidence import Alignment, align, collect
from harness.stats.outliers import LaunchOutliers, find_outliers
from tests.stats.steady_launches import (
    AHEAD_NS,
    BEGIN_NS,
    ITERATIONS,
    START_UP_NS,
    WIND_UP_NS,
    launch,
    quiet,
    sample,
    sampled,
)

BURST = range(500, 520)
SCATTERED = (100, 250, 400, 640, 811)


def outliers(record: LaunchRecord) -> LaunchOutliers:
    course = steady_course(record.start_ns, record.duration_ns)
    return find_outliers(record.duration_ns, course, collect(record))


def slowed(places: range | tuple[int, ...], factor: float = 1.5) -> np.ndarray:
    durations = quiet()
    durations[list(places)] *= factor
    return durations


def test_slow_iterations_are_found_counted_and_measured_and_nothing_else() -> None:
    found = outliers(launch(slowed(SCATTERED)))
    assert found.indices == SCATTERED
    assert (found.count, found.share) == (5, 0.005)
    assert found.largest == pytest.approx(1.5, rel=0.06)
    assert found.causes == {"unexplained": 5}


def test_a_quiet_launch_has_none_and_says_so() -> None:
    found = outliers(launch(quiet()))
    assert (found.count, found.causes, found.largest) == (0, {}, None)
    assert found.missing["largest"] == "no outlier"


def test_a_new_level_and_a_drift_are_no_outliers() -> None:
    stepped, drifting = quiet(), quiet() * np.geomspace(1, 1.4, ITERATIONS)
    stepped[600:] *= 1.4
    assert outliers(launch(stepped)).count == 0
    assert outliers(launch(drifting)).count == 0


def test_a_phase_that_hardly_varies_has_no_outliers_of_one_percent() -> None:
    durations = np.full(ITERATIONS, 1e7)
    durations[::20] *= 1.01
    assert outliers(launch(durations)).count == 0


def test_outliers_beside_a_lowered_cap_are_put_down_to_it() -> None:
    record = sampled(launch(slowed(BURST)), during=BURST, big_cap=("cpu4", 2_800_000, 2_000_000))
    assert outliers(record).causes == {"cap_drop": 20}


def test_outliers_away_from_a_lowered_cap_stay_unexplained() -> None:
    record = sampled(launch(slowed((100, 900))), during=BURST, big_cap=("cpu4", 2_800_000, 2_000_000))
    assert outliers(record).causes == {"unexplained": 2}


def test_work_that_moves_to_little_cores_shows_in_both_clocks() -> None:
    record = sampled(
        launch(slowed(range(500, 530, 3), factor=2)),
        during=range(490, 540),
        big=("cpu4", 2_800_000, 900_000),
        little=("cpu0", 600_000, 1_800_000),
    )
    assert outliers(record).causes == {"little_cores": 10}


def test_a_process_that_may_not_run_on_little_cores_did_not_move_there() -> None:
    record = sampled(
        launch(slowed(range(500, 530, 3), factor=2)),
        during=range(490, 540),
        big=("cpu4", 2_800_000, 900_000),
        little=("cpu0", 600_000, 1_800_000),
    )
    assert record.runner is not None
    bound = replace(record, runner=replace(record.runner, affinity=(4, 5)))
    assert outliers(bound).causes == {"clock_drop": 10}


def test_iterations_after_our_own_memory_samples_are_put_down_to_them() -> None:
    places = tuple(range(15, ITERATIONS, 60))
    found = outliers(launch(slowed(places), memory_at=places))
    assert found.causes == {"memory_sample": len(places)}


def test_one_coincidence_with_frequent_samples_is_no_cause() -> None:
    places = tuple(range(15, ITERATIONS, 10))
    found = outliers(launch(slowed((25, 111, 222, 333, 444)), memory_at=places))
    assert found.causes == {"unexplained": 5}


def test_neighbours_coincide_once() -> None:
    """Twenty iterations in one slow moment are no twenty proofs."""
    record = launch(slowed(BURST), memory_at=tuple(range(500, 600)))
    assert outliers(record).causes == {"unexplained": 20}


def test_a_heap_that_shrank_between_two_near_samples_tells_of_garbage_collection() -> None:
    record = launch(slowed((500, 502, 504)))
    around = (sample(record.start_ns[495], 9_000), sample(record.start_ns[510], 4_000))
    assert outliers(replace(record, memory=around)).causes == {"garbage_collection": 3}


def test_what_has_no_moment_is_told_and_is_no_cause() -> None:
    record = launch(slowed(SCATTERED))
    ends = (sample(BEGIN_NS, 9_000), sample(record.start_ns[-1], 4_000))
    busy = ReadinessCheck(name="background_load", state="timed_out", reason="cores 80 % busy")
    gaps = {name: why for name, why in record.missing.items() if name != "readiness"}
    gate = Readiness(waited_ns=0, checks=(busy,))
    found = outliers(replace(record, memory=ends, readiness=gate, missing=gaps))
    assert found.causes == {"unexplained": 5}
    assert found.also_seen == ("garbage_collection", "background_load")


def test_the_two_clocks_are_aligned_to_what_a_process_takes_to_start_and_end() -> None:
    aligned = align(sampled(launch(quiet()), big=("cpu4", 2_800_000, 0)))
    assert aligned == Alignment(AHEAD_NS - START_UP_NS, AHEAD_NS + WIND_UP_NS)


def test_clocks_that_cannot_be_aligned_give_a_reason_and_no_cause() -> None:
    record = sampled(launch(slowed(BURST)), during=BURST, big_cap=("cpu4", 2_800_000, 2_000_000))
    unalignable = {
        "telemetry.hertz is 0": launch(slowed(BURST)),
        "broke off": replace(record, recovered=True),
        "no memory sample": replace(record, memory=()),
        "different speed": replace(record, wall_ns=20_000_000),
    }
    for reason, one in unalignable.items():
        told = align(one)
        assert isinstance(told, str)
        assert reason in told
        assert outliers(one).causes == {"unexplained": 20}
