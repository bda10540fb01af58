"""Many things read from a phone in one round trip, each with its own command and parser.

A thing that cannot be read costs only itself: its fields become None with the reason. Which things there are
is said by `conditions` (what changes) and `facts` (what does not).
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.errors import UnreadableAnswer
from harness.phone.transport import Transport
from harness.results.records import Explained


@dataclass(frozen=True, slots=True)
class Source:
    """A command, the parser of its answer, and where the parsed values go."""

    command: str
    parse: Callable[[str], Explained]
    """Answer to record; raises UnreadableAnswer."""
    fields: Mapping[str, str]
    """Field of the caller's record: attribute of the parsed one."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Values by the caller's field names; a None has its reason in `missing`."""

    values: Mapping[str, Any] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)


def ask(transport: Transport, commands: Sequence[str], *, deadline_s: float) -> tuple[str, ...]:
    """The output of each command (stderr included), in one round trip.

    Raises:
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    marker = secrets.token_hex(8)
    marked = "; ".join(f"echo {marker}; {command} 2>&1" for command in commands)
    answer = transport.shell(marked, deadline_s=deadline_s)
    parts = answer.stdout.replace("\r\n", "\n").split(f"{marker}\n")[1:]
    if len(parts) != len(commands):
        raise UnreadableAnswer(
            f"{len(commands)} commands, but {len(parts)} answers",
            remedy="report this phone as one that elbench does not understand",
            where=transport.serial,
        )
    return tuple(parts)


def gather(sources: Sequence[Source], answers: Sequence[str]) -> Gathered:
    """Parse each source's answer; of several that tell the same field, the first that can tell counts."""
    values: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for source, answer in zip(sources, answers, strict=True):
        gathered = _parse(source, answer)
        for name, value in gathered.values.items():
            if value is not None and values.get(name) is None:
                values[name] = value
                missing.pop(name, None)
            elif name not in values:
                values[name], missing[name] = None, gathered.missing[name]
    return Gathered(values, missing)


def _parse(source: Source, answer: str) -> Gathered:
    try:
        record = source.parse(answer)
    except UnreadableAnswer as error:
        return Gathered(dict.fromkeys(source.fields), dict.fromkeys(source.fields, error.cause))
    return Gathered(
        {name: getattr(record, attribute) for name, attribute in source.fields.items()},
        {
            name: record.missing[attribute]
            for name, attribute in source.fields.items()
            if attribute in record.missing
        },
    )
