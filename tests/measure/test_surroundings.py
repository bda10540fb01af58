"""What a phone's state around a launch says about its numbers."""

from dataclasses import replace

import pytest

from harness.measure.frame import Frame
from harness.measure.plan import Plan
from harness.measure.surroundings import find_surroundings
from harness.results.records import Conditions, Readiness, ReadinessCheck, Telemetry, TelemetrySeries
from tests.reports.runs import make_conditions
from tests.results.records import request

BEFORE = make_conditions(0)
READY = Readiness(
    waited_ns=0, checks=(ReadinessCheck(name="screen", state="passed", reason="on and unlocked"),)
)


def frame(
    after: Conditions | str = BEFORE,
    *,
    before: Conditions | str = BEFORE,
    readiness: Readiness | str = READY,
    caps: tuple[int | None, ...] = (),
    recovered: bool = False,
) -> Frame:
    series = TelemetrySeries(name="cpu4", quantity="cap_khz", values=caps)
    times = tuple(range(len(caps)))
    return Frame(
        request=request(0),
        attempt=1,
        started_at="2026-11-25T10:00:00.000+00:00",
        wall_ns=1,
        before=before,
        after=after,
        readiness=readiness,
        telemetry=Telemetry(uptime_ns=times, launch_ns=0, series=(series,)),
        recovered=recovered,
    )


def codes(one: Frame, plan: Plan | None = None, status_within: int | None = None) -> dict[str, str]:
    """Severity of each finding by its code."""
    found = find_surroundings(one, plan or Plan(), status_within=status_within)
    return {finding.code: finding.severity for finding in found}


def test_a_quiet_phone_gives_no_finding() -> None:
    assert codes(frame(caps=(2_500_000, None, 2_500_000))) == {}


def test_a_gate_that_timed_out_marks_the_launch() -> None:
    hot = ReadinessCheck(name="battery_temperature", state="timed_out", reason="41.0 °C, at most 37.0 °C")
    found = find_surroundings(frame(readiness=replace(READY, checks=(hot,))), Plan())
    assert [(one.code, one.severity) for one in found] == [("not_ready", "warning")]
    assert "41.0 °C, at most 37.0 °C" in found[0].message
    refusing = Plan.model_validate({"ready": {"on_timeout": "refuse"}})
    assert codes(frame(readiness=replace(READY, checks=(hot,))), refusing) == {}


@pytest.mark.parametrize("change", [{"screen_on": False}, {"locked": True}])
def test_a_screen_that_goes_off_or_is_locked_meanwhile_spoils_the_launch(change: dict[str, bool]) -> None:
    after = replace(BEFORE, **change)
    assert codes(frame(after)) == {"screen_off": "invalid"}
    assert codes(frame(after), Plan(foreground=False)) == {}
    assert codes(frame(after, before=after)) == {}
    assert codes(frame(after, before="unread")) == {}


def test_a_cap_that_falls_during_the_launch_is_throttling_even_if_it_is_lifted_again() -> None:
    assert codes(frame(caps=(2_500_000, 1_200_000, 2_500_000))) == {"throttled": "warning"}
    assert codes(frame(caps=(2_500_000, 2_450_000))) == {}


def test_a_status_that_only_the_app_saw_is_throttling() -> None:
    assert codes(frame(), status_within=3) == {"throttled": "warning"}
    assert codes(frame(), status_within=0) == {}
    assert codes(frame(), Plan.model_validate({"ready": {"thermal_status": 3}}), status_within=3) == {}
    (found,) = find_surroundings(frame(), Plan(), status_within=99)
    assert "(thermal status 99)" in found.message


def test_without_telemetry_the_state_afterwards_shows_throttling() -> None:
    little, big = BEFORE.clocks or ()
    after = replace(BEFORE, clocks=(little, replace(big, cap_khz=1_000_000)))
    assert codes(replace(frame(after), telemetry="not asked for")) == {"throttled": "warning"}


def test_a_wall_clock_that_was_set_is_told_from_time_that_passed() -> None:
    def later(uptime_s: float, epoch_s: float) -> Conditions:
        assert BEFORE.uptime_s is not None
        assert BEFORE.epoch_s is not None
        return replace(BEFORE, uptime_s=BEFORE.uptime_s + uptime_s, epoch_s=BEFORE.epoch_s + epoch_s)

    assert codes(frame(later(100, 100))) == {}
    assert codes(frame(later(100, 101))) == {}
    assert codes(frame(later(100, 3700))) == {"clock_jumped": "note"}
    assert codes(frame(later(100, -3500))) == {"clock_jumped": "note"}
    assert codes(frame(later(-900, 100))) == {}, "a phone that restarted is another matter"


def test_a_recovered_launch_says_so() -> None:
    assert codes(frame("the cable was out", before="unread", recovered=True)) == {"recovered": "note"}


def test_a_thermal_status_that_rises_is_throttling_even_without_caps() -> None:
    def at(status: int) -> Conditions:
        return replace(BEFORE, thermal_status=status, missing={"temperatures": "denied"})

    assert codes(frame(at(3), before=at(0))) == {"throttled": "warning"}
    assert codes(frame(at(1), before=at(1))) == {}
    assert codes(frame(at(0), before=at(2))) == {}
    assert codes(frame(at(1), before=at(0)), Plan(ready={"thermal_status": 1})) == {}
