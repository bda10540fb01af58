"""One request carried out by the app on a phone: from request.json to what its stream brought.

Never raises for what a phone does. What is asked for, and what becomes of the answer, is its caller's matter.
"""

from collections.abc import Iterator

from android_runner.contract import INSTRUMENTATION, Request, encode_request, request_path
from harness.errors import (
    CommandFailed,
    DeadlineExceeded,
    NoUsablePhone,
    PhoneError,
    PhoneLost,
)
from harness.measure.events import NotMeasured, Seen, read_stream
from harness.measure.plan_sections import Limits
from harness.phone.logcat import mark_command
from harness.phone.transport import Transport, quoted

_SHORT_COMMAND_S = 20.0


def carry_out(transport: Transport, request: Request, limits: Limits) -> Seen | NotMeasured:
    """Push the request, start the app and read what it sends."""
    try:
        transport.push(encode_request(request), request_path(request.launch), deadline_s=_SHORT_COMMAND_S)
        return read_stream(_instrument(transport, request.launch, limits), request.launch)
    except DeadlineExceeded as error:
        return NotMeasured(outcome="timed_out", evidence=error.cause)
    except (PhoneLost, NoUsablePhone) as error:
        return NotMeasured(outcome="disconnected", evidence=error.cause)
    except PhoneError as error:
        return NotMeasured(outcome="rejected", evidence=error.cause)


def _instrument(transport: Transport, launch_id: str, limits: Limits) -> Iterator[str]:
    """The lines of the launch; what `am` exits with says less than what it has printed before."""
    path = request_path(launch_id)
    command = quoted("am", "instrument", "-w", "-r", "--user", "0", "-e", "request", path, INSTRUMENTATION)
    try:
        yield from transport.lines(
            f"{mark_command(launch_id)}; {command}",
            deadline_s=limits.launch_seconds,
            silence_s=limits.silence_seconds,
        )
    except CommandFailed as error:
        yield error.cause
