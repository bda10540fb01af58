"""A launch whose stream broke off, from the copy of its events that the app keeps on the phone.

The app goes on measuring without a cable. What it has finished is a launch like any other.
"""

import time
from collections.abc import Callable

from android_runner.contract import PACKAGE, recovery_path, recovery_path_before_api_29
from harness.errors import ContractViolation, NoUsablePhone, PhoneError, TransferFailed
from harness.measure.events import NotMeasured, Seen, read_copy
from harness.measure.plan_sections import Limits
from harness.phone.processes import process_of
from harness.phone.transport import Transport, quoted

_SHORT_COMMAND_S = 20.0
_PULL_S = 120.0
_POLL_S = 0.25


def recover(
    transport: Transport,
    launch_id: str,
    limits: Limits,
    *,
    stop: Callable[[], bool],
    pause: Callable[[float], object] = time.sleep,
) -> Seen | NotMeasured | None:
    """Wait while the app still measures, then read its copy; None if it holds no finished launch.

    The launch's own limits hold: an app whose copy does not grow for `silence_seconds` is not waited for.

    Raises:
        PhoneLost, DeadlineExceeded: the phone went away again.
    """
    end_s = time.monotonic() + limits.launch_seconds
    known_bytes, grown_s = -1, time.monotonic()
    while process_of(transport, PACKAGE) is not None and not stop():
        now_s, size_bytes = time.monotonic(), _size_bytes(transport, launch_id)
        if size_bytes > known_bytes:
            known_bytes, grown_s = size_bytes, now_s
        if now_s > end_s or now_s - grown_s > limits.silence_seconds:
            break
        pause(_POLL_S)
    return read_recovered(transport, launch_id)


def read_recovered(transport: Transport, launch_id: str) -> Seen | NotMeasured | None:
    """What a launch's copy holds now; None if there is none, or if it ends before the launch does.

    Raises:
        PhoneLost, DeadlineExceeded: as `Transport.pull`.
    """
    for path in _paths(launch_id):
        try:
            return read_copy(transport.pull(path, deadline_s=_PULL_S), launch_id)
        except (TransferFailed, ContractViolation):
            continue
    return None


def copies_left(transport: Transport) -> tuple[str, ...]:
    """Ids of the launches whose copies lie on the phone; none of a phone that cannot be asked."""
    folders = [path.rpartition("/")[0] for path in _paths("launch")]
    try:
        answer = transport.shell(
            "; ".join(quoted("ls", folder) for folder in folders), deadline_s=_SHORT_COMMAND_S
        )
    except (PhoneError, NoUsablePhone):
        return ()
    names = (line.strip() for line in answer.stdout.splitlines())
    return tuple(name.removesuffix(".jsonl") for name in names if name.endswith(".jsonl"))


def _size_bytes(transport: Transport, launch_id: str) -> int:
    """-1 while there is none."""
    for path in _paths(launch_id):
        try:
            there = transport.stat(path, deadline_s=_SHORT_COMMAND_S)
        except TransferFailed:
            continue
        if there is not None:
            return there.size_bytes
    return -1


def _paths(launch_id: str) -> tuple[str, str]:
    return recovery_path(launch_id), recovery_path_before_api_29(launch_id)
