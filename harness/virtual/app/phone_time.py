"""A modelled phone's time and how warm it is, kept in a file between its launches."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.virtual.app.clock import ModelledClock
from harness.virtual.app.timing import Timing

BOOT_NS = 60_000_000_000
"""Where the modelled clock stands at a phone's first launch."""
LAUNCH_NS = 250_000_000
"""What starting an app process takes on the modelled clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a launch finds."""

    at_ns: int = BOOT_NS
    """Where the clock stands."""
    busy_ns: float = 0.0
    """How long the phone has been busy, less what it has cooled down since."""


class PhoneTime:
    """The phone's clock and warmth during one launch.

    Args:
        found: what the launch finds.
        timing: the phone's constants.
    """

    def __init__(self, found: Left, timing: Timing) -> None:
        self.clock = ModelledClock(found.at_ns + LAUNCH_NS + round(timing.idle_seconds * 1e9))
        self._busy_ns = found.busy_ns
        self._busy_until_ns = found.at_ns
        self._cooling_ns = timing.idle_cooling_seconds * 1e9

    def busy_ns(self) -> float:
        """How long the phone has been busy; what was before it idled counts the less, the longer it did."""
        idle_ns = self.clock.at_ns - self._busy_until_ns
        if idle_ns and self._cooling_ns:
            self._busy_ns *= math.exp(-idle_ns / self._cooling_ns)
        self._busy_until_ns = self.clock.at_ns
        return self._busy_ns

    def spend(self, duration_ns: int) -> None:
        """Let time pass in which the phone is busy."""
        self._busy_ns = self.busy_ns() + duration_ns
        self.clock.sleep(duration_ns)
        self._busy_until_ns = self.clock.at_ns

    def left(self) -> Left:
        """What the next launch finds."""
        return Left(at_ns=self.clock.at_ns, busy_ns=self.busy_ns())


def find(file: Path, launch: str) -> Left:
    """What a launch finds: what the one before left or, if it is the same again, what that one found."""
    if not file.exists():
        return Left()
    kept = json.loads(file.read_text())
    return Left(**kept["found" if kept["launch"] == launch else "left"])


def keep(file: Path, launch: str, found: Left, left: Left) -> None:
    """Write down what a launch found and left."""
    file.write_text(json.dumps({"launch": launch, "found": asdict(found), "left": asdict(left)}))
