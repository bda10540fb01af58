"""`elbench devices`: which phones there are, which can be used, and what to do about the others."""

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.talk import say, show, show_json

if TYPE_CHECKING:
    from harness.phone.discovery import Sighting
    from harness.phone.server import AdbServer
    from harness.results.records import PhoneFacts


def devices(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """List the phones that adb sees, with the remedy for each one that cannot be used."""
    from harness.phone.discovery import survey
    from harness.phone.server import AdbServer

    server = AdbServer.from_environment(os.environ)
    server.start()
    seen = [(sighting, _facts(server, sighting)) for sighting in survey(server)]
    if as_json:
        show_json([asdict(sighting) | {"facts": facts and asdict(facts)} for sighting, facts in seen])
        return
    if not seen:
        say("No phone is connected. Plug one in and turn on USB debugging, or use: elbench run --virtual")
    for sighting, facts in seen:
        show(_line(sighting, facts))


def _facts(server: "AdbServer", sighting: "Sighting") -> "PhoneFacts | None":
    from harness.errors import PhoneError
    from harness.phone.facts import read_facts

    if not sighting.is_usable:
        return None
    try:
        return read_facts(server.transport(sighting.serial))
    except PhoneError as error:
        say(str(error))
        return None


def _line(sighting: "Sighting", facts: "PhoneFacts | None") -> str:
    if facts is None:
        return f"{sighting.serial}  {sighting.state}: {sighting.remedy or 'its facts cannot be read'}"
    name = f"{facts.manufacturer or 'unknown'} {facts.model or 'model'}"
    parts = (
        f"{name} (virtual)" if facts.is_virtual else name,
        facts.soc or "SoC unknown",
        f"Android {facts.android_release or 'unknown'}",
    )
    return f"{sighting.serial}  ready: {', '.join(parts)}"
