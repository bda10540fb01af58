"""What a run wants of a phone's settings, and that everything it changed is put back, whatever happens.

The order makes it safe: read, note in the restore journal, change, look again. How things are read and
written is `changeable`'s business, what is known of them on disk `restore_journal`'s, putting back
`restoration`'s.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.errors import BadPlan, UnreadableAnswer, UsageError
from harness.phone.battery import BATTERY_COMMAND, parse_battery
from harness.phone.changeable import (
    AIRPLANE,
    ANIMATIONS,
    BRIGHTNESS,
    BRIGHTNESS_MODE,
    FIXED_PERFORMANCE,
    OFF,
    ON,
    SCREEN_TIMEOUT,
    STAY_ON,
    Changeable,
    Reading,
    read,
    same,
    write,
)
from harness.phone.restoration import restore, restore_or_say, restored_in_words, shown
from harness.phone.restore_journal import Changed, Pending, RestoreJournal, held, phone_key
from harness.phone.transport import Transport
from harness.results.records import PhoneFacts

Aim = tuple[Changeable, str]
"""One thing and the value that a run wants it to have."""

# On AC, USB and wireless power: BatteryManager.BATTERY_PLUGGED_AC | _USB | _WIRELESS.
_ON_ANY_POWER = "7"
_DAY_MS = "86400000"
_FIRST_API_OF_COMMANDS = 30
_BATTERY_S = 30.0
# Another elbench may be putting this phone back right now.
_WAIT_S = 30.0
_UNLOCKS = {
    "xiaomi": "USB debugging (Security settings)",
    "oppo": "Disable permission monitoring",
    "realme": "Disable permission monitoring",
    "oneplus": "Disable permission monitoring",
    "vivo": "USB security permissions",
}
"""The switch in the developer options without which phones of this maker let adb change no setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSettings:
    """What a run changes on a phone: the plan's section `[settings]`, key by key."""

    stay_awake: bool = True
    animations_off: bool = True
    brightness: int | None = None
    """0 to 255; None leaves it as it is."""
    fixed_performance: bool = False
    airplane: bool = False


def require_possible(wanted: WantedSettings, facts: PhoneFacts, serial: str) -> None:
    """Refuse what would cut the phone off, before anything is done.

    Raises:
        BadPlan: airplane mode on a phone that is reached without a cable.
    """
    if wanted.airplane and facts.transport in ("tcp", "tls"):
        raise BadPlan(
            "settings.airplane would cut it off, as it is reached over the network",
            remedy="connect it by a cable, or leave settings.airplane out of the plan",
            where=serial,
        )


@contextmanager
def changed(
    transport: Transport,
    facts: PhoneFacts,
    wanted: WantedSettings,
    folder: Path,
    say: Callable[[str], None],
    *,
    by: str = "a run",
) -> Iterator[tuple[str, ...]]:
    """Have the settings as wanted for as long as the block lasts; yields in words what could not be had.

    However the block ends, the phone is put back. If it is away by then, or elbench is killed, `restore` does
    it the next time that it is seen.

    Args:
        folder: where restore journals are kept.
        by: the run, for the journal.

    Raises:
        BadPlan: as `require_possible`.
        OutputFolderUnusable: the journal cannot be written; nothing was changed.
        JournalInUse: another elbench uses the phone.
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    require_possible(wanted, facts, transport.serial)
    with held(folder, phone_key(transport), serial=transport.serial, wait_s=_WAIT_S) as journal:
        try:
            for line in restored_in_words(transport.serial, restore(transport, journal)):
                say(line)
        except UsageError as unreadable:
            yield (f"no setting was changed: {unreadable}",)
            return
        try:
            yield _change(transport, facts, wanted, journal, by)
        finally:
            restore_or_say(transport, journal, say)


def renew(transport: Transport, wanted: WantedSettings) -> None:
    """Set again what ends with the phone's restart; its journal holds it already.

    Raises:
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    if wanted.fixed_performance:
        write(transport, [(FIXED_PERFORMANCE, ON)])


