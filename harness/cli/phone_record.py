"""`elbench phone record`: what a phone answers, without its secrets, for others to replay."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.talk import say, show
from harness.units import printable


def record(
    serial: Annotated[str, typer.Argument(help="The phone, as `elbench devices` names it.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to make.")],
) -> None:
    """Save every output that elbench reads from a phone, for `phone serve --profile DIR`."""
    from harness.cli.restore import restore_folder, restore_pending
    from harness.phone.discovery import choose, survey
    from harness.phone.profile_writing import require_free, write_profile
    from harness.phone.recording import read_everything, scrubbed
    from harness.phone.scrubbing import Scrubber
    from harness.phone.server import AdbServer

    require_free(out)
    server = AdbServer.from_environment(os.environ)
    server.start()
    (chosen,) = choose(survey(server), [serial])
    restore_pending(server, [chosen], restore_folder(), say)
    with _progress(chosen) as report:
        recording = read_everything(server.transport(chosen), report=report)
    scrubber = Scrubber()
    scrubber.learn_serial(hardware_serial(chosen))
    name = recording.name
    recording = scrubbed(recording, scrubber)
    write_profile(recording, out, name=scrubber.scrub(name), source="recorded with elbench phone record")
    show(str(out))
    for skipped in recording.skipped:
        say(f"Left out, as it is too large: {skipped}")
    say(f"{len(recording.commands)} outputs and {len(recording.files)} files. Removed: {scrubber.summary()}.")
    say("Look through the folder before you give it away: no program knows every secret.")


def hardware_serial(serial: str) -> str:
    """The phone's own serial number within adb's name for it; empty where that is an address."""
    from harness.phone.identity import serial_in

    return "" if ":" in serial or serial.startswith("emulator-") else serial_in(serial) or serial


@contextmanager
def _progress(serial: str) -> Iterator[Callable[[str], None]]:
    """One line of what is being read, on a terminal; elsewhere one line at the beginning."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        say(f"Reading {serial} ...")
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda words: status.update(printable(f"Reading {serial}: {words}"))
