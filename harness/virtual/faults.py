"""What goes wrong on a virtual phone, on purpose: the records, and what each kind may say of itself.

A fault file is read by `fault_file`; when a fault is due is known to `system.fault_script`, and what it does
to `system.misfortunes`.
"""

import math
import re
from dataclasses import dataclass
from typing import Literal

from harness.virtual.app.launch_order import Phase

FaultKind = Literal[
    "crash",
    "crash_java",
    "lmk",
    "anr",
    "hang",
    "disconnect",
    "reboot",
    "corrupt",
    "throttle",
    "fill_storage",
    "install_refused",
    "lock_screen",
    "clock_jump",
    "slow",
]
APP_KINDS: tuple[FaultKind, ...] = ("crash", "crash_java", "lmk", "anr", "hang")
"""Those that befall an app process."""


@dataclass(frozen=True, slots=True)
class AtPhase:
    """As a launch ends a phase; the app waits there until the fault has happened."""

    launch: int | None
    """Counted from 1 since the phone is served; None: every launch."""
    phase: Phase
    """The phase after whose memory event it happens."""
    model: str | None = None
    """Name in the request of a model that the launch measures; None: any."""


@dataclass(frozen=True, slots=True)
class AfterBytes:
    """Once so many bytes of payload have passed between phone and adb server."""

    count: int


@dataclass(frozen=True, slots=True)
class AfterSeconds:
    """So long after the phone is served, or after a launch has started."""

    seconds: float
    launch: int | None


@dataclass(frozen=True, slots=True)
class AtCommand:
    """As adb asks for a service whose name the pattern is found in, for the nth time."""

    pattern: re.Pattern[str]
    nth: int


Trigger = AtPhase | AfterBytes | AfterSeconds | AtCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong. Values that its kind does not use keep their defaults."""

    kind: FaultKind
    trigger: Trigger
    for_seconds: float = math.inf
    """How long it lasts; infinite is for ever."""
    share: float = 0.5
    """`throttle`: of the highest clocks."""
    status: int = 3
    """`throttle`: thermal status from then on."""
    rest_of_launch: bool = False
    """`throttle`: whether it lasts to the end of the launch that it befalls, and `for_seconds` from there."""
    jump_seconds: float = 0.0
    """`clock_jump`: how far the wall clock jumps."""
    delay_seconds: float = 0.0
    """`slow`: how much later each service answers."""
    message: str = "INSTALL_FAILED_USER_RESTRICTED: Install canceled by user"
    """`install_refused`: what stands between the brackets of `Failure […]`."""
    path: str = ""
    """`corrupt`: pattern of the file, whose middle byte is flipped; without one, the app's next event."""
    pin: bool = False
    """`lock_screen`: whether only a person can unlock it."""

    @property
    def is_final(self) -> bool:
        """Whether the app that it befalls never goes on: it ends, or is silent for ever."""
        if self.kind == "hang":
            return math.isinf(self.for_seconds)
        return self.kind in APP_KINDS or self.kind == "reboot"


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of one phone, in the file's order."""

    all: tuple[Fault, ...] = ()
