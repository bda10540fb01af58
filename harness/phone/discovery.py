"""Which phones are there, which of them can be used, and which ones to use.

Serial numbers are for the terminal: what is kept of a phone is its id in `facts`.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.errors import NoUsablePhone, PhoneNotReady
from harness.phone.server import AdbServer, ListedPhone
from harness.phone.states import remedy_for


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

    @property
    def is_usable(self) -> bool:
        """Whether commands can be sent to it."""
        return self.remedy is None


def survey(server: AdbServer) -> tuple[Sighting, ...]:
    """Every phone that the server sees, usable or not.

    Raises:
        AdbServerUnavailable: the server does not answer.
    """
    return tuple(_sighting(phone) for phone in server.devices())


def choose(
    sightings: Sequence[Sighting], wanted: Sequence[str], environ: Mapping[str, str] = os.environ
) -> tuple[str, ...]:
    """Serials of the phones to use: those wanted, else the one in ANDROID_SERIAL, else all usable ones.

    Raises:
        PhoneNotReady: a wanted phone is there but not usable.
        NoUsablePhone: a wanted phone is not there, or no phone is usable.
    """
    named = list(dict.fromkeys(wanted)) or [s for s in [environ.get("ANDROID_SERIAL")] if s]
    if named:
        return tuple(_require(serial, sightings) for serial in named)
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


def _sighting(phone: ListedPhone) -> Sighting:
    model = phone.details.get("model")
    return Sighting(
        serial=phone.serial,
        state=phone.state,
        model=model.replace("_", " ") if model else None,
        remedy=remedy_for(phone.state),
    )


def _require(serial: str, sightings: Sequence[Sighting]) -> str:
    found = next((sighting for sighting in sightings if sighting.serial == serial), None)
    if found is None:
        raise NoUsablePhone(
            f"no phone of this serial is connected ({_list(sightings)})",
            remedy="choose one of those that `elbench devices` lists, or connect it",
            where=serial,
        )
    if not found.is_usable:
        raise _not_ready(found)
    return serial


def _not_ready(sighting: Sighting) -> PhoneNotReady:
    return PhoneNotReady(f"it is {sighting.state}", remedy=sighting.remedy or "", where=sighting.serial)


def _list(sightings: Sequence[Sighting]) -> str:
    listed = ", ".join(f"{sighting.serial} {sighting.state}" for sighting in sightings)
    return f"there are: {listed}" if listed else "none is connected"
