import math
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from scipy import stats

from harness.errors import BadRunDirectory
from harness.results.records import Finding, LaunchRecord, PhoneNoise, Run
from harness.stats.noise import Calibration, calibrations, noise_floor, pair_log_sd
from harness.stats.power import Cell, forecast
from tests.results.records import PHONE, run
from tests.stats.neighbours import launches

INVALID = Finding(code="wrong_output", severity="invalid", message="The output differs.")


def calibrated(journal: list[LaunchRecord], of: Run | None = None) -> Calibration:
    (found,) = calibrations(of or run(len(journal)), journal)
    return found


def steady_sd(noise: PhoneNoise) -> float:
    found = next(one.pair_log_sd for one in noise.metrics if one.metric == "steady")
    assert found is not None
    return found


def test_neighbours_are_pairs_and_their_log_ratio_is_what_spreads() -> None:
    found = calibrated(launches([1e6, 2e6, 8e6, 4e6])).noise
    assert found.pairs == 2
    assert steady_sd(found) == pytest.approx(math.log(2))


def test_a_known_noise_is_found_again() -> None:
    medians = 5e6 * np.exp(np.random.default_rng(1).normal(0, 0.03, 4000))
    found = calibrated(launches(medians)).noise
    assert steady_sd(found) == pytest.approx(0.03 * math.sqrt(2), rel=0.05)


def test_a_phone_that_slows_down_from_launch_to_launch_counts_as_noisy_and_is_named() -> None:
    """Each second launch is 5 % slower, so a comparison's pairs lie 5 % apart with alternating sign."""
    jitter = np.exp(np.random.default_rng(2).normal(0, 0.0002, 24))
    found = calibrated(launches([5e6, 5.25e6] * 12 * jitter))
    assert steady_sd(found.noise) == pytest.approx(math.log(1.05), rel=0.02)
    steady, *_ = (one for one in found.findings if "steady median" in one.message)
    assert steady.code == "differs_from_itself"
    assert "5.0 % slower than of the first" in steady.message


def test_a_phone_that_is_only_noisy_tells_no_file_from_itself() -> None:
    medians = 5e6 * np.exp(np.random.default_rng(3).normal(0, 0.05, 48))
    assert calibrated(launches(medians)).findings == ()


def test_a_phone_that_throttled_meanwhile_is_named_as_its_noise_is_that_of_a_disturbed_phone() -> None:
    throttled = Finding(code="throttled", severity="warning", message="The phone throttled itself.")
    journal = launches([5e6, 5e6, 12e6, 5e6])
    journal[2] = replace(journal[2], findings=(*journal[2].findings, throttled))
    (found,) = calibrated(journal).findings
    assert found.code == "disturbed"
    assert "in 1 of 4 launches" in found.message
    assert "calibrate again" in found.message


def test_the_floor_is_half_the_width_of_the_largest_comparison() -> None:
    half = stats.t.ppf(0.995, 39) * 0.0426 / math.sqrt(40)
    assert noise_floor(0.0426, None) == pytest.approx(math.expm1(half), rel=1e-3)


def test_fewer_pairs_make_the_floor_higher_by_the_uncertainty_of_the_spread() -> None:
    assert noise_floor(0.0426, 12) > 1.2 * noise_floor(0.0426, None)
    # In four of five calibrations the floor lies above that of the true spread.
    draws = np.random.default_rng(4).normal(0, 0.0426, (2000, 12))
    spreads = np.array([pair_log_sd(row) for row in draws])
    share = np.mean([noise_floor(sd, 12) > noise_floor(0.0426, None) for sd in spreads])
    assert 0.77 < share < 0.83


def test_few_differences_of_equal_files_lie_beyond_the_floor() -> None:
    floor = math.log1p(noise_floor(0.05, None))
    means = np.random.default_rng(5).normal(0, 0.05, (20_000, 40)).mean(axis=1)
    # The floor allows for a spread that each comparison estimates anew: 1 % at most.
    assert 0.003 < np.mean(np.abs(means) > floor) < 0.01


def test_even_the_noisiest_phone_has_a_floor_that_a_verdict_can_take_as_its_margin() -> None:
    floor = noise_floor(3.0, 2)
    assert floor < 1
    beside = forecast([Cell(pair_log_sd=3.0, margin=floor, pairs=2)], 0.5, max_pairs=10, comparisons=20)
    assert beside.power == 0


def test_a_pair_without_a_usable_launch_is_left_out() -> None:
    journal = launches([1e6, 2e6, 8e6, 4e6, 3e6, 9e6])
    journal[3] = replace(journal[3], findings=(INVALID,))
    del journal[4]
    found = calibrated(journal, run(6)).noise
    assert (found.pairs, steady_sd(found)) == (1, pytest.approx(math.log(2)))


def test_a_phone_without_any_pair_has_no_noise() -> None:
    journal = launches([1e6, 2e6, 3e6])
    assert calibrations(run(3), [journal[1], journal[2]]) == ()
    assert calibrations(run(3), []) == ()


def test_a_launch_lasts_from_one_start_to_the_next() -> None:
    journal = launches([1e6] * 6, seconds=4)
    late = (datetime.fromisoformat(journal[5].started_at) + timedelta(hours=9)).isoformat()
    journal[5] = replace(journal[5], started_at=late)  # the run was interrupted overnight
    assert calibrated(journal).noise.seconds_per_launch == 4


def test_what_a_phone_does_not_tell_has_no_noise_and_says_why() -> None:
    journal = [replace(one, memory=()) for one in launches([1e6, 2e6])]
    memory = next(one for one in calibrated(journal).noise.metrics if one.metric == "peak_memory")
    assert (memory.pair_log_sd, memory.floor) == (None, None)
    assert set(memory.missing.values()) == {"the phone gave no memory readings"}


def test_what_is_the_same_in_every_launch_has_no_floor_above_zero() -> None:
    load = next(one for one in calibrated(launches([1e6] * 8)).noise.metrics if one.metric == "load")
    assert (load.pair_log_sd, load.floor) == (0, 0)


def test_an_emulated_phone_has_no_noise_of_times_that_nobody_sees() -> None:
    emulated = replace(
        PHONE,
        is_virtual=True,
        engine="arm64",
        missing={"vendor_version": "plain Android", "soc": "no property names it", "clusters": "denied"},
    )
    found = calibrated(launches([1e6, 2e6]), replace(run(2), phones=(emulated,))).noise
    assert found.engine == "arm64"
    assert {one.pair_log_sd for one in found.metrics} == {None}


def test_a_run_of_two_models_has_no_neighbours_of_one_file() -> None:
    of = run(2)
    other = replace(of.schedule[1], artifact_sha256="00" * 32)
    with pytest.raises(BadRunDirectory, match="elbench calibrate"):
        calibrations(replace(of, schedule=(of.schedule[0], other)), [])
