"""What a phone's state before, during and after a launch says about its numbers, each with its remedy."""

from harness.measure.frame import Frame
from harness.measure.plan import Plan
from harness.results.records import Conditions, Finding
from harness.units import THERMAL_STATUSES, format_khz

_MOST_CLOCK_DRIFT_S = 2.0
"""Between the phone's wall clock and its uptime, within one launch; reading both takes less."""


def find_surroundings(frame: Frame, plan: Plan, *, status_within: int | None = None) -> tuple[Finding, ...]:
    """All findings on what surrounded a launch.

    Args:
        frame: the launch without its measurement.
        plan: the plan.
        status_within: the highest thermal status that the app itself saw.
    """
    candidates = (
        _not_ready(frame, plan),
        _screen_off(frame, plan),
        _throttled(frame, plan, status_within),
        _clock_jumped(frame),
        _recovered(frame),
    )
    return tuple(finding for finding in candidates if finding is not None)


def _not_ready(frame: Frame, plan: Plan) -> Finding | None:
    """A launch that was refused measured nothing that a reader could be warned of."""
    if isinstance(frame.readiness, str) or not frame.readiness.timed_out or plan.ready.on_timeout == "refuse":
        return None
    seen = "; ".join(check.reason for check in frame.readiness.timed_out)
    return Finding(
        code="not_ready",
        severity="warning",
        message=f"The phone was not ready ({seen}); mend that, or set ready.on_timeout to refuse.",
    )


def _screen_off(frame: Frame, plan: Plan) -> Finding | None:
    after = frame.after
    if not plan.foreground or isinstance(after, str) or not _was_on(frame.before):
        return None
    if after.screen_on is not False and after.locked is not True:
        return None
    what = "went off" if after.screen_on is False else "was locked"
    return Finding(
        code="screen_off",
        severity="invalid",
        message=f"The screen {what} during the launch, and Android slows apps that nobody sees; "
        "leave the phone alone and keep settings.stay_awake on.",
    )


def _was_on(before: Conditions | str) -> bool:
    """A screen that was off or locked all the time is the gate's finding, not this one's."""
    return not isinstance(before, str) and before.screen_on is True and before.locked is not True


def _throttled(frame: Frame, plan: Plan, status_within: int | None) -> Finding | None:
    known = {} if isinstance(frame.before, str) else _caps(frame.before)
    fallen = [
        f"{name} from {format_khz(known[name])} to {format_khz(cap)}"
        for name, cap in _lowest_caps(frame).items()
        if name in known and cap < plan.ready.cap_share * known[name]
    ]
    risen = _risen_status(frame, plan, status_within)
    if not fallen and not risen:
        return None
    return Finding(
        code="throttled",
        severity="warning",
        message=f"The phone throttled itself during the launch ({', '.join((*risen, *fallen))}); "
        "let it cool, or measure for less time at once.",
    )


def _risen_status(frame: Frame, plan: Plan, status_within: int | None) -> tuple[str, ...]:
    """Some phones say that they throttle and show no cap; some have cooled before anybody asks."""
    before, after = (
        None if isinstance(one, str) else one.thermal_status for one in (frame.before, frame.after)
    )
    highest = max((status for status in (status_within, after) if status is not None), default=None)
    if highest is None or highest <= max(before or 0, plan.ready.thermal_status):
        return ()
    risen = "" if before is None else f"from {_status(before)} to "
    return (f"thermal status {risen}{_status(highest)}",)


def _status(number: int) -> str:
    return THERMAL_STATUSES[number] if number < len(THERMAL_STATUSES) else str(number)


def _lowest_caps(frame: Frame) -> dict[str, int]:
    """By the name of each cluster's first core: what was sampled beside the launch, or was so after it."""
    lowest = {} if isinstance(frame.after, str) else _caps(frame.after)
    for one in () if isinstance(frame.telemetry, str) else frame.telemetry.series:
        caps = [cap for cap in one.values if cap] if one.quantity == "cap_khz" else []
        if caps:
            lowest[one.name] = min(*caps, lowest.get(one.name, caps[0]))
    return lowest


def _caps(conditions: Conditions) -> dict[str, int]:
    return {f"cpu{clock.first_cpu}": clock.cap_khz for clock in conditions.clocks or () if clock.cap_khz}


def _clock_jumped(frame: Frame) -> Finding | None:
    before, after = _clocks(frame.before), _clocks(frame.after)
    if before is None or after is None:
        return None
    passed_s = after[1] - before[1]
    jump_s = after[0] - before[0] - passed_s
    if passed_s < 0 or abs(jump_s) <= _MOST_CLOCK_DRIFT_S:
        return None
    return Finding(
        code="clock_jumped",
        severity="note",
        message=f"The phone's wall clock was set by {jump_s:+.0f} s during the launch; "
        "durations are taken from another clock and hold.",
    )


def _clocks(conditions: Conditions | str) -> tuple[float, float] | None:
    """Wall clock and uptime, both in seconds."""
    if isinstance(conditions, str) or conditions.epoch_s is None or conditions.uptime_s is None:
        return None
    return conditions.epoch_s, conditions.uptime_s


def _recovered(frame: Frame) -> Finding | None:
    if not frame.recovered:
        return None
    return Finding(
        code="recovered",
        severity="note",
        message="The connection broke off during the launch; its numbers are from the copy that the app "
        "kept on the phone, and are complete.",
    )
