"""The phone's clocks: a wall clock that anything may set, and the time since it was switched on."""

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

ON_FOR_S = 3600.0
"""For how long a phone has been on when it begins to be served."""


class PhoneClock:
    """Wall clock and uptime of one phone.

    Args:
        monotonic_s: the host's clock that both run on.
        now: the host's wall clock.
        on_for_s: the uptime at first.
    """

    def __init__(
        self,
        monotonic_s: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_for_s: float = ON_FOR_S,
    ) -> None:
        self._monotonic_s = monotonic_s
        self._now = now
        self._ahead = timedelta(0)
        self.boot()
        self._booted_s -= on_for_s

    def boot(self) -> None:
        """Start the phone anew: its uptime begins, under a boot id that it never had before."""
        self._booted_s = self._monotonic_s()
        self.boot_id = str(uuid.uuid4())

    def jump(self, seconds: float) -> None:
        """Set the wall clock ahead, or back; nothing else moves."""
        self._ahead += timedelta(seconds=seconds)

    def now(self) -> datetime:
        """The phone's wall clock, UTC."""
        return self._now() + self._ahead

    def uptime_s(self) -> float:
        """Seconds since the phone was switched on."""
        return self._monotonic_s() - self._booted_s

    def proc_uptime(self) -> bytes:
        """What /proc/uptime holds: uptime, and the idle time of all cores, which is invented."""
        uptime_s = self.uptime_s()
        return f"{uptime_s:.2f} {uptime_s * 6:.2f}\n".encode()

    def proc_boot_id(self) -> bytes:
        """What /proc/sys/kernel/random/boot_id holds."""
        return f"{self.boot_id}\n".encode()
