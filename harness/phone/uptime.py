"""The phone's own clocks, and how much wants to run on it."""

import re
from dataclasses import dataclass

from harness.phone.answers import unreadable
from harness.results.records import Explained

UPTIME_COMMAND = "cat /proc/uptime"
EPOCH_COMMAND = "date +%s"
LOAD_COMMAND = "cat /proc/loadavg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock(Explained):
    """A clock's reading."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Load(Explained):
    """How much wants to run."""

    one_minute: float
    """Linux counts tasks that wait for a disk or a driver too: phones at rest show 2 to 10."""


def parse_uptime(text: str) -> Clock:
    """Read /proc/uptime: since the phone was switched on, sleep included.

    Raises:
        UnreadableAnswer: no number to begin with.
    """
    return Clock(seconds=_first(r"([0-9]{1,10}\.[0-9]{1,3}) ", UPTIME_COMMAND, text))


def parse_epoch(text: str) -> Clock:
    """Read `date +%s`: seconds since 1970 UTC.

    Raises:
        UnreadableAnswer: something else than a number, such as a date in words.
    """
    return Clock(seconds=_first(r"([0-9]{1,11})[ \t\r]*$", EPOCH_COMMAND, text))


def parse_load(text: str) -> Load:
    """Read /proc/loadavg.

    Raises:
        UnreadableAnswer: no number to begin with.
    """
    return Load(one_minute=_first(r"([0-9]{1,6}\.[0-9]{2}) ", LOAD_COMMAND, text))


def _first(pattern: str, command: str, text: str) -> float:
    found = re.match(pattern, text.strip(" \r\n") + " ")
    if not found:
        raise unreadable(command, text)
    return float(found[1])
