"""Waiting for a phone that went away: a pulled cable, a restart, an adb server that was ended.

Whether what it did meanwhile can still be used is `measure.recovery`'s question.
"""

import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from harness.errors import NoUsablePhone, PhoneError
from harness.phone.identity import phone_id
from harness.phone.properties import PROPERTIES_COMMAND, parse_properties
from harness.phone.server import AdbServer
from harness.phone.transport import Transport

_PROBE_S = 10.0
_PAUSES_S = (0.1, 0.2, 0.4, 0.8)
_NETWORK_ADDRESS = re.compile(r"[^\s:]+:\d{1,5}")


def await_phone(
    server: AdbServer,
    transport: Transport,
    expected_id: str,
    *,
    limit_s: float,
    stop: Callable[[], bool],
    pause: Callable[[float], object] = time.sleep,
) -> bool:
    """Wait until the phone answers again and Android is up; false if it does not within `limit_s`.

    A phone on the network is connected to again, and a local adb server that has ended is started, since
    neither comes back by itself. Another phone at the same address is not this one.

    Args:
        expected_id: of the phone, as in its facts.
        stop: whether to give up now.
    """
    end_s = time.monotonic() + limit_s
    pauses = iter(_PAUSES_S)
    while not stop():
        if _answers(server, transport, expected_id):
            return True
        left_s = end_s - time.monotonic()
        if left_s <= 0:
            return False
        pause(min(left_s, next(pauses, _PAUSES_S[-1])))
    return False


def is_up(properties: Mapping[str, str]) -> bool:
    """Whether Android has started: adb answers long before.

    `sys.boot_completed` is set as the last thing. A phone that names none of its services, as a replayed one
    may, does not tell it.
    """
    booted = properties.get("sys.boot_completed")
    if booted is None:
        return not any(key.startswith("init.svc.") for key in properties)
    return booted == "1"


def _answers(server: AdbServer, transport: Transport, expected_id: str) -> bool:
    if _is_there(transport, expected_id):
        return True
    with suppress(PhoneError, NoUsablePhone):
        server.start()
        if _NETWORK_ADDRESS.fullmatch(transport.serial):
            server.disconnect(transport.serial)  # else the server tries a lost address only every 3 s
            server.connect(transport.serial)
    return _is_there(transport, expected_id)


def _is_there(transport: Transport, expected_id: str) -> bool:
    with suppress(PhoneError, NoUsablePhone):
        properties = parse_properties(transport.check(PROPERTIES_COMMAND, deadline_s=_PROBE_S))
        return is_up(properties) and phone_id(properties, transport.serial) == expected_id
    return False