def _change(
    transport: Transport, facts: PhoneFacts, wanted: WantedSettings, journal: RestoreJournal, by: str
) -> tuple[str, ...]:
    """Note and then change what differs; returns in words what could not be had."""
    aims, words = _aims(transport, facts, wanted)
    before = read(transport, [thing for thing, _ in aims])
    words += [f"{name} is left as it is: {now.problem}" for name, now in before.items() if now.problem]
    planned = [(thing, value) for thing, value in aims if _differs(before.get(thing.name), value)]
    _note(journal, planned, before, phone=facts.name, by=by)
    said = write(transport, planned)
    after = read(transport, [thing for thing, _ in planned])
    return (*words, *_settle(journal, planned, after, said, facts))


def _aims(transport: Transport, facts: PhoneFacts, wanted: WantedSettings) -> tuple[list[Aim], list[str]]:
    """What to change on this phone, in this order, and in words what it surely cannot do."""
    aims: list[Aim] = []
    if wanted.stay_awake:
        aims.append((STAY_ON, _ON_ANY_POWER))
        aims += [] if _is_charging(transport) else [(SCREEN_TIMEOUT, _DAY_MS)]
    if wanted.animations_off:
        aims += [(animation, OFF) for animation in ANIMATIONS]
    if wanted.brightness is not None:
        aims += [(BRIGHTNESS_MODE, OFF), (BRIGHTNESS, str(wanted.brightness))]
    commands = [FIXED_PERFORMANCE] * wanted.fixed_performance + [AIRPLANE] * wanted.airplane
    if facts.api_level is not None and facts.api_level < _FIRST_API_OF_COMMANDS:
        return aims, [f"{thing.name} needs Android 11, this is {facts.android_release}" for thing in commands]
    return [*aims, *((thing, ON) for thing in commands)], []


def _is_charging(transport: Transport) -> bool:
    """False also where the phone does not tell: the screen must stay on either way."""
    try:
        return bool(parse_battery(transport.shell(BATTERY_COMMAND, deadline_s=_BATTERY_S).stdout).charging)
    except UnreadableAnswer:
        return False


def _differs(now: Reading | None, value: str) -> bool:
    return now is None or not (now.problem or same(now.value, value))


def _note(
    journal: RestoreJournal, planned: Sequence[Aim], before: Mapping[str, Reading], *, phone: str, by: str
) -> None:
    """Have it on the disk before anything changes; of an older change that never went back, its old value."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    noted = {change.name: change for change in journal.read().changes}
    for thing, value in planned:
        old = before[thing.name].value if thing.name in before else OFF
        change = Changed(name=thing.name, old=old, new=value, by=by, at=at)
        earlier = noted.get(thing.name)
        noted[thing.name] = replace(change, old=earlier.old) if earlier else change
    journal.write(Pending(phone=phone, changes=tuple(noted.values())))


def _settle(
    journal: RestoreJournal,
    planned: Sequence[Aim],
    after: Mapping[str, Reading],
    said: Mapping[str, str],
    facts: PhoneFacts,
) -> list[str]:
    """Forget what the phone did not take, and note what it made of the rest; returns the first in words."""
    noted = {change.name: change for change in journal.read().changes}
    words = []
    for thing, value in planned:
        change, now, answer = noted[thing.name], after.get(thing.name), said[thing.name]
        if _was_not_taken(change, now, answer):
            del noted[thing.name]
            words.append(f"{thing.name} stays {shown(change.old)}: {_why_not(answer, facts)}")
        elif now is not None and now.value is not None and not same(now.value, value):
            noted[thing.name] = replace(change, new=now.value)
            words.append(f"{thing.name} became {now.value} where {value} was wanted")
    if words:
        journal.write(Pending(phone=facts.name, changes=tuple(noted.values())))
    return words


def _was_not_taken(change: Changed, now: Reading | None, answer: str) -> bool:
    """What Android does not tell was taken if the phone did not complain."""
    return bool(answer) if now is None else not now.problem and same(now.value, change.old)


def _why_not(answer: str, facts: PhoneFacts) -> str:
    switch = _UNLOCKS.get((facts.manufacturer or "").lower())
    why = answer or "the phone did not take it"
    return f"{why} (turn on {switch} in its developer options)" if switch and "ermission" in why else why
