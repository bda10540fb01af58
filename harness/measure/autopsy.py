"""Why a launch's app ended, from what Android remembers of it: its log and its list of ended processes.

`am` says only that a process crashed; the low-memory killer, an ANR and a crash look alike to it.
"""

from dataclasses import replace

from android_runner.contract import PACKAGE
from harness.errors import DeadlineExceeded, NoUsablePhone, PhoneError, PhoneLost, UnreadableAnswer
from harness.measure.events import NotMeasured
from harness.phone.app_memory import parse_app_meminfo, parse_process_status
from harness.phone.exit_info import (
    ANR,
    CRASHES,
    FIRST_API_LEVEL,
    LOW_MEMORY,
    ProcessExit,
    exit_info_command,
    parse_exits,
)
from harness.phone.logcat import LoggedEnd, parse_end, read_command
from harness.phone.processes import process_of
from harness.phone.sources import ask
from harness.phone.transport import Transport, quoted
from harness.results.records import Outcome

_DEADLINE_S = 20.0
_LONGEST_EVIDENCE = 8000


def examine(
    transport: Transport, failure: NotMeasured, *, launch_id: str, api_level: int | None
) -> NotMeasured:
    """Say how the app really ended and with what evidence; unchanged where the phone tells nothing more.

    Raises:
        PhoneLost, NoUsablePhone: it went away.
    """
    commands = [read_command()]
    if (api_level or 0) >= FIRST_API_LEVEL:
        commands.append(exit_info_command(PACKAGE))
    try:
        log, *exits = ask(transport, commands, deadline_s=_DEADLINE_S)
    except (DeadlineExceeded, UnreadableAnswer):
        return failure
    logged = parse_end(log, mark=launch_id, package=PACKAGE, pid=failure.pid)
    remembered = _of_process(parse_exits("\n".join(exits)), failure.pid)
    return judge(failure, logged, remembered)


def judge(failure: NotMeasured, logged: LoggedEnd, remembered: ProcessExit | None) -> NotMeasured:
    """The outcome that the evidence supports, its reason first. Only an app that died can be renamed.

    A launch that the runner itself refused, or that Android never started, stays what it is.
    """
    outcome = failure.outcome
    if outcome in ("crashed", "timed_out", "anr"):
        outcome = _from_exit(remembered) or logged.end or outcome
    reason = _reason(outcome, failure, logged, remembered)
    parts = [reason, failure.evidence if failure.evidence != reason else ""]
    parts += [f"log:\n{logged.excerpt}" if logged.excerpt else ""]
    evidence = "\n".join(part for part in parts if part)
    return replace(failure, outcome=outcome, evidence=evidence[:_LONGEST_EVIDENCE])


def look_at_hung(transport: Transport) -> tuple[int | None, str]:
    """The process of an app that says nothing any more, and what it is doing; None if there is none.

    Raises:
        PhoneLost, NoUsablePhone: the phone went away.
    """
    try:
        pid = process_of(transport, PACKAGE)
        if pid is None:
            return None, "the app's process is gone"
        status, memory = ask(
            transport,
            [quoted("cat", f"/proc/{pid}/status"), quoted("dumpsys", "meminfo", PACKAGE)],
            deadline_s=_DEADLINE_S,
        )
    except (PhoneLost, NoUsablePhone):
        raise
    except PhoneError as error:
        return None, f"the phone does not tell what the app does ({error.cause})"
    return pid, f"the app's process {pid} is still there{_state(status)}{_held(memory)}"


def _state(status: str) -> str:
    try:
        process = parse_process_status(status)
    except PhoneError:
        return ""
    return f", in state {process.state}"


def _held(memory: str) -> str:
    try:
        held = parse_app_meminfo(memory)
    except PhoneError:
        return ""
    return f", {held.pss_kib} KiB PSS" if held.pss_kib is not None else ""


def _of_process(exits: tuple[ProcessExit, ...], pid: int | None) -> ProcessExit | None:
    """Without a process id none can be told from those of earlier launches."""
    return next((one for one in exits if one.pid == pid), None)


def _from_exit(remembered: ProcessExit | None) -> Outcome | None:
    if remembered is None:
        return None
    outcomes: dict[int, Outcome] = {LOW_MEMORY: "killed_by_lmk", ANR: "anr"}
    return "crashed" if remembered.reason in CRASHES else outcomes.get(remembered.reason)


def _reason(outcome: Outcome, failure: NotMeasured, logged: LoggedEnd, remembered: ProcessExit | None) -> str:
    """One line that says why the outcome is what it is."""
    if logged.line and logged.end == outcome:
        return logged.line
    if remembered is not None and _from_exit(remembered) == outcome:
        return f"Android says of process {remembered.pid}: {remembered.described}"
    return failure.evidence
