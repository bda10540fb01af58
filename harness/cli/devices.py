"""`elbench devices`: which phones there are, which can be used, and what to do about the others."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.talk import say, show, show_json
from harness.units import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.phone.discovery import Sighting
    from harness.phone.server import AdbServer
    from harness.results.records import PhoneFacts

_HEADINGS = ("Serial", "State", "Phone", "Chip", "Cores", "System")
_LONGEST_CELL = 48
_UNKNOWN = "–"
_AT_ONCE = 8


def devices(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """List the phones that adb sees, with the remedy for each one that cannot be used."""
    from harness.cli.restore import restore_folder, restore_pending
    from harness.phone.discovery import survey
    from harness.phone.server import AdbServer

    server = AdbServer.from_environment(os.environ)
    server.start()
    sightings = survey(server)
    usable = [sighting.serial for sighting in sightings if sighting.is_usable]
    restore_pending(server, usable, restore_folder(), say)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="facts") as pool:
        facts = list(pool.map(lambda sighting: _facts(server, sighting), sightings))
    seen = list(zip(sightings, facts, strict=True))
    if as_json:
        show_json([asdict(sighting) | {"facts": known and asdict(known)} for sighting, known in seen])
    elif seen:
        show("\n".join(table(seen)))
    else:
        say("No phone is connected. Plug one in and turn on USB debugging, or use: elbench run --virtual")


def _facts(server: "AdbServer", sighting: "Sighting") -> "PhoneFacts | None":
    from harness.errors import NoUsablePhone, PhoneError
    from harness.phone.facts import read_facts

    if not sighting.is_usable:
        return None
    try:
        return read_facts(server.transport(sighting.serial))
    except (PhoneError, NoUsablePhone) as error:
        say(str(error))
        return None


def table(seen: "Sequence[tuple[Sighting, PhoneFacts | None]]") -> list[str]:
    """A row for each phone, below it what its owner should know."""
    rows = [_HEADINGS, *(_row(sighting, facts) for sighting, facts in seen)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    notes = [[], *(_notes(sighting, facts) for sighting, facts in seen)]
    return [text for line, below in zip(lines, notes, strict=True) for text in (line, *below)]


def _row(sighting: "Sighting", facts: "PhoneFacts | None") -> tuple[str, ...]:
    # What adb says of missing permissions is a sentence with an address; its remedy stands below.
    state = "ready" if facts else sighting.state.partition(" (")[0]
    if facts is None:
        cells = (sighting.serial, state, sighting.model or _UNKNOWN, _UNKNOWN, _UNKNOWN, _UNKNOWN)
    else:
        cells = (sighting.serial, state, _name(facts), facts.soc or _UNKNOWN, _cores(facts), _system(facts))
    return cells[:1] + tuple(map(_cell, cells[1:]))


def _notes(sighting: "Sighting", facts: "PhoneFacts | None") -> list[str]:
    also = [f"{other.serial} ({'ready' if other.is_usable else other.state})" for other in sighting.others]
    notes = [f"also connected as {', '.join(also)}"] if also else []
    if facts is None:
        notes.append(sighting.remedy or "its facts cannot be read")
    return [f"  {note[:1].upper()}{note[1:]}." for note in notes]


def _name(facts: "PhoneFacts") -> str:
    return f"{facts.name}{' (virtual)' if facts.is_virtual else ''}"


def _cores(facts: "PhoneFacts") -> str:
    from harness.phone.cpufreq import clusters_in_words

    clocks = clusters_in_words(facts.clusters) if facts.clusters else f"{facts.cores or 'unknown'} cores"
    return f"{clocks}, {len(facts.offline_cpus)} off" if facts.offline_cpus else clocks


def _system(facts: "PhoneFacts") -> str:
    android = f"Android {facts.android_release or 'unknown'}"
    return f"{android}, {facts.vendor_version}" if facts.vendor_version else android


def _cell(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= _LONGEST_CELL else f"{shown[: _LONGEST_CELL - 1]}…"
