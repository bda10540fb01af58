"""The phones of a run: real ones that adb sees, or a virtual one that lives as long as the run."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from android_runner.prebuilt import Prebuilt, read_prebuilt
from harness.cli.restore import restore_folder, restore_pending
from harness.cli.talk import say
from harness.errors import ElbenchError, NoUsablePhone, PhoneError, PhoneNotReady
from harness.measure.plan import Plan
from harness.phone.discovery import Sighting, choose, survey
from harness.phone.facts import read_facts
from harness.phone.runner import ensure_runner, runner_for
from harness.phone.server import AdbServer
from harness.phone.settings import WantedSettings, require_possible
from harness.results.records import PhoneFacts
from harness.virtual.engine_choice import EngineChoice, resolve_engine
from harness.virtual.process import VirtualPhones


def choose_phones(
    plan: Plan, server: AdbServer, *, or_virtual: bool = False, only: Sequence[PhoneFacts] = ()
) -> tuple[str, ...]:
    """Serials of the phones to measure on; none means that a virtual one is to be started.

    Whatever earlier runs left changed on a phone that is seen here is put back, chosen or not.

    Args:
        or_virtual: let a virtual phone stand in, and say so, where no phone is usable.
        only: choose these phones and no others.

    Raises:
        NoUsablePhone: none is usable, or one that the plan names is not.
        PhoneError: the only phone failed meanwhile, or one that the plan names did.
        SetupIncomplete: elbench's own runners are not there.
        BadPlan: the plan's settings would cut one of them off.
    """
    if plan.virtual:
        return ()
    try:
        sightings = survey(server)
        seen = [sighting.serial for sighting in sightings if sighting.is_usable]
        restore_pending(server, seen, restore_folder(), say)
        usable = choose(sightings, plan.devices)
        _say_connections(sightings, usable)
        wanted = _those(only, usable, server) if only else usable
        prebuilt = read_prebuilt()
        serials = those_able(
            wanted,
            lambda serial: _require_possible(server, serial, prebuilt, plan),
            all_wanted=bool(plan.devices or only),
        )
    except (NoUsablePhone, PhoneError) as error:
        _stand_in(error, plan, or_virtual=or_virtual)
        return ()
    if len(serials) > 1 and not (plan.devices or only):
        say(f"Measuring on all {len(serials)} usable phones; choose with --device.")
    return serials


def install_runners(
    serials: Sequence[str],
    plan: Plan,
    server: AdbServer,
    *,
    or_virtual: bool = False,
    all_wanted: bool = False,
) -> tuple[str, ...]:
    """Have the benchmark app on these phones, which nobody else measures on, and say what was installed.

    Args:
        serials: what `choose_phones` gave.
        or_virtual: let a virtual phone stand in, and say so, where no phone takes the app.
        all_wanted: measure on all of them or not at all; so it is too where the plan names phones.

    Returns:
        Those that have it; none means that a virtual one is to be started.

    Raises:
        NoUsablePhone, PhoneError: no phone takes it, or a wanted one does not.
        SetupIncomplete: elbench's own runners are not there, or damaged.
    """
    if not serials:
        return ()
    prebuilt = read_prebuilt()
    try:
        return those_able(
            serials,
            lambda serial: _install_runner(server, serial, prebuilt),
            all_wanted=all_wanted or bool(plan.devices),
        )
    except (NoUsablePhone, PhoneError) as error:
        _stand_in(error, plan, or_virtual=or_virtual)
        return ()


def those_able(serials: Sequence[str], step: Callable[[str], None], *, all_wanted: bool) -> tuple[str, ...]:
    """Those that a step succeeds on; another is named and left out, unless all are wanted.

    Raises:
        NoUsablePhone, PhoneError: of the first that fails, if it is wanted or all fail.
    """
    able = []
    failures: list[ElbenchError] = []
    for serial in serials:
        try:
            step(serial)
        except (NoUsablePhone, PhoneError) as error:
            failures.append(error)
        else:
            able.append(serial)
    if failures and (all_wanted or not able):
        raise failures[0]
    for failure in failures:
        say(f"{failure} Measuring without this phone.")
    return tuple(able)


def not_connected(phones: Sequence[PhoneFacts]) -> PhoneNotReady:
    """The error for phones of a run that cannot be found again."""
    names = ", ".join(f"{facts.name} ({facts.phone_id})" for facts in phones)
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


def _say_connections(sightings: Sequence[Sighting], serials: Sequence[str]) -> None:
    """Name the other connections of phones that are connected twice."""
    for phone in sightings:
        names = [connection.serial for connection in phone.connections]
        for used in set(names if phone.others else []).intersection(serials):
            others = ", ".join(name for name in names if name != used)
            say(f"{used} is also connected as {others}; measuring it once, as {used}.")


def _require_possible(server: AdbServer, serial: str, prebuilt: Prebuilt, plan: Plan) -> None:
    facts = read_facts(server.transport(serial))
    runner_for(facts.abis, prebuilt, serial)
    require_possible(WantedSettings(**plan.settings.model_dump()), facts, serial)


def _install_runner(server: AdbServer, serial: str, prebuilt: Prebuilt) -> None:
    transport = server.transport(serial)
    facts = read_facts(transport)
    runner = ensure_runner(transport, facts.abis, prebuilt, manufacturer=facts.manufacturer)
    if runner.is_new:
        say(f"{facts.model or serial}: {runner}")


def _stand_in(error: ElbenchError, plan: Plan, *, or_virtual: bool) -> None:
    """Say that a virtual phone stands in, where that is allowed; otherwise the error stands."""
    if not or_virtual or plan.devices:
        raise error
    say(f"{error} Measuring on a virtual phone instead.")


@contextmanager
def virtual_phone(
    server: AdbServer, choice: EngineChoice = "auto"
) -> Iterator[Callable[[], tuple[str, ...]]]:
    """A virtual phone that starts beside; yields what waits for it, connects it and gives its serial.

    Raises:
        SetupIncomplete: the engine that was chosen lacks something on this machine.
    """
    engine = resolve_engine(choice, say)
    with ThreadPoolExecutor(1, thread_name_prefix="virtual-phone") as pool, ExitStack() as stack:
        starting = pool.submit(VirtualPhones.start, engine=engine, count=1)
        stack.callback(lambda: starting.result().stop())

        def connected() -> tuple[str, ...]:
            addresses = starting.result().addresses
            for address in addresses:
                server.connect(address)
                stack.callback(server.disconnect, address)
            return addresses

        yield connected
