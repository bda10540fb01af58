"""How a run went on one phone: repeated, recovered and marked launches, waiting, throttling, set aside.

Sentences of counts for people; what was seen in each launch is in `findings` and the tables.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from harness.results.records import LaunchRecord, PhoneFacts, Readiness
from harness.units import format_duration_ns, format_khz
from reports.digest import PhoneDigest
from reports.shown import DASH, Heading, Shown, Table
from reports.telemetry_curves import CAPPED_SHARE, max_khz_by_name, series_values

_FAILURES_IN_A_ROW = 3
"""As many make a run set a phone aside (harness/measure/session.py)."""
_LEAST_WAIT_NS = 1_000_000_000
"""Less than the pause between two looks: a check that is tolerated is not waited for."""


def course(digest: PhoneDigest) -> tuple[str, ...]:
    """What did not go as planned or not in the usual way, one sentence each; nothing where all did."""
    return (
        *_duets(digest.launches),
        *_set_aside(digest),
        *_repeated(digest),
        *_recovered(digest.launches),
        *_not_ready(digest.launches),
        *_throttled(digest.phone, digest.launches),
        *_waited(digest.launches),
    )


def readiness_table(launches: Sequence[LaunchRecord]) -> Table:
    """Each check of the gate over all launches; no rows where there was no gate."""
    headings = (
        Heading("Check", is_number=False),
        Heading("Right at once", "launches"),
        Heading("After waiting", "launches"),
        Heading("Never", "launches"),
        Heading("Not checked", "launches"),
        Heading("What was seen", is_number=False),
    )
    checks = [check for launch in launches if launch.readiness for check in launch.readiness.checks]
    rows = []
    for name in dict.fromkeys(check.name for check in checks):
        own = [check for check in checks if check.name == name]
        counts = [
            sum(check.state == state for check in own)
            for state in ("passed", "waited", "timed_out", "skipped")
        ]
        # What a reader looks for first: why it never was right, else what was waited for.
        telling = [
            check for state in ("timed_out", "waited", "skipped") for check in own if check.state == state
        ]
        reasons = list(dict.fromkeys(check.reason for check in telling or own[-1:]))
        more = f"and {len(reasons) - 1} more" if len(reasons) > 1 else ""
        rows.append(
            (
                Shown(name.replace("_", " ")),
                *(Shown(str(count) if count else DASH) for count in counts),
                Shown(reasons[0], more),
            )
        )
    return Table("Readiness before launches", headings, tuple(rows))


def _duets(launches: Sequence[LaunchRecord]) -> Iterator[str]:
    duets = sum(bool(launch.request.beside) for launch in launches)
    if duets:
        yield f"{_count(duets)} ran as duets: two models in one process, in short blocks in turn."


def _set_aside(digest: PhoneDigest) -> Iterator[str]:
    """Told from the journal: failures that lead to it, and no launch after them."""
    not_run = sum(cell.not_run for cell in digest.cells)
    failed = list(takewhile(lambda launch: launch.outcome != "ok", reversed(digest.launches)))
    is_lost = bool(failed) and failed[0].outcome == "disconnected"
    if not_run and (is_lost or len(failed) >= _FAILURES_IN_A_ROW):
        why = "the connection was lost" if is_lost else f"{len(failed)} launches failed in a row"
        yield f"The phone was set aside, as {why}: {_count(not_run)} did not run; continue with --resume."


def _repeated(digest: PhoneDigest) -> Iterator[str]:
    repeated = {record.request.launch_id for record in digest.earlier}
    if repeated:
        attempts = "a second attempt" if len(repeated) == len(digest.earlier) else "further attempts"
        yield f"{len(repeated)} of {_count(len(digest.launches))} needed {attempts}."


def _recovered(launches: Sequence[LaunchRecord]) -> Iterator[str]:
    recovered = sum(launch.recovered for launch in launches)
    if recovered:
        yield (
            f"{recovered} of {_count(len(launches))} broke off on the way to this computer and finished on "
            "the phone: what it measured was read from its copy there."
        )


def _not_ready(launches: Sequence[LaunchRecord]) -> Iterator[str]:
    """Launches that began all the same, and those that the plan did not let begin."""
    unready = [launch for launch in launches if launch.readiness and launch.readiness.timed_out]
    refused = [launch for launch in unready if launch.outcome == "not_ready"]
    marked = [launch for launch in unready if launch.outcome != "not_ready"]
    of_all = f"of {_count(len(launches))}"
    if marked:
        yield (
            f"{len(marked)} {of_all} began though the phone was not ready "
            f"({_failed_checks(marked)}); they are marked."
        )
    if refused:
        were = "was" if len(refused) == 1 else "were"
        yield (
            f"{len(refused)} {of_all} {were} refused, as the phone was not ready ({_failed_checks(refused)})."
        )


def _failed_checks(launches: Sequence[LaunchRecord]) -> str:
    gates = [launch.readiness for launch in launches if launch.readiness]
    return ", ".join(
        dict.fromkeys(check.name.replace("_", " ") for gate in gates for check in gate.timed_out)
    )


def _throttled(phone: PhoneFacts, launches: Sequence[LaunchRecord]) -> Iterator[str]:
    """From telemetry: clusters that the phone held back while it measured."""
    maxima = max_khz_by_name(phone, launches)
    sampled = [launch.telemetry for launch in launches if launch.telemetry]
    for name, max_khz in sorted(maxima.items()):
        lowest = [
            float(caps.min()) * 1e6 for one in sampled if (caps := series_values(one, name, "cap_khz")).size
        ]
        held_back = [cap_khz for cap_khz in lowest if cap_khz < max_khz * CAPPED_SHARE]
        if held_back:
            yield (
                f"{name} was held back in {len(held_back)} of {_count(len(lowest))}, down to "
                f"{min(held_back) / 1e6:.2f} of {format_khz(max_khz)}."
            )


def _waited(launches: Sequence[LaunchRecord]) -> Iterator[str]:
    gates = [launch.readiness for launch in launches if launch.readiness]
    waited = [gate for gate in gates if gate.waited_ns >= _LEAST_WAIT_NS and not _is_quiet(gate)]
    if waited:
        total_ns = sum(gate.waited_ns for gate in waited)
        duration = format_duration_ns(total_ns)
        yield f"Before {_count(len(waited))} the run waited for the phone, {duration} in all."


def _is_quiet(gate: Readiness) -> bool:
    return all(check.state in ("passed", "skipped") for check in gate.checks)


def _count(launches: int) -> str:
    return f"{launches} launch{'es' if launches != 1 else ''}"
