"""The phones of a run: real ones that adb sees, or a virtual one that lives as long as the run."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from harness.cli.talk import say
from harness.errors import NoUsablePhone, PhoneNotReady, RunnerMissing
from harness.measure.plan import Plan
from harness.phone.discovery import choose, survey
from harness.phone.facts import read_facts
from harness.phone.packages import require_runner
from harness.phone.server import AdbServer
from harness.results.records import PhoneFacts
from harness.virtual.process import VirtualPhones


def choose_phones(
    plan: Plan, server: AdbServer, *, or_virtual: bool = False, only: Sequence[PhoneFacts] = ()
) -> tuple[str, ...]:
    """Serials of the phones to measure on; none means that a virtual one is to be started.

    Args:
        or_virtual: let a virtual phone stand in, and say so, where no phone is usable.
        only: choose these phones and no others.

    Raises:
        NoUsablePhone: none is usable, or one that the plan names is not.
    """
    if plan.virtual:
        return ()
    try:
        usable = choose(survey(server), plan.devices)
        wanted = _those(only, usable, server) if only else usable
        serials = _with_runner(wanted, server, all_wanted=bool(plan.devices or only))
    except NoUsablePhone as error:
        if not or_virtual or plan.devices:
            raise
        say(f"{error} Measuring on a virtual phone instead.")
        return ()
    if len(serials) > 1 and not (plan.devices or only):
        say(f"Measuring on all {len(serials)} usable phones; choose with --device.")
    return serials


def not_connected(phones: Sequence[PhoneFacts]) -> PhoneNotReady:
    """The error for phones of a run that cannot be found again."""
    names = ", ".join(f"{facts.manufacturer} {facts.model} ({facts.phone_id})" for facts in phones)
    return PhoneNotReady(
        f"the run was started on {names}, which is not connected now",
        remedy="connect it and run the same command again",
    )


def _those(phones: Sequence[PhoneFacts], serials: Sequence[str], server: AdbServer) -> tuple[str, ...]:
    """Serials of these phones; adb may know other ones, and these by other serials than before."""
    by_id = {read_facts(server.transport(serial)).phone_id: serial for serial in serials}
    absent = [facts for facts in phones if facts.phone_id not in by_id]
    if absent:
        raise not_connected(absent)
    return tuple(by_id[facts.phone_id] for facts in phones)


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
def virtual_phone(server: AdbServer) -> Iterator[Callable[[], tuple[str, ...]]]:
    """A virtual phone that starts beside; yields what waits for it, connects it and gives its serial."""
    with ThreadPoolExecutor(1, thread_name_prefix="virtual-phone") as pool, ExitStack() as stack:
        starting = pool.submit(VirtualPhones.start, engine="lite", count=1)
        stack.callback(lambda: starting.result().stop())

        def connected() -> tuple[str, ...]:
            addresses = starting.result().addresses
            for address in addresses:
                server.connect(address)
                stack.callback(server.disconnect, address)
            return addresses

        yield connected
