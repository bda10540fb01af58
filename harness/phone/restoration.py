"""Putting a phone back as a restore journal says: safe to repeat, at any time, after anything.

A value that is no longer what the run wrote is somebody else's by now and left alone.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from harness.errors import NoUsablePhone, OutputFolderUnusable, PhoneError, UsageError
from harness.phone.changeable import CHANGEABLES, Reading, read, same, write
from harness.phone.restore_journal import Changed, Pending, RestoreJournal
from harness.phone.transport import Transport

# A killed elbench's last command may still be under way on the phone, and undo the first attempt.
_MOST_ATTEMPTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """How putting a phone back went."""

    restored: tuple[str, ...] = ()
    """Names of what is as before again."""
    left: tuple[str, ...] = ()
    """In words: what somebody else has changed meanwhile, which stays so."""
    refused: tuple[str, ...] = ()
    """In words: what the phone did not take; it stays in the journal."""


def restore(transport: Transport, journal: RestoreJournal) -> Restoration:
    """Put back what the journal holds, newest first, as far as nobody else has changed it since.

    Raises:
        UsageError: the journal cannot be read.
        PhoneLost, DeadlineExceeded: as `Transport.shell`; the journal is unchanged.
    """
    pending = journal.read()
    if not pending.changes:
        return Restoration()
    things = [CHANGEABLES[change.name] for change in pending.changes]
    said: dict[str, str] = {}
    now = read(transport, things)
    for _ in range(_MOST_ATTEMPTS):
        ours = [c for c in reversed(pending.changes) if _standing(c, now, said) == "ours"]
        if ours:
            said |= write(transport, [(CHANGEABLES[change.name], change.old) for change in ours])
            now = read(transport, things)
    return _conclude(journal, pending, now, said)


def restored_in_words(serial: str, restoration: Restoration) -> tuple[str, ...]:
    """What to tell a person about a phone that was put back after an earlier run, line by line."""
    back = ", ".join(restoration.restored)
    lines = [f"set back what an earlier run had changed: {back}"] if back else []
    return tuple(f"{serial}: {line}" for line in (*lines, *restoration.left, *restoration.refused))


def restore_or_say(transport: Transport, journal: RestoreJournal, say: Callable[[str], None]) -> None:
    """Put the phone back, or say how that is done later; the journal keeps what is not done."""
    how = "`elbench restore`, or the next elbench command that sees the phone, does it"
    try:
        restoration = restore(transport, journal)
    except KeyboardInterrupt:
        say(f"{transport.serial}: interrupted while its settings were set back: {how}")
        raise
    except (PhoneError, NoUsablePhone, UsageError) as error:
        say(f"{transport.serial}: its settings are not set back ({error.cause}): {how}")
    else:
        for line in (*restoration.left, *restoration.refused):
            say(f"{transport.serial}: {line}")


def _conclude(
    journal: RestoreJournal, pending: Pending, now: Mapping[str, Reading], said: Mapping[str, str]
) -> Restoration:
    """Keep in the journal what is not back."""
    standing = {change: _standing(change, now, said) for change in pending.changes}
    kept = tuple(change for change in standing if standing[change] in ("ours", "unknown"))
    with suppress(OutputFolderUnusable):  # the longer journal is as right: what is back is found to be so
        journal.write(replace(pending, changes=kept))
    return Restoration(
        restored=tuple(c.name for c in standing if standing[c] == "back" and c.name in said),
        left=tuple(_left(c, now[c.name]) for c in standing if standing[c] == "others"),
        refused=tuple(_refused(c, now.get(c.name), said.get(c.name, "")) for c in kept),
    )


def _standing(
    change: Changed, now: Mapping[str, Reading], said: Mapping[str, str]
) -> Literal["ours", "back", "others", "unknown"]:
    """Whose a value is now; what Android does not tell is the run's own until it was set back unopposed."""
    if change.name not in now:
        return "back" if said.get(change.name) == "" else "ours"
    seen = now[change.name]
    if seen.problem:
        return "unknown"
    if same(seen.value, change.old):
        return "back"
    return "ours" if same(seen.value, change.new) else "others"


def _left(change: Changed, now: Reading) -> str:
    return (
        f"{change.name} is left at {shown(now.value)}: somebody has changed it since the run, "
        f"before which it was {shown(change.old)}"
    )


def _refused(change: Changed, now: Reading | None, said: str) -> str:
    why = said or (now.problem if now else "") or "the phone did not take it"
    return (
        f"{change.name} could not be set back to {shown(change.old)} ({why}); `elbench restore` tries again"
    )


def shown(value: str | None) -> str:
    """A value for people."""
    return "unset" if value is None else value
