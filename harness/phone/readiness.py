"""The gate before a launch: it looks at the phone, wakes it, and waits with a limit until it is ready.

When all is well it costs one round trip, and the state that it read is the launch's state before. What a
launch does when the gate's time is over, is the plan's question.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from harness.errors import UnreadableAnswer
from harness.phone.conditions import CONDITIONS_COMMANDS, CONDITIONS_DEADLINE_S, parse_conditions
from harness.phone.cpu_load import BUSY_COMMAND, BusyShare, parse_busy_share
from harness.phone.readiness_checks import ReadinessLimits, Verdict, judge
from harness.phone.sources import ask
from harness.phone.transport import Transport
from harness.results.records import CheckState, Conditions, Readiness, ReadinessCheck

__all__ = ["ReadinessLimits", "Tolerated", "await_ready"]

_SETTLE_S = 1.0
"""A lock screen takes half a second to go."""
_SLICE_S = 0.5
"""How soon a run that is being stopped stops."""
_WAKE_DEADLINE_S = 20.0
_FIRST_SDK_WITH_DISMISS = 26
"""Android 8 (AOSP frameworks/base, WindowManagerShellCommand.java); before it the menu key does the same."""


@dataclass(slots=True)
class Tolerated:
    """The checks of one phone that waiting did not mend in this run, and how bad each was.

    They are not waited for again while they are no worse: a phone that is always warm would else cost the
    whole limit before every launch.
    """

    _shortfalls: dict[str, float] = field(default_factory=dict)

    def covers(self, verdict: Verdict) -> bool:
        """Whether waiting for it was in vain before, and it is no worse now."""
        known = self._shortfalls.get(verdict.name)
        return known is not None and (verdict.shortfall or 0.0) <= known + verdict.slack

    def learn(self, verdict: Verdict, *, timed_out: bool) -> None:
        """Keep what was waited for in vain; what is well again is waited for the next time."""
        if timed_out:
            self._shortfalls[verdict.name] = verdict.shortfall or 0.0
        elif verdict.shortfall == 0:
            self._shortfalls.pop(verdict.name, None)


@dataclass(frozen=True, slots=True)
class _Look:
    conditions: Conditions
    verdicts: tuple[Verdict, ...]

    @property
    def screen(self) -> Verdict:
        return next(verdict for verdict in self.verdicts if verdict.name == "screen")


@dataclass(slots=True)
class _Gate:
    """One wait, from its first look on."""

    transport: Transport
    limits: ReadinessLimits
    tolerated: Tolerated
    report: Callable[[str], None]
    stop: Callable[[], bool]
    sleep: Callable[[float], None]
    clock_ns: Callable[[], int]
    start_ns: int
    short_at_first: dict[str, Verdict] = field(default_factory=dict)
    has_woken: bool = False

    @property
    def waited_s(self) -> float:
        return (self.clock_ns() - self.start_ns) / 1e9

    def wait(self) -> tuple[_Look, list[Verdict]]:
        """The last look, and what was still short in it although it was waited for."""
        look = self._look()
        while pending := [one for one in look.verdicts if one.is_short and not self.tolerated.covers(one)]:
            for verdict in pending:
                self.short_at_first.setdefault(verdict.name, verdict)
            if self.stop() or self.waited_s >= self.limits.wait_seconds:
                break
            self.report(_line(pending, self.waited_s, self.limits.wait_seconds))
            self._pause(min(self.limits.poll_seconds, self.limits.wait_seconds - self.waited_s))
            look = self._look()
        return look, pending

    def _look(self) -> _Look:
        """The phone's state, with its screen woken where that was wanting."""
        look = _look(self.transport, self.limits)
        if not look.screen.is_short or (self.has_woken and look.conditions.screen_on is not False):
            return look
        self.short_at_first.setdefault("screen", look.screen)
        # Only once for a screen that is on: a person may be typing a PIN into it.
        self.has_woken = True
        _wake(self.transport)
        self._pause(_SETTLE_S)
        return _look(self.transport, self.limits)

    def _pause(self, seconds: float) -> None:
        end_s = self.waited_s + seconds
        while (left_s := end_s - self.waited_s) > 0 and not self.stop():
            self.sleep(min(left_s, _SLICE_S))


