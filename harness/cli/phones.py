"""The phones of a run: real ones that adb sees, or a virtual one that lives as long as the run."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from harness.cli.talk import say
from harness.errors import NoUsablePhone
from harness.measure.plan import Plan
from harness.phone.discovery import choose, survey
from harness.phone.server import AdbServer
from harness.virtual.process import VirtualPhones


def choose_phones(plan: Plan, server: AdbServer, *, or_virtual: bool = False) -> tuple[str, ...]:
    """Serials of the phones to measure on; none means that a virtual one is to be started.

    Args:
        or_virtual: let a virtual phone stand in, and say so, where no phone is usable.

    Raises:
        NoUsablePhone: none is usable, or one that the plan names is not.
    """
    if plan.virtual:
        return ()
    try:
        serials = choose(survey(server), plan.devices)
    except NoUsablePhone as error:
        if not or_virtual or plan.devices:
            raise
        say(f"{error} Measuring on a virtual phone instead.")
        return ()
    if len(serials) > 1 and not plan.devices:
        say(f"Measuring on all {len(serials)} usable phones; choose with --device.")
    return serials


@contextmanager
def virtual_phone(server: AdbServer) -> Iterator[tuple[str, ...]]:
    """A virtual phone, connected; yields its serial."""
    with VirtualPhones.start(engine="lite", count=1) as phones, ExitStack() as stack:
        for address in phones.addresses:
            server.connect(address)
            stack.callback(server.disconnect, address)
        yield phones.addresses
