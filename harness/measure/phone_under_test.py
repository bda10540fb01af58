"""One phone while a run measures on it: the way to it, what was learnt of it, what is still to tidy up."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from android_runner.contract import PACKAGE, recovery_path, recovery_path_before_api_29, request_path
from harness.errors import NoUsablePhone, PhoneError
from harness.measure.plan import Plan
from harness.measure.preparation import ReadyPhone
from harness.phone.readiness import Tolerated
from harness.phone.reconnection import await_phone
from harness.phone.server import AdbServer
from harness.phone.transport import Transport, quoted

_SHORT_COMMAND_S = 20.0


@dataclass(slots=True, kw_only=True)
class PhoneUnderTest:
    """A phone on which launches follow each other, and what was learnt of it on the way.

    Args:
        phone: ready for launches.
        server: its adb server, for when the phone goes away.
        waiting: hears a line about what is waited for.
        stop: whether the run is being ended.
    """

    phone: ReadyPhone
    server: AdbServer
    plan: Plan
    waiting: Callable[[str], None]
    stop: Callable[[], bool]
    tolerated: Tolerated = field(default_factory=Tolerated)
    is_gone: bool = False
    """Whether it went away and did not come back in the time that the plan gives it."""
    uncleaned: list[str] = field(default_factory=list)
    """Launches whose files are still on it, as it was away when they were to be removed."""

    @property
    def transport(self) -> Transport:
        """The way to it."""
        return self.phone.transport

    def awaited(self) -> bool:
        """Wait for it to come back, as long as the plan gives it; false if it does not."""
        return await_phone(
            self.server,
            self.transport,
            self.phone.facts.phone_id,
            limit_s=self.plan.limits.reconnect_seconds,
            stop=self.stop,
        )


def clean_up(phone: PhoneUnderTest, *launch_ids: str) -> None:
    """End an app that may still run and remove what launches left; those that stay are noted on the phone."""
    phone.uncleaned.extend(launch_ids)
    left = [
        path
        for one in phone.uncleaned
        for path in (
            request_path(one).rpartition("/")[0],
            recovery_path(one),
            recovery_path_before_api_29(one),
        )
    ]
    commands = (quoted("am", "force-stop", PACKAGE), quoted("rm", "-rf", *left))
    with suppress(PhoneError, NoUsablePhone):
        phone.transport.shell("; ".join(commands), deadline_s=_SHORT_COMMAND_S)
        phone.uncleaned.clear()


def leave(phone: PhoneUnderTest) -> None:
    """After the last launch: remove what could not be removed after its own one."""
    if phone.uncleaned and not phone.is_gone:
        phone.awaited()
        clean_up(phone)
