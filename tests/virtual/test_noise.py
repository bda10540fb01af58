"""Random numbers of modelled launches: as large and as correlated as their constants say, and repeatable."""

import math
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from harness.errors import UsageError
from harness.virtual.app import phone_time
from harness.virtual.app.noise import Noise, Stream, iteration_factors
from harness.virtual.app.phone_time import LAUNCH_NS, Left, PhoneTime
from harness.virtual.app.placement import Placement, cores, place
from harness.virtual.app.timing import Timing, read_timing
from harness.virtual.system.runs_seen import RunsSeen

NOISE = Noise(seed=3, run=0, number=0)
STEADY = Timing(launch_sd=0, iteration_sd=0)


def launches(ar: float, *, count: int = 2000, run: int = 0) -> np.ndarray:
    """The launch noise of the first model in each launch of a run."""
    return np.array([Noise(seed=3, run=run, number=number).of_launch(0, ar) for number in range(count)])


def lag_one(series: np.ndarray) -> float:
    """Correlation of each value with the next."""
    return float(np.corrcoef(series[:-1], series[1:])[0, 1])


@pytest.mark.parametrize("ar", [0.0, 0.5, 0.9])
def test_launch_noise_is_as_large_and_as_correlated_as_it_says(ar: float) -> None:
    series = launches(ar)
    assert lag_one(series) == pytest.approx(ar, abs=0.05)
    assert series.std() == pytest.approx(1, abs=0.2)
    fresh = (series[1:] - ar * series[:-1]) / math.sqrt(1 - ar * ar)
    assert fresh.std() == pytest.approx(1, abs=0.06)
    assert lag_one(fresh) == pytest.approx(0, abs=0.06)


def test_each_run_and_each_model_of_a_process_has_noise_of_its_own() -> None:
    one, other = launches(0.5, count=300), launches(0.5, count=300, run=1)
    second = np.array([Noise(seed=3, run=0, number=number).of_launch(1, 0.5) for number in range(300)])
    for unlike in (other, second):
        assert abs(np.corrcoef(one, unlike)[0, 1]) < 0.2
    streams = [NOISE.normal(stream, model) for stream in Stream for model in (0, 1)]
    assert len(set(streams)) == len(streams)


@pytest.mark.parametrize("ar", [0.0, 0.5])
def test_iteration_noise_is_as_large_and_as_correlated_as_it_says(ar: float) -> None:
    timing = replace(STEADY, iteration_sd=0.015, iteration_ar=ar)
    logs = np.log(list(islice(iteration_factors(NOISE, 0, timing), 20_000)))
    assert logs.std() == pytest.approx(0.015, rel=0.05)
    assert lag_one(logs) == pytest.approx(ar, abs=0.03)
    assert lag_one(logs[1000:1050]) == pytest.approx(ar, abs=0.4), "also where one block meets the next"


def test_outliers_are_as_many_and_as_large_as_they_say_and_change_nothing_else() -> None:
    quiet = replace(STEADY, iteration_sd=0.015, iteration_ar=0.5)
    held_up = replace(quiet, outlier_share=0.02, outlier_factor=4.0)
    ratios = np.array(list(islice(iteration_factors(NOISE, 0, held_up), 20_000))) / np.array(
        list(islice(iteration_factors(NOISE, 0, quiet), 20_000))
    )
    assert sorted(set(ratios.round(9))) == [1.0, 4.0]
    assert (ratios > 2).mean() == pytest.approx(0.02, abs=0.005)


def test_launches_land_on_little_cores_as_often_as_it_says() -> None:
    timing = replace(STEADY, little_share=0.3, little_factor=2.5)
    placements = [place(Noise(seed=3, run=0, number=number)) for number in range(2000)]
    assert np.mean([one.is_little(timing) for one in placements]) == pytest.approx(0.3, abs=0.04)
    assert {one.factor(timing, 0) for one in placements} == {1.0, 2.5}


