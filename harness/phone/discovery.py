"""Which phones are there, which of them can be used, and which ones to use.

A phone that is connected twice, by cable and over Wi-Fi, is one phone here. Serial numbers are for the
terminal: what is kept of a phone is its id in `facts`.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from harness.errors import ElbenchError, NoUsablePhone, PhoneNotReady
from harness.phone.facts import transport_kind
from harness.phone.identity import phone_id, serial_in
from harness.phone.server import AdbServer, ListedPhone
from harness.phone.sources import ask
from harness.phone.states import remedy_for
from harness.phone.usb_vendor import usb_vendor

_PREFERRED = ("usb", "emulator", "tls", "tcp")
"""A cable neither loses the phone nor slows down its files."""
_IDENTITY_KEYS = ("ro.serialno", "ro.boot.serialno", "ro.build.fingerprint")
_IDENTITY_S = 5.0
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Sighting:
    """A phone that adb sees."""

    serial: str
    state: str
    """As adb says it."""
    model: str | None
    """As adb says it; it knows none of a phone that lets nobody in."""
    remedy: str | None
    """What to do before the phone can be used; None for a usable one."""
    others: tuple["Sighting", ...] = ()
    """Its other connections, which are not used unless they are named."""

    @property
    def is_usable(self) -> bool:
        """Whether commands can be sent to it."""
        return self.remedy is None

    @property
    def connections(self) -> tuple["Sighting", ...]:
        """Every connection of this phone, this one first."""
        return (self, *self.others)


def survey(server: AdbServer) -> tuple[Sighting, ...]:
    """Every phone that the server sees, usable or not, each once.

    Raises:
        AdbServerUnavailable: the server does not answer.
    """
    sightings = [_sighting(phone, is_local=server.is_local) for phone in server.devices()]
    return each_phone_once(sightings, _identities(server, sightings))


def each_phone_once(sightings: Sequence[Sighting], identities: Mapping[str, str]) -> tuple[Sighting, ...]:
    """The sightings by phone: its best connection, with the others within.

    Args:
        sightings: one for each connection.
        identities: what each phone says of itself, by serial; a usable one without stands for itself.
    """
    phones: dict[str, list[Sighting]] = {}
    for sighting in sightings:
        phones.setdefault(_phone_of(sighting, sightings, identities), []).append(sighting)
    return tuple(_as_one(connections) for connections in phones.values())


def choose(
    sightings: Sequence[Sighting], wanted: Sequence[str], environ: Mapping[str, str] = os.environ
) -> tuple[str, ...]:
    """Serials of the phones to use: those wanted, else the one in ANDROID_SERIAL, else all usable ones.

    A phone that is wanted by two of its connections is used once, by the first.

    Raises:
        PhoneNotReady: a wanted phone is there but not usable.
        NoUsablePhone: a wanted phone is not there, or no phone is usable.
    """
    named = list(wanted) or [s for s in [environ.get("ANDROID_SERIAL")] if s]
    if named:
        chosen: dict[str, str] = {}
        for serial in named:
            chosen.setdefault(_require(serial, sightings).serial, serial)
        return tuple(chosen.values())
    usable = tuple(sighting.serial for sighting in sightings if sighting.is_usable)
    if usable:
        return usable
    if len(sightings) == 1:
        raise _not_ready(sightings[0])
    remedies = "; ".join(f"for {sighting.serial}: {sighting.remedy}" for sighting in sightings)
    raise NoUsablePhone(
        f"no usable phone ({_list(sightings)})",
        remedy=remedies or "connect a phone with USB debugging on, or use --virtual",
    )


def _sighting(phone: ListedPhone, *, is_local: bool) -> Sighting:
    model = phone.details.get("model")
    return Sighting(
        serial=phone.serial,
        state=phone.state,
        model=model.replace("_", " ") if model else None,
        remedy=remedy_for(
            phone.state,
            transport=transport_kind(phone.serial),
            usb_vendor=usb_vendor(phone.details.get("usb", "")) if is_local else None,
        ),
    )


def _identities(server: AdbServer, sightings: Sequence[Sighting]) -> dict[str, str]:
    """What each usable phone says of itself, if there is more than one that could be the same."""
    usable = [sighting.serial for sighting in sightings if sighting.is_usable]
    if len(usable) < 2:
        return {}
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="identity") as pool:
        identities = pool.map(lambda serial: _identity(server, serial), usable)
        return {serial: found for serial, found in zip(usable, identities, strict=True) if found}


def _identity(server: AdbServer, serial: str) -> str | None:
    """The phone's id; None of one that does not answer, which is for others to find out."""
    commands = [f"getprop {key}" for key in _IDENTITY_KEYS]
    try:
        answers = ask(server.transport(serial), commands, deadline_s=_IDENTITY_S)
    except ElbenchError:
        return None
    return phone_id(dict(zip(_IDENTITY_KEYS, map(str.strip, answers), strict=True)), serial)


def _phone_of(sighting: Sighting, sightings: Sequence[Sighting], identities: Mapping[str, str]) -> str:
    """The phone's id. A connection that cannot be asked shares it by the serial within its name."""
    if sighting.serial in identities:
        return identities[sighting.serial]
    own = serial_in(sighting.serial) or sighting.serial
    alike = [other.serial for other in sightings if own in (other.serial, serial_in(other.serial))]
    return next((identities[serial] for serial in alike if serial in identities), own)


def _as_one(connections: Sequence[Sighting]) -> Sighting:
    best, *others = sorted(
        connections,
        key=lambda sighting: (not sighting.is_usable, _PREFERRED.index(transport_kind(sighting.serial))),
    )
    return replace(best, others=tuple(others))


def _require(serial: str, sightings: Sequence[Sighting]) -> Sighting:
    """The phone that has a connection of this name, which must be usable."""
    for phone in sightings:
        for connection in phone.connections:
            if connection.serial == serial and connection.is_usable:
                return phone
            if connection.serial == serial:
                raise _not_ready(connection)
    raise NoUsablePhone(
        f"no phone of this serial is connected ({_list(sightings)})",
        remedy="choose one of those that `elbench devices` lists, or connect it",
        where=serial,
    )


def _not_ready(sighting: Sighting) -> PhoneNotReady:
    return PhoneNotReady(f"it is {sighting.state}", remedy=sighting.remedy or "", where=sighting.serial)


def _list(sightings: Sequence[Sighting]) -> str:
    listed = ", ".join(f"{sighting.serial} {sighting.state}" for sighting in sightings)
    return f"there are: {listed}" if listed else "none is connected"
