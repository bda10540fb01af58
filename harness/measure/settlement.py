"""What became of a launch whose stream did not end well: found out from the phone, recovered where it can be.

How the app died is `autopsy`'s question, what its copy holds `recovery`'s, whether to try again
`repetition`'s.
"""

import time
from contextlib import suppress
from dataclasses import dataclass

from harness.errors import NoUsablePhone, PhoneError, PhoneLost
from harness.measure.autopsy import examine, look_at_hung
from harness.measure.events import NotMeasured, Seen
from harness.measure.phone_under_test import PhoneUnderTest
from harness.measure.recovery import read_recovered, recover
from harness.phone.conditions import read_conditions
from harness.phone.settings import WantedSettings, renew
from harness.phone.transport import Transport
from harness.results.records import Conditions

_MOST_ABSENCES = 5
"""Of one launch; a loose cable comes and goes."""
_UPTIME_SLACK_S = 1.0
"""Between the phone's uptime and the host's clock over one absence."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How a launch ended, and whether that was read from the phone's copy."""

    result: Seen | NotMeasured
    recovered: bool = False


def settle(
    phone: PhoneUnderTest, launch_id: str, result: Seen | NotMeasured, before: Conditions | str
) -> Settled:
    """What really became of a launch, from what the phone can still tell.

    Never raises for what a phone does; one that stays away is noted as gone.

    Args:
        before: the phone's state before the launch, or why it could not be read.
    """
    if not isinstance(result, NotMeasured):
        return Settled(result)
    if result.outcome != "disconnected":
        # A restart ends the app first and the connection a moment later.
        with suppress(PhoneLost, NoUsablePhone):
            return _explained(phone, launch_id, result)
    return _after_absence(phone, launch_id, result, before)


def _explained(phone: PhoneUnderTest, launch_id: str, failure: NotMeasured) -> Settled:
    """What a phone that is still there tells.

    Raises:
        PhoneLost, NoUsablePhone: it is not there any more.
    """
    if copied := read_recovered(phone.transport, launch_id):
        return Settled(copied, recovered=not isinstance(copied, NotMeasured))
    if failure.outcome == "timed_out":
        pid, seen = look_at_hung(phone.transport)
        failure = NotMeasured(outcome="timed_out", evidence=f"{failure.evidence}; {seen}", pid=pid)
    api_level = phone.phone.facts.api_level
    return Settled(examine(phone.transport, failure, launch_id=launch_id, api_level=api_level))


def _after_absence(
    phone: PhoneUnderTest, launch_id: str, lost: NotMeasured, before: Conditions | str
) -> Settled:
    """Wait for the phone, and take the launch from its copy if the app finished it meanwhile."""
    limits = phone.plan.process_limits
    for _ in range(_MOST_ABSENCES):
        since_s = time.monotonic()
        phone.waiting(
            f"the connection was lost, waiting at most {limits.reconnect_seconds:g} s for the phone"
        )
        is_back = phone.awaited()
        away_s = time.monotonic() - since_s
        if not is_back:
            phone.is_gone = True
            evidence = f"{lost.evidence}; the phone did not come back within {away_s:.0f} s"
            return Settled(NotMeasured(outcome="disconnected", evidence=evidence))
        with suppress(PhoneError, NoUsablePhone):  # away again, and what it holds is still to be read
            if copied := recover(phone.transport, launch_id, limits, stop=phone.stop):
                return Settled(copied, recovered=not isinstance(copied, NotMeasured))
            break
    return _lost(phone, launch_id, lost, before, away_s)


def _lost(
    phone: PhoneUnderTest, launch_id: str, lost: NotMeasured, before: Conditions | str, away_s: float
) -> Settled:
    """There is nothing to recover on a phone that came back: why."""
    outcome = lost.outcome
    if has_restarted(before, _conditions(phone.transport), away_s):
        _renew_settings(phone)
        how, outcome = "it had restarted", "disconnected"
    elif isinstance(before, str):
        how = "the launch had not been started"
    else:
        how = "its app had not finished"
    evidence = f"{lost.evidence}; the phone came back after {away_s:.1f} s, and {how}"
    failure = NotMeasured(outcome=outcome, evidence=evidence, pid=lost.pid)
    api_level = phone.phone.facts.api_level
    with suppress(PhoneError, NoUsablePhone):
        failure = examine(phone.transport, failure, launch_id=launch_id, api_level=api_level)
    return Settled(failure)


def has_restarted(before: Conditions | str, after: Conditions | str, away_s: float) -> bool:
    """Whether less time passed on the phone than it was away; unknown is no."""
    if isinstance(before, str) or isinstance(after, str):
        return False
    if before.uptime_s is None or after.uptime_s is None:
        return False
    return after.uptime_s < before.uptime_s + away_s - _UPTIME_SLACK_S


def _renew_settings(phone: PhoneUnderTest) -> None:
    with suppress(PhoneError, NoUsablePhone):
        renew(phone.transport, WantedSettings(**phone.plan.settings.model_dump()))


def _conditions(transport: Transport) -> Conditions | str:
    try:
        return read_conditions(transport)
    except (PhoneError, NoUsablePhone) as error:
        return error.cause