def await_ready(
    transport: Transport,
    limits: ReadinessLimits,
    *,
    tolerated: Tolerated,
    report: Callable[[str], None],
    stop: Callable[[], bool],
    sleep: Callable[[float], None] = time.sleep,
    clock_ns: Callable[[], int] = time.monotonic_ns,
) -> tuple[Conditions, Readiness]:
    """Wait until the phone is ready, at most as long as the limits say.

    Args:
        transport: the phone.
        limits: what is wanted, how long to wait for it, and how often to look.
        tolerated: what the gate learned of this phone in this run.
        report: is told in one line what is being waited for, at every look.
        stop: whether the run is being ended; then the gate returns with what it saw last.
        sleep, clock_ns: the time.

    Returns:
        The phone's state at the last look, and what each check came to.

    Raises:
        PhoneLost, DeadlineExceeded, UnreadableAnswer: as `ask`.
    """
    gate = _Gate(transport, limits, tolerated, report, stop, sleep, clock_ns, start_ns=clock_ns())
    look, pending = gate.wait()
    is_stopped = stop()
    for verdict in look.verdicts:
        tolerated.learn(verdict, timed_out=verdict in pending and not is_stopped)
    waited_ns = clock_ns() - gate.start_ns
    end = "the run was stopped" if is_stopped else f"waited for {waited_ns / 1e9:.0f} s in vain"
    checks = tuple(
        _check(verdict, gate.short_at_first.get(verdict.name), end if verdict in pending else _TOLERATED)
        for verdict in look.verdicts
    )
    return look.conditions, Readiness(waited_ns=waited_ns, checks=checks)


_TOLERATED = "not waited for, as waiting was in vain before"


def _look(transport: Transport, limits: ReadinessLimits) -> _Look:
    # The cores first, before the other questions keep them busy.
    busy, *answers = ask(transport, (BUSY_COMMAND, *CONDITIONS_COMMANDS), deadline_s=CONDITIONS_DEADLINE_S)
    conditions = parse_conditions(answers)
    return _Look(conditions, judge(conditions, _busy_share(busy), limits))


def _busy_share(answer: str) -> BusyShare | str:
    try:
        return parse_busy_share(answer)
    except UnreadableAnswer as error:
        return error.cause


def _wake(transport: Transport) -> None:
    """Switch the screen on and put a lock screen away that asks for nothing; others show their PIN's keys."""
    commands = ("getprop ro.build.version.sdk", "input keyevent KEYCODE_WAKEUP")
    sdk = ask(transport, commands, deadline_s=_WAKE_DEADLINE_S)[0].strip()
    is_old = sdk.isdecimal() and sdk.isascii() and int(sdk[:4]) < _FIRST_SDK_WITH_DISMISS
    dismiss = "input keyevent 82" if is_old else "wm dismiss-keyguard"
    transport.shell(dismiss, deadline_s=_WAKE_DEADLINE_S)


def _line(pending: Sequence[Verdict], waited_s: float, limit_s: float) -> str:
    what = "; ".join(f"{one.seen}: {one.remedy}" if one.remedy else one.seen for one in pending)
    return f"{what}, {waited_s:.0f} s of at most {limit_s:.0f} s"


def _check(verdict: Verdict, at_first: Verdict | None, end: str) -> ReadinessCheck:
    state: CheckState
    if verdict.shortfall is None:
        state, reason = "skipped", verdict.seen
    elif verdict.is_short:
        remedy = f": {verdict.remedy}" if verdict.remedy else ""
        state, reason = "timed_out", f"{verdict.against}{remedy} ({end})"
    elif at_first is not None:
        state, reason = "waited", f"{verdict.against} (at first {at_first.seen})"
    else:
        state, reason = "passed", verdict.against
    return ReadinessCheck(name=verdict.name, state=state, reason=reason)
