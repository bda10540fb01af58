"""`elbench restore`: phones put back as they were before runs changed them, or before elbench ever came."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.talk import say, show, show_json

if TYPE_CHECKING:
    from harness.errors import ElbenchError
    from harness.phone.restoration import Restoration
    from harness.phone.server import AdbServer
    from harness.phone.transport import Transport

RESTORE_JOURNALS = "restore"
"""Folder in elbench's cache."""
_WAIT_S = 30.0


def restore(
    device: Annotated[
        list[str] | None,
        typer.Option(metavar="SERIAL", help="Phone to restore; default: all usable ones."),
    ] = None,
    remove_app: Annotated[
        bool, typer.Option("--remove-app", help="Also remove the benchmark app and all files from it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Set back what interrupted runs have changed on phones; with --remove-app leave no trace on them."""
    from harness.phone.restore_journal import journal_files

    folder = restore_folder()
    done: list[_Done] = []
    failures: list[ElbenchError] = []
    if remove_app or journal_files(folder):
        done, failures = _restore_all(device or (), folder, remove_app=remove_app)
    waiting = [_waiting(file) for file in journal_files(folder)]
    refused = [line for one in done for line in one.restoration.refused]
    if as_json:
        show_json({"phones": [one.as_json() for one in done], "waiting": waiting})
    else:
        _show(done, waiting)
    _require_all(failures, refused, [] if device else waiting)


def restore_folder() -> Path:
    """Where restore journals are kept."""
    from harness.places import cache_folder

    return cache_folder(os.environ) / RESTORE_JOURNALS


def restore_pending(
    server: "AdbServer", serials: Sequence[str], folder: Path, say: Callable[[str], None]
) -> None:
    """Put back, and say so, what earlier commands left changed on these phones; asks none if nothing is left.

    A phone that another elbench uses is left to that one; one that fails here stays in its journal.
    """
    from harness.errors import ElbenchError
    from harness.phone.restoration import restored_in_words
    from harness.phone.restore_journal import JournalInUse, journal_files

    if not journal_files(folder):
        return
    for serial in serials:
        try:
            lines = restored_in_words(serial, _restored(server.transport(serial), folder, wait_s=0))
        except JournalInUse:
            continue
        except ElbenchError as error:
            lines = (str(error),)
        for line in lines:
            say(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    serial: str
    restoration: "Restoration"
    removed: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        fields = ("restored", "left", "refused")
        said = {name: list(getattr(self.restoration, name)) for name in fields}
        return {"serial": self.serial, **said, "removed": list(self.removed)}

    def lines(self) -> tuple[str, ...]:
        from harness.phone.restoration import restored_in_words

        gone = f"{self.serial}: removed {', '.join(self.removed)}"
        return (*restored_in_words(self.serial, self.restoration), *([gone] if self.removed else []))


def _restore_all(
    wanted: Sequence[str], folder: Path, *, remove_app: bool
) -> tuple[list[_Done], "list[ElbenchError]"]:
    """Each phone on its own: one that fails keeps no other from being restored."""
    from harness.errors import ElbenchError
    from harness.phone.discovery import choose, survey
    from harness.phone.server import AdbServer

    done: list[_Done] = []
    failures: list[ElbenchError] = []
    try:
        server = AdbServer.from_environment(os.environ)
        server.start()
        serials = choose(survey(server), wanted)
    except ElbenchError as error:
        return [], [error]
    for serial in serials:
        try:
            done.append(_restore_one(server.transport(serial), folder, remove_app=remove_app))
        except ElbenchError as error:
            failures.append(error)
    return done, failures


def _restore_one(transport: "Transport", folder: Path, *, remove_app: bool) -> _Done:
    from harness.cli.sole_use import PHONES_IN_USE, sole_use
    from harness.phone.traces import remove_every_trace

    with sole_use([transport.serial], folder.parent / PHONES_IN_USE):
        restoration = _restored(transport, folder, wait_s=_WAIT_S)
        removed = remove_every_trace(transport) if remove_app else ()
    return _Done(serial=transport.serial, restoration=restoration, removed=removed)


def _restored(transport: "Transport", folder: Path, *, wait_s: float) -> "Restoration":
    from harness.phone.restoration import restore as restore_phone
    from harness.phone.restore_journal import held, phone_key

    with held(folder, phone_key(transport), serial=transport.serial, wait_s=wait_s) as journal:
        return restore_phone(transport, journal)


def _waiting(file: Path) -> dict[str, Any]:
    """A journal that is still there, as data: the phone is not connected, or did not take everything."""
    from dataclasses import asdict

    from harness.errors import UsageError
    from harness.phone.restore_journal import read_pending

    try:
        return {"file": str(file), "problem": None, **asdict(read_pending(file))}
    except UsageError as error:
        return {"file": str(file), "problem": error.cause, "phone": None, "changes": []}


def _show(done: Sequence[_Done], waiting: Sequence[Mapping[str, Any]]) -> None:
    lines = [line for one in done for line in one.lines()]
    for line in (*lines, *map(_waiting_line, waiting)):
        show(line)
    if not (lines or waiting):
        show("Nothing to restore.")


def _waiting_line(journal: Mapping[str, Any]) -> str:
    if journal["problem"]:
        return f"{journal['file']}: {journal['problem']}"
    changes = journal["changes"]
    values = ", ".join(f"{change['name']} to {change['old'] or 'unset'}" for change in changes)
    return f"{journal['phone']}, changed {changes[0]['at']} by {changes[0]['by']}: still to set back {values}"


def _require_all(
    failures: "Sequence[ElbenchError]", refused: Sequence[str], waiting: Sequence[Mapping[str, Any]]
) -> None:
    """The exit code tells whether every phone is as before.

    Raises:
        ElbenchError: the first failure; the others are said.
        CommandFailed: a phone did not take an old value.
        PhoneNotReady: a phone that is not connected waits to be restored.
    """
    from harness.errors import CommandFailed, NoUsablePhone, PhoneNotReady

    nothing_connected = bool(waiting) and all(type(failure) is NoUsablePhone for failure in failures)
    if failures and not nothing_connected:
        for failure in failures[1:]:
            say(str(failure))
        raise failures[0]
    if refused:
        raise CommandFailed(refused[0], remedy="unlock the phone, then run `elbench restore` again")
    if waiting:
        raise PhoneNotReady(
            f"{len(waiting)} phone(s) still to be restored",
            remedy="connect them, then run `elbench restore` again; of a phone that is gone for good, "
            f"delete {waiting[0]['file']}",
        )
