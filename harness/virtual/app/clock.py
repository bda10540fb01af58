"""The clocks that a launch may run on: the machine's, or one that only a timing model moves."""

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Nanoseconds as CLOCK_MONOTONIC counts them."""

    def now_ns(self) -> int:
        """Read the clock."""

    def sleep(self, duration_ns: int) -> None:
        """Let time pass."""


class MonotonicClock:
    """The machine's own CLOCK_MONOTONIC."""

    now_ns = staticmethod(time.monotonic_ns)

    def sleep(self, duration_ns: int) -> None:
        """Let time pass."""
        time.sleep(duration_ns / 1e9)


@dataclass(slots=True)
class ModelledClock:
    """A clock that stands still until a model of time moves it."""

    at_ns: int

    def now_ns(self) -> int:
        """Where the clock stands."""
        return self.at_ns

    def sleep(self, duration_ns: int) -> None:
        """Move the clock."""
        self.at_ns += duration_ns
