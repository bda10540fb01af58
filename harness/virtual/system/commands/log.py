"""`logcat`: show, follow or clear the phone's log; `log`: write into it."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from harness.virtual.system.commands.call import Call, Command
from harness.virtual.system.logcat import FORMATS, PRIORITIES, Buffer, Logcat, LogEntry

IGNORED_MODIFIERS = ("color", "descriptive", "printable", "uid", "UTC", "usec", "nsec", "year", "zone")
ALIASES = {"--format": "-v", "--buffer": "-b", "--clear": "-c", "--dump": "-d", "--regex": "-e"}
WITH_VALUE = ("-v", "-b", "-t", "-T", "-m", "-e", "-f", "-G", "-P", "-r", "-n", "--pid")
IGNORED = ("-D", "-L", "-S", "-f", "-G", "-P", "-r", "-n")
USAGE_STATUS = 255
LONGEST_SILENCE_S = 1.0
"""While somebody follows the log: no phone is silent, and programs count on a next line."""


class BadOption(Exception):
    """What `logcat` says of an option that it does not take."""


@dataclass(slots=True)
class Wanted:
    """What one call asks for."""

    buffers: tuple[Buffer, ...]
    form: str
    last: int | None = None
    since: datetime | None = None
    most: int | None = None
    pid: int | None = None
    pattern: re.Pattern[str] | None = None
    levels: dict[str, str] = field(default_factory=dict)
    follows: bool = True
    clears: bool = False
    asks_sizes: bool = False

    def shows(self, entry: LogEntry) -> bool:
        """Whether an entry is asked for."""
        level = self.levels.get(entry.tag, self.levels.get("*", "V"))
        return (
            level != "S"
            and PRIORITIES.index(entry.priority) >= PRIORITIES.index(level)
            and self.pid in (None, entry.pid)
            and (self.pattern is None or self.pattern.search(entry.message) is not None)
        )


async def logcat(call: Call) -> int:
    """Show the log: `-d -t -T -m -b -v --pid -e TAG:P`; `-c` clears it, `-g` tells its size."""
    log = call.phone.log
    try:
        wanted = _parse(call.arguments, log, call.phone.clock.now())
    except BadOption as problem:
        return call.complain(str(problem), USAGE_STATUS)
    if wanted.asks_sizes:
        for buffer in wanted.buffers:
            call.print(f"{buffer}: ring buffer is 256 KiB (64 KiB consumed), max entry is 5120 B")
        return 0
    if wanted.clears:
        log.clear(wanted.buffers)
        return 0
    await _show(call, wanted)
    return 0


async def _show(call: Call, wanted: Wanted) -> None:
    entries = [entry for entry in call.phone.log.entries(wanted.buffers) if wanted.shows(entry)]
    if wanted.since is not None:
        entries = [entry for entry in entries if entry.when >= wanted.since]
    if wanted.last is not None:
        entries = entries[-wanted.last :] if wanted.last else []
    entries = entries[: wanted.most]
    seen: set[Buffer] = set()
    _print(call, wanted, entries, seen)
    if wanted.follows:
        await _follow(call, wanted, entries[-1].number if entries else -1, seen)


def _print(call: Call, wanted: Wanted, entries: list[LogEntry], seen: set[Buffer]) -> None:
    """Entries, each buffer announced before its first one."""
    for entry in entries:
        if entry.buffer not in seen:
            seen.add(entry.buffer)
            call.print(f"--------- beginning of {entry.buffer}")
        call.print(FORMATS[wanted.form](entry))


async def _follow(call: Call, wanted: Wanted, last: int, seen: set[Buffer]) -> None:
    """Show what comes until the host hangs up, or ends its input."""
    hung_up = asyncio.ensure_future(call.read_stdin())
    try:
        while not hung_up.done():
            await call.flush()
            news = asyncio.ensure_future(call.phone.log.news())
            happened, _ = await asyncio.wait(
                {hung_up, news}, timeout=LONGEST_SILENCE_S, return_when=asyncio.FIRST_COMPLETED
            )
            news.cancel()
            if not happened:
                call.phone.log.write("D", "healthd", f"battery l={call.phone.battery.level_percent} h=2 st=2")
            more = [one for one in call.phone.log.entries(wanted.buffers) if one.number > last]
            last = more[-1].number if more else last
            _print(call, wanted, [one for one in more if wanted.shows(one)], seen)
    finally:
        hung_up.cancel()


def _parse(arguments: list[str], log: Logcat, now: datetime) -> Wanted:
    wanted = Wanted(log.default_buffers, log.default_format)
    named: list[Buffer] = []
    rest = iter(_separated(arguments))
    for argument in rest:
        value = next(rest, None) if argument in WITH_VALUE else ""
        if value is None:
            raise BadOption(f"logcat: option requires an argument -- {argument.lstrip('-')}")
        if argument == "-b":
            named += _buffers(value, log)
        else:
            _apply(wanted, argument, value, now)
    if named:
        wanted.buffers = tuple(dict.fromkeys(named))
    return wanted


def _separated(arguments: list[str]) -> list[str]:
    """`-t5` and `--pid=5` as two words each, long names as short ones."""
    words: list[str] = []
    for argument in arguments:
        name, sign, value = argument.partition("=")
        if argument.startswith("--") and sign:
            words += [ALIASES.get(name, name), value]
        elif argument[:2] in WITH_VALUE and len(argument) > 2 and not argument.startswith("--"):
            words += [argument[:2], argument[2:]]
        else:
            words.append(ALIASES.get(argument, argument))
    return words


def _apply(wanted: Wanted, option: str, value: str, now: datetime) -> None:
    """Take note of one option."""
    match option:
        case "-t" | "-T":
            wanted.follows = wanted.follows and option == "-T"
            wanted.last, wanted.since = _tail(option, value, now)
        case "-v":
            wanted.form = _format(value, wanted.form)
        case "-d" | "-c" | "-g":
            wanted.follows = False
            wanted.clears, wanted.asks_sizes = option == "-c", option == "-g"
        case "-s":
            wanted.levels.setdefault("*", "S")
        case "--pid" | "-m" | "-e":
            _limit(wanted, option, value)
        case _ if not option.startswith("-"):
            _filter(wanted, option)
        case _ if option not in IGNORED:
            raise BadOption(f"logcat: Unknown option '{option}'")


def _limit(wanted: Wanted, option: str, value: str) -> None:
    """Show only what one process said, only so many entries, or only what a pattern is found in."""
    if option == "--pid":
        wanted.pid = _number(option, value)
    elif option == "-m":
        wanted.most = _number(option, value)
    else:
        wanted.pattern = _pattern(value)


def _tail(option: str, value: str, now: datetime) -> tuple[int | None, datetime | None]:
    """A number of entries, or since when: `MM-DD hh:mm:ss.mmm`, with a year, or seconds since 1970."""
    if value.isdecimal():
        return int(value), None
    try:
        if re.fullmatch(r"\d{1,12}\.\d{1,9}", value):
            return None, datetime.fromtimestamp(float(value), UTC)
        with_year = value if re.match(r"\d{4}-", value) else f"{now.year}-{value}"
        return None, datetime.fromisoformat(with_year).replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise BadOption(f'logcat: {option} "{value}" not in time format') from error


def _format(value: str, form: str) -> str:
    for name in value.split(","):
        if name in FORMATS:
            form = name
        elif name not in IGNORED_MODIFIERS:
            raise BadOption(f"Invalid parameter '{name}' to -v")
    return form


def _buffers(value: str, log: Logcat) -> list[Buffer]:
    found: list[Buffer] = []
    for name in value.split(","):
        if name == "default":
            found += log.default_buffers
        elif name == "all":
            found += log.all_buffers
        elif name in log.all_buffers:
            found.append(name)
        else:
            raise BadOption(f"logcat: Unknown buffer '{name}'")
    return found


def _filter(wanted: Wanted, word: str) -> None:
    """`TAG:P`, `TAG` alone for all of it, `*:P` for all the others."""
    tag, _, level = word.partition(":")
    level = (level or ("D" if tag == "*" else "V"))[0].upper()
    if level not in PRIORITIES + "S*":
        raise BadOption(f"Invalid filter expression '{word}'")
    wanted.levels[tag] = "V" if level == "*" else level


def _number(option: str, value: str) -> int:
    if not value.isdecimal() or len(value) > 10:
        raise BadOption(f"logcat: {option} {value} out of range")
    return int(value)


def _pattern(value: str) -> re.Pattern[str]:
    try:
        return re.compile(value)
    except re.error as error:
        raise BadOption(f"logcat: -e {value}: {error}") from error


async def log(call: Call) -> int:
    """`log [-p PRIORITY] [-t TAG] MESSAGE…`: write a line into the log."""
    words, priority, tag = list(call.arguments), "I", "log"
    while len(words) > 1 and words[0] in ("-p", "-t"):
        option, value, *words = words
        if option == "-t":
            tag = value
        elif value[:1].upper() in tuple(PRIORITIES):
            priority = value[:1].upper()
        else:
            return call.complain("log: unknown priority")
    if not words:
        return call.complain("log: Needs 1 argument")
    call.phone.log.write(priority, tag, " ".join(words))
    return 0


COMMANDS: dict[str, Command] = {"logcat": logcat, "log": log}
