"""Files put on the phone by their hash: sent only if they are not there, and proved once they are.

A file takes its final name only after the phone's own hash of it was right.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from harness.errors import TransferFailed
from harness.phone.transport import Transport, quoted

FileToPush: TypeAlias = tuple[Path, str, str]
"""Local file, its SHA-256, and the path on the phone."""

_MOST_ATTEMPTS = 3
# Phones before Android 7 take commands of at most 4 KiB.
_PATHS_PER_COMMAND = 16
_COMMAND_S = 120.0
# A slow Wi-Fi link; a cable carries some 20 MB/s.
_SLOWEST_BYTES_PER_S = 500_000
_SHELL_FOLDER = PurePosixPath("/data/local/tmp")


@dataclass(frozen=True, slots=True, kw_only=True)
class PushOutcome:
    """What it took to have a file on the phone."""

    sent: bool
    """False: it was there already."""
    sent_bytes: int
    """All attempts together."""
    attempts: int
    """0 if it was there already; more than 1 if it arrived damaged."""


def push_by_hash(transport: Transport, local: Path, sha256: str, remote: str) -> PushOutcome:
    """Have one file on the phone; see `push_all`."""
    return push_all(transport, [(local, sha256, remote)])[0]


def push_all(transport: Transport, files: Sequence[FileToPush]) -> tuple[PushOutcome, ...]:
    """Have files on the phone, with mode 644 in folders of mode 755, each proved by its hash.

    The phone hashes with `sha256sum`. Those without it (before Android 6) have the file read back and hashed
    here: their `md5sum` could be deceived.

    Raises:
        TransferFailed: a file could not be written, or arrived damaged three times.
        PhoneLost, DeadlineExceeded: as `Transport.push`.
    """
    hashes = hashes_on_phone(transport, [remote for _, _, remote in files])
    return tuple(
        PushOutcome(sent=False, sent_bytes=0, attempts=0)
        if hashes.get(remote) == sha256
        else _send(transport, local, sha256, remote)
        for local, sha256, remote in files
    )


def sha256_of(local: Path) -> str:
    """SHA-256 of a local file.

    Raises:
        TransferFailed: it cannot be read.
    """
    try:
        with local.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TransferFailed(
            f"it cannot be read ({error.strerror})", remedy="check the file", where=str(local)
        ) from error


def _send(transport: Transport, local: Path, sha256: str, remote: str) -> PushOutcome:
    arriving = f"{remote}.part"
    size_bytes = local.stat().st_size
    transport.check(_make_folders(remote), deadline_s=_COMMAND_S)
    for attempt in range(1, _MOST_ATTEMPTS + 1):
        transport.push(local, arriving, deadline_s=_transfer_s(size_bytes))
        if hashes_on_phone(transport, [arriving]).get(arriving) == sha256:
            place = f"{quoted('chmod', '644', arriving)} && {quoted('mv', '-f', arriving, remote)}"
            transport.check(place, deadline_s=_COMMAND_S)
            return PushOutcome(sent=True, sent_bytes=attempt * size_bytes, attempts=attempt)
    transport.shell(quoted("rm", "-f", arriving), deadline_s=_COMMAND_S)
    raise TransferFailed(
        f"{local.name} arrived damaged {_MOST_ATTEMPTS} times",
        remedy="check that the file has not changed since it was hashed, then try another cable",
        where=transport.serial,
    )


def _make_folders(remote: str) -> str:
    parents = PurePosixPath(remote).parents
    own = [str(folder) for folder in parents if _SHELL_FOLDER in folder.parents]
    make = quoted("mkdir", "-p", str(parents[0]))
    return f"{make} && {quoted('chmod', '755', *own)}" if own else make


def hashes_on_phone(transport: Transport, remotes: Sequence[str]) -> dict[str, str]:
    """SHA-256 of those of the files that are there, by path.

    Raises:
        TransferFailed: a phone without `sha256sum` does not let us read one.
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    hashes: dict[str, str] = {}
    for start in range(0, len(remotes), _PATHS_PER_COMMAND):
        batch = remotes[start : start + _PATHS_PER_COMMAND]
        answer = transport.shell(quoted("sha256sum", *batch), deadline_s=_COMMAND_S)
        if re.search(r"sha256sum:.*not found", answer.stdout + answer.stderr):
            return _hashes_by_reading(transport, remotes)
        lines = re.findall(r"^([0-9a-f]{64})  ?(.+?)\r?$", answer.stdout, re.MULTILINE)
        hashes |= {path: digest for digest, path in lines}
    return hashes


def _hashes_by_reading(transport: Transport, remotes: Sequence[str]) -> dict[str, str]:
    sizes = {remote: transport.stat(remote) for remote in remotes}
    return {
        remote: hashlib.sha256(transport.pull(remote, deadline_s=_transfer_s(file.size_bytes))).hexdigest()
        for remote, file in sizes.items()
        if file is not None
    }


def _transfer_s(size_bytes: int) -> float:
    return 30.0 + size_bytes / _SLOWEST_BYTES_PER_S
