"""The phones of a run: real ones that adb sees, or a virtual one that lives as long as the run."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from harness.cli.talk import say
from harness.errors import NoUsablePhone, RunnerMissing
from harness.measure.plan import Plan
from harness.phone.discovery import choose, survey
from harness.phone.packages import require_runner
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
        serials = _with_runner(choose(survey(server), plan.devices), server, all_wanted=bool(plan.devices))
    except NoUsablePhone as error:
        if not or_virtual or plan.devices:
            raise
        say(f"{error} Measuring on a virtual phone instead.")
        return ()
    if len(serials) > 1 and not plan.devices:
        say(f"Measuring on all {len(serials)} usable phones; choose with --device.")
    return serials


def _with_runner(serials: Sequence[str], server: AdbServer, *, all_wanted: bool) -> tuple[str, ...]:
    """Those that have the benchmark app; one that lacks it is named and left out, unless all are wanted.

    Raises:
        RunnerMissing: a wanted phone lacks it, or all do.
    """
    having = []
    lacking = []
    for serial in serials:
        try:
            require_runner(server.transport(serial))
        except RunnerMissing as error:
            lacking.append(error)
        else:
            having.append(serial)
    if lacking and (all_wanted or not having):
        raise lacking[0]
    for refusal in lacking:
        say(f"{refusal} Measuring without this phone.")
    return tuple(having)


@contextmanager
def virtual_phone(server: AdbServer) -> Iterator[tuple[str, ...]]:
    """A virtual phone, connected; yields its serial."""
    with VirtualPhones.start(engine="lite", count=1) as phones, ExitStack() as stack:
        for address in phones.addresses:
            server.connect(address)
            stack.callback(server.disconnect, address)
        yield phones.addresses
