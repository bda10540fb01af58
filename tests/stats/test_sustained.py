"""Latency over minutes: burst, what is kept up, and when a phone first throttles."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from harness.results.records import LaunchRecord, TelemetrySeries
from harness.stats.sustained import THROTTLED_SHARE, summarise_sustained, sustained_course
from tests.reports.runs import make_run, measure, watched

LAUNCH = measure(make_run(models=("net",), launches=1).schedule[0])


def over_minutes(
    slowness: Callable[[float], float], *, seconds: float = 300, typical_ms: float = 10, seed: int = 0
) -> LaunchRecord:
    """A launch whose latency follows a function of the seconds, with 1.5 % of noise."""
    random = np.random.default_rng(seed)
    start_ns, durations_ns, at_ns = [], [], 0
    while at_ns < seconds * 1e9:
        duration_ns = round(typical_ms * 1e6 * slowness(at_ns / 1e9) * float(random.lognormal(0, 0.015)))
        start_ns.append(10**12 + at_ns)
        durations_ns.append(duration_ns)
        at_ns += duration_ns
    return replace(LAUNCH, start_ns=tuple(start_ns), duration_ns=tuple(durations_ns))


def test_a_phone_that_throttles_after_a_minute_is_told_when_and_how_much() -> None:
    course = sustained_course(over_minutes(lambda s: 1.0 if s < 60 else 1.4))
    assert course.burst_ns == pytest.approx(10e6, rel=0.01)
    assert course.sustained_ns == pytest.approx(14e6, rel=0.01)
    assert course.ratio == pytest.approx(1.4, rel=0.01)
    assert course.throttled_after_s == pytest.approx(60, abs=course.bin_seconds)
    assert len(course.bin_ns) == pytest.approx(60, abs=1)


def test_a_phone_that_keeps_its_speed_has_no_time_of_throttling_but_the_reason() -> None:
    course = sustained_course(over_minutes(lambda _: 1.0))
    assert course.ratio == pytest.approx(1, abs=0.01)
    assert course.throttled_after_s is None
    assert course.missing["throttled_after_s"] == "the latency never stayed more than 5 % above the burst"


def test_a_slow_rise_is_throttling_from_where_it_passes_the_share() -> None:
    course = sustained_course(over_minutes(lambda s: 1 + 0.3 * s / 300))
    assert course.burst_ns
    begins = 300 * ((1 + THROTTLED_SHARE) * course.burst_ns / 10e6 - 1) / 0.3
    assert course.throttled_after_s == pytest.approx(begins, abs=2 * course.bin_seconds)


def test_a_disturbance_of_two_stretches_is_no_throttling() -> None:
    two = sustained_course(over_minutes(lambda s: 1.5 if 100 <= s < 109 else 1.0))
    assert two.throttled_after_s is None
    three = sustained_course(over_minutes(lambda s: 1.5 if 100 <= s < 116 else 1.0))
    assert three.throttled_after_s == pytest.approx(100, abs=0.1)


def test_a_slow_model_has_bins_of_several_iterations() -> None:
    course = sustained_course(over_minutes(lambda _: 1.0, seconds=120, typical_ms=3000))
    assert course.bin_seconds == pytest.approx(15, rel=0.05)
    assert course.ratio == pytest.approx(1, abs=0.03)


def test_a_few_iterations_tell_nothing_and_say_so() -> None:
    launch = over_minutes(lambda _: 1.0, seconds=60, typical_ms=3000)
    course = sustained_course(launch)
    names = ("burst_ns", "sustained_ns", "ratio", "throttled_after_s")
    assert [getattr(course, name) for name in names] == [None] * 4
    assert {course.missing[name] for name in names} == {
        f"{len(launch.duration_ns)} iterations do not tell a burst from what follows, 25 do"
    }
    assert summarise_sustained([launch]).ratio.value is None


def test_one_inference_of_the_whole_last_fifth_is_no_sustained_level() -> None:
    durations_ns = (10_000_000,) * 30 + (1_000_000_000,)
    starts = tuple(10**12 + 10_000_000 * place for place in range(31))
    course = sustained_course(replace(LAUNCH, start_ns=starts, duration_ns=durations_ns))
    assert course.ratio is None
    assert "last fifth" in course.missing["ratio"]


def capped(*caps_khz: int | None) -> LaunchRecord:
    """A launch with these caps of one cluster, four a second from its start."""
    launch = watched(LAUNCH)
    assert launch.telemetry
    begin_ns = launch.telemetry.launch_ns
    series = TelemetrySeries(name="cpu4", quantity="cap_khz", values=caps_khz)
    uptime_ns = tuple(begin_ns + 250_000_000 * place for place in range(len(caps_khz)))
    return replace(launch, telemetry=replace(launch.telemetry, uptime_ns=uptime_ns, series=(series,)))


def test_the_first_fall_of_a_cap_is_told_in_seconds_since_the_launch_was_started() -> None:
    fallen = capped(2_850_000, None, 2_800_000, 2_000_000, 1_500_000, 2_850_000)
    assert sustained_course(fallen).cap_fell_after_s == 0.75


@pytest.mark.parametrize(
    ("launch", "reason"),
    [
        (capped(2_850_000, 2_850_000, 2_800_000), "no cluster's cap fell"),
        (capped(None, None), "the phone does not tell its caps"),
        (LAUNCH, "telemetry.hertz is 0"),
    ],
)
def test_where_no_cap_fell_the_reason_is_told(launch: LaunchRecord, reason: str) -> None:
    course = sustained_course(launch)
    assert course.cap_fell_after_s is None
    assert course.missing["cap_fell_after_s"] == reason


def test_over_launches_each_ones_own_ratio_counts() -> None:
    launches = [over_minutes(lambda s: 1.0 if s < 60 else 1.2, typical_ms=ms, seed=ms) for ms in (10, 20)]
    steady = over_minutes(lambda _: 1.0, seed=3)
    summary = summarise_sustained([*launches, steady])
    assert summary.ratio.value == pytest.approx(1.2 ** (2 / 3), rel=0.01)
    assert (summary.throttled, len(summary.courses)) == (2, 3)
    assert summary.throttled_after_s == pytest.approx(60, abs=5)
    assert summary.missing["cap_fell_after_s"] == "telemetry.hertz is 0"
