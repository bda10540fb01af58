"""What a run may change on a phone: how each thing is read, set and unset.

Commands and their answers only. What is wanted and when it is put back is `settings`' business.
Sources: AOSP frameworks/base, SettingsService.java (before Android 8 cmds/settings/SettingsCmd.java),
PowerManagerShellCommand.java, ConnectivityService.java.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.errors import UnreadableAnswer
from harness.phone.answers import unreadable
from harness.phone.sources import ask
from harness.phone.transport import Transport, quoted

ON, OFF = "1", "0"

# `settings` starts a Java process for each call before Android 8, which takes a slow phone a second.
_DEADLINE_S = 30.0
_SHOWN = 160
_VALUE = re.compile(r"null|[-+]?\d{1,12}(?:\.\d{1,12})?")


@dataclass(frozen=True, slots=True)
class Changeable:
    """One thing on the phone that has a value; None is a value too: unset."""

    name: str
    """For people and for restore journals, where it must never change its meaning."""
    reading: str | None
    """The command that prints the value; None: Android does not tell it."""
    writing: Callable[[str | None], str]
    """The command that gives it a value, which prints nothing but a complaint or a count."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a phone said about one of them."""

    value: str | None
    """None: it is unset."""
    problem: str = ""
    """Why there is no value; empty where there is one."""


def _setting(table: str, key: str) -> Changeable:
    def writing(value: str | None) -> str:
        if value is None:
            return quoted("settings", "delete", table, key)
        return quoted("settings", "put", table, key, value)

    return Changeable(f"{table} {key}", quoted("settings", "get", table, key), writing)


STAY_ON = _setting("global", "stay_on_while_plugged_in")
SCREEN_TIMEOUT = _setting("system", "screen_off_timeout")
ANIMATIONS = tuple(
    _setting("global", f"{kind}_scale")
    for kind in ("window_animation", "transition_animation", "animator_duration")
)
BRIGHTNESS_MODE = _setting("system", "screen_brightness_mode")
BRIGHTNESS = _setting("system", "screen_brightness")
FIXED_PERFORMANCE = Changeable(
    "fixed-performance mode",
    None,
    lambda value: f"cmd power set-fixed-performance-mode-enabled {'true' if value == ON else 'false'}",
)
AIRPLANE = Changeable(
    "airplane mode",
    "settings get global airplane_mode_on",
    lambda value: f"cmd connectivity airplane-mode {'enable' if value == ON else 'disable'}",
)
CHANGEABLES = {
    thing.name: thing
    for thing in (
        STAY_ON,
        SCREEN_TIMEOUT,
        *ANIMATIONS,
        BRIGHTNESS_MODE,
        BRIGHTNESS,
        FIXED_PERFORMANCE,
        AIRPLANE,
    )
}
"""By name: nothing else is ever changed, whatever a journal says."""


def is_value(text: object) -> bool:
    """Whether this can be the value of one of them: all are numbers or unset."""
    return text is None or (isinstance(text, str) and bool(_VALUE.fullmatch(text)) and text != "null")


def same(one: str | None, other: str | None) -> bool:
    """Whether two values mean the same: some phones write `0` as `0.0`."""
    if one is None or other is None:
        return one is other
    return float(one) == float(other)


def parse_value(command: str, text: str) -> str | None:
    """Read the answer of a `reading` command; phones may print warnings of their linker before it.

    Raises:
        UnreadableAnswer: its last line is neither a number nor `null`.
    """
    value = (text.strip().splitlines() or [""])[-1].strip()
    if not _VALUE.fullmatch(value):
        raise unreadable(command, text)
    return None if value == "null" else value


def read(transport: Transport, things: Sequence[Changeable]) -> dict[str, Reading]:
    """The value of each by its name, in one round trip; those that Android does not tell are not in it.

    Raises:
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    commands = {thing.name: thing.reading for thing in things if thing.reading}
    if not commands:
        return {}
    answers = ask(transport, list(commands.values()), deadline_s=_DEADLINE_S)
    return {
        name: _reading(command, answer)
        for (name, command), answer in zip(commands.items(), answers, strict=True)
    }


def write(transport: Transport, values: Sequence[tuple[Changeable, str | None]]) -> dict[str, str]:
    """Give each its value, in this order; returns by name what the phone said to that.

    One command each: what a phone still does after this process was killed is over within a second.

    Raises:
        PhoneLost, DeadlineExceeded: as `Transport.shell`; some may have been written.
    """
    return {thing.name: _said(transport, thing.writing(value)) for thing, value in values}


def _said(transport: Transport, command: str) -> str:
    answer = transport.shell(command, deadline_s=_DEADLINE_S)
    words = f"{answer.stdout} {answer.stderr}".split()
    return " ".join(words)[:_SHOWN] or (f"exit code {answer.exit_code}" if answer.exit_code else "")


def _reading(command: str, answer: str) -> Reading:
    try:
        return Reading(parse_value(command, answer))
    except UnreadableAnswer as error:
        return Reading(None, error.cause)
