"""What a phone is, read once a run in one round trip: everything that does not change meanwhile."""

import re
from dataclasses import dataclass

from harness.phone.answers import unreadable
from harness.phone.cpufreq import CLOCKS_COMMAND, CORES_COMMAND, parse_clocks, parse_cores
from harness.phone.identity import abis, identify, is_virtual, phone_id
from harness.phone.memory import MEMORY_COMMAND, parse_memory
from harness.phone.properties import PROPERTIES_COMMAND, parse_properties
from harness.phone.sources import Source, ask, gather
from harness.phone.transport import Transport
from harness.results.records import Explained, PhoneFacts

_DEADLINE_S = 30.0
_PAGE_SIZE_COMMAND = "getconf PAGE_SIZE"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSize(Explained):
    """Granularity of memory; 16 KiB on some phones from Android 15 on."""

    size_bytes: int


def read_facts(transport: Transport) -> PhoneFacts:
    """Read what a phone is; what it does not tell is None with the reason. The serial stays out.

    Raises:
        UnreadableAnswer: it has no system properties, so that it cannot be identified.
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    commands = [PROPERTIES_COMMAND, *(source.command for source in _SOURCES)]
    properties_answer, *answers = ask(transport, commands, deadline_s=_DEADLINE_S)
    properties = parse_properties(properties_answer)
    said, measured = identify(properties), gather(_SOURCES, answers)
    return PhoneFacts(
        phone_id=phone_id(properties, transport.serial),
        abis=abis(properties),
        transport=transport_kind(transport.serial),
        is_virtual=is_virtual(properties),
        **said.values,
        **measured.values,
        missing={**said.missing, **measured.missing},
    )


def transport_kind(serial: str) -> str:
    """How a phone with this serial is connected: `usb`, `tcp` or `emulator`."""
    if serial.startswith("emulator-"):
        return "emulator"
    is_network = re.search(r":\d+$|\._adb(?:-tls-connect)?\._tcp", serial)
    return "tcp" if is_network else "usb"


def parse_page_size(text: str) -> PageSize:
    """Read the answer of `getconf PAGE_SIZE`.

    Raises:
        UnreadableAnswer: no number, as on phones without getconf.
    """
    if not re.fullmatch(r"[1-9]\d{3,6}", text.strip()):
        raise unreadable(_PAGE_SIZE_COMMAND, text)
    return PageSize(size_bytes=int(text))


_SOURCES = (
    Source(MEMORY_COMMAND, parse_memory, {"ram_kib": "total_kib"}),
    Source(CLOCKS_COMMAND, parse_clocks, {"clusters": "clusters"}),
    Source(CORES_COMMAND, parse_cores, {"cores": "count"}),
    Source(_PAGE_SIZE_COMMAND, parse_page_size, {"page_size_bytes": "size_bytes"}),
)