def test_a_launch_that_moves_comes_back_and_moves_in_the_steady_phase_alone() -> None:
    timing = replace(STEADY, migration_share=0.5, migration_seconds=0.4, little_factor=2.0)
    moves, stays = Placement(0.9, 0.4, 0.25), Placement(0.9, 0.6, 0.25)
    assert moves.factor(timing, 1_000_000_000) == 1
    for one in (moves, stays):
        one.steady_since_ns = 1_000_000_000
    assert [moves.factor(timing, 1_000_000_000 + ms * 1_000_000) for ms in (99, 100, 499, 500)] == [
        1,
        2,
        2,
        1,
    ]
    assert stays.factor(timing, 1_200_000_000) == 1


def test_the_little_cores_are_those_with_the_lowest_highest_clock(tmp_path: Path) -> None:
    for core, khz in enumerate((2_400_000, 1_800_000, 1_800_000, 2_800_000)):
        folder = tmp_path / f"sys/devices/system/cpu/cpu{core}/cpufreq"
        folder.mkdir(parents=True)
        (folder / "cpuinfo_max_freq").write_text(f"{khz}\n")
    assert cores(tmp_path, little=True) == (1, 2)
    assert cores(tmp_path, little=False) == (0, 1, 2, 3)
    assert cores(tmp_path / "unknown", little=True) == ()


def test_a_launch_that_is_repeated_finds_what_it_found_before(tmp_path: Path) -> None:
    file = tmp_path / "time.json"
    assert phone_time.find(file, "run-0") == Left()
    left = Left(at_ns=70, busy_ns=5.0)
    phone_time.keep(file, "run-0", Left(), left)
    assert phone_time.find(file, "run-0") == Left()
    assert phone_time.find(file, "run-1") == left


def test_a_phone_that_idles_cools_down_and_one_that_is_busy_does_not() -> None:
    cooling = Timing(idle_seconds=1.0, idle_cooling_seconds=10.0)
    time = PhoneTime(Left(busy_ns=8e9), cooling)
    idle_s = 1 + LAUNCH_NS / 1e9
    assert time.busy_ns() == pytest.approx(8e9 * math.exp(-idle_s / 10))
    before_ns = time.busy_ns()
    time.spend(2_000_000_000)
    assert time.busy_ns() == before_ns + 2e9
    time.clock.sleep(10_000_000_000)
    assert time.left().busy_ns == pytest.approx((before_ns + 2e9) / math.e)
    assert PhoneTime(Left(busy_ns=8e9), Timing()).busy_ns() == 8e9


def test_a_launch_has_its_place_by_its_run_and_number_whatever_the_run_is_called() -> None:
    seen = RunsSeen()
    ids = ("a-vp01-00000", "a-vp01-00003", "b-vp01-00003", "alone", "a-vp01-00004", "alone", "c-1234567")
    assert [seen.place_of(launch) for launch in ids] == [
        (0, 0),
        (0, 3),
        (1, 3),
        (2, 0),
        (0, 4),
        (2, 0),
        (3, 0),
    ]


def test_a_model_is_made_slower_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "timing.toml"
    file.write_text('[default]\ncost_ms = 2\nlaunch_ar = 0.5\n[model."b"]\nslower = 1.05\n')
    assert read_timing(file, "a").steady_ms(0) == 2
    assert read_timing(file, "b").steady_ms(0) == pytest.approx(2.1)
    assert read_timing(file, "b").launch_ar == 0.5
    assert Timing(slower=2.0).steady_ms(1_000_000) == pytest.approx(2 * (0.5 + 0.55))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[default]\nlaunch_ar = 1\n", "launch_ar is 1, it must be at most 0.99"),
        ("[model.a]\nlittle_share = 1.1\n", "little_share is 1.1, it must be at most 1"),
        ("[model.a]\nidle_seconds = 1\n", r"idle_seconds belongs to the phone: set it in \[default\]"),
    ],
)
def test_a_constant_that_means_nothing_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "timing.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=reason):
        read_timing(file, "b")
