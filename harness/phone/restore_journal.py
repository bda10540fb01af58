"""What runs have changed on a phone and not yet put back, on this computer's disk.

One file a phone, written before the phone is changed and removed once it is as before: it outlives a killed
elbench, a pulled cable and a power cut. A phone is known by a hash of its hardware serial, so that cables,
networks and updates of its system do not matter. Whoever holds a phone's journal may change that phone.
"""

import fcntl
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from harness.durable import write_durably
from harness.errors import OutputFolderUnusable, PhoneNotReady, UsageError
from harness.phone.changeable import CHANGEABLES, is_value
from harness.phone.sources import ask
from harness.phone.transport import Transport

FORMAT = 1

_KEY_S = 20.0
_POLL_S = 0.1
_LARGEST_BYTES = 1 << 20
_IDENTITY = ("ro.serialno", "ro.boot.serialno", "ro.product.device", "ro.elbench.virtual")


class JournalInUse(PhoneNotReady):
    """Another elbench holds it, and changes the phone itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One thing that a run has changed, or was about to."""

    name: str
    """Key of `CHANGEABLES`."""
    old: str | None
    """Its value before the first change that was not put back; None: it was unset."""
    new: str
    """The value that the run gave it."""
    by: str
    """The run."""
    at: str
    """UTC, ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What is to be put back on one phone."""

    phone: str
    """Name for people, without its serial."""
    changes: tuple[Changed, ...]
    """Oldest first."""


@dataclass(frozen=True, slots=True)
class RestoreJournal:
    """The journal of one phone, held by this process; see `held`."""

    file: Path

    def read(self) -> Pending:
        """What is to be put back; without a file, nothing.

        Raises:
            UsageError: the file is damaged, or of another version of elbench; it is left as it is.
        """
        return read_pending(self.file) if self.file.exists() else Pending(phone="", changes=())

    def write(self, pending: Pending) -> None:
        """Replace what is to be put back and wait until the disk has it; nothing removes the file.

        Raises:
            OutputFolderUnusable: the disk is full or cannot be written; what was there is kept.
        """
        content = {"format": FORMAT, **asdict(pending)}
        try:
            if pending.changes:
                write_durably(self.file, json.dumps(content, indent=1).encode() + b"\n")
            else:
                self.file.unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(self.file.parent, error) from error


def phone_key(transport: Transport) -> str:
    """16 hex digits that stay the same on every cable and network, and after updates.

    Some makers give all phones of a model one serial, hence the model's code name. Virtual phones of one seed
    are told apart by their address.

    Raises:
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    answers = ask(transport, [f"getprop {name}" for name in _IDENTITY], deadline_s=_KEY_S)
    serial, boot_serial, device, is_virtual = (answer.strip() for answer in answers)
    parts = [serial or boot_serial or transport.serial, device]
    parts += [transport.serial] if is_virtual == "1" else []
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@contextmanager
def held(folder: Path, key: str, *, serial: str, wait_s: float) -> Iterator[RestoreJournal]:
    """Hold the journal of a phone against other processes; a killed one lets go.

    Args:
        folder: where journals are; made if need be.
        key: the phone's, from `phone_key`.
        serial: for messages.
        wait_s: how long to wait for another process.

    Raises:
        JournalInUse: another process still holds it.
        OutputFolderUnusable: `folder` cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / f"{key}.lock").open("a")
    except OSError as error:
        raise _unusable(folder, error) from error
    with lock:
        _lock(lock.fileno(), serial, wait_s)
        yield RestoreJournal(folder / f"{key}.json")


def journal_files(folder: Path) -> list[Path]:
    """The journals of all phones that are not as before; empty if the folder is not there."""
    return sorted(folder.glob("[!.]*.json"))


def read_pending(file: Path) -> Pending:
    """Read one journal.

    Raises:
        UsageError: it cannot be read, is damaged, or of another version of elbench.
    """
    try:
        return _decoded(json.loads(_bounded(file)))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"this restore journal cannot be read ({error})",
            remedy="it says what to set back on which phone: do so by hand, then delete the file; "
            "or use the elbench that wrote it",
            where=str(file),
        ) from error


def _bounded(file: Path) -> bytes:
    with file.open("rb") as opened:
        content = opened.read(_LARGEST_BYTES + 1)
    if len(content) > _LARGEST_BYTES:
        raise ValueError("it is far too long")
    return content


def _decoded(content: Any) -> Pending:  # noqa: ANN401  whatever the JSON holds
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"it is not of format {FORMAT}")
    match content:
        case {"phone": str(phone), "changes": [*changes]}:
            return Pending(phone=phone, changes=tuple(_decoded_change(change) for change in changes))
    raise ValueError("it names no phone or no changes")


def _decoded_change(change: Any) -> Changed:  # noqa: ANN401
    """Only what elbench itself changes is ever sent to a phone."""
    names = {spec.name for spec in fields(Changed)}
    if not isinstance(change, dict) or change.keys() != names:
        raise ValueError("a change is not understood")
    if not all(isinstance(value, str) for key, value in change.items() if key != "old"):
        raise ValueError("a change is not understood")
    if change["name"] not in CHANGEABLES:
        raise ValueError("a change is of something unknown")
    if not (is_value(change["old"]) and is_value(change["new"])):
        raise ValueError(f"{change['name']} has a value that is no number")
    return Changed(**change)


def _lock(descriptor: int, serial: str, wait_s: float) -> None:
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                raise JournalInUse(
                    "another elbench is using it",
                    remedy="wait for it, or choose another phone with --device",
                    where=serial,
                ) from error
            time.sleep(_POLL_S)
        else:
            return


def _unusable(folder: Path, error: OSError) -> OutputFolderUnusable:
    return OutputFolderUnusable(
        f"the folder of restore journals cannot be written ({error.strerror}), so no setting is changed",
        remedy="make room, or set ELBENCH_CACHE to a folder that can be written",
        where=str(folder),
    )
