"""Counts against those of an earlier day: equal, or which operator changed. Exact, so without any statistics.

A baseline is what `elbench count --json` printed. Counts of another core or runtime say nothing about a
model, and are never compared.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from harness.errors import UsageError
from harness.results.records import Count, OperatorCount
from harness.units import printable

SCHEMA = 1
LARGEST_FILE_BYTES = 64 << 20

Change = Literal["unchanged", "grew", "fell", "not comparable"]


@dataclass(frozen=True, slots=True)
class CountFile:
    """The JSON of `elbench count`."""

    schema: Literal[1]
    counts: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class OperatorChange:
    """One operator call that costs more or less than before, came, or went."""

    number: int
    """Its place among the calls, from 1: in the new program, or in the old one where it went."""
    operator: str
    layer: str
    """As in `OperatorCount`."""
    inputs: tuple[tuple[int, ...], ...]
    before: int | None
    """None: it came."""
    now: int | None
    """None: it went."""

    @property
    def by(self) -> int:
        """Instructions more than before."""
        return (self.now or 0) - (self.before or 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One count against its baseline."""

    count: Count
    before: Count | None
    change: Change
    why: str
    """Why they cannot be compared; empty where they can."""
    operators: tuple[OperatorChange, ...]
    """What changed; first what changed most in the direction of the whole."""


_COUNT_FILE = TypeAdapter(CountFile)


def read_counts(file: Path) -> tuple[Count, ...]:
    """Read a baseline.

    Raises:
        UsageError: the file cannot be read, or is nothing that `elbench count --json` printed.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_FILE_BYTES)
        counts = _COUNT_FILE.validate_json(content, strict=True).counts
    except OSError as error:
        raise _unusable(file, f"cannot be read ({error.strerror})") from error
    except (ValidationError, ValueError) as error:
        raise _unusable(file, "is not what `elbench count --json` printed") from error
    if any(count.instructions <= 0 for count in counts):
        raise _unusable(file, "has a count of no instruction")
    twice = [name for name, uses in Counter(map(_identity, counts)).items() if uses > 1]
    if twice:
        raise _unusable(file, f"counts {' on '.join(twice[0])} twice")
    return counts


def _unusable(file: Path, cause: str) -> UsageError:
    return UsageError(cause, remedy="make one with `elbench count MODEL... --json > FILE`", where=str(file))


def compare_with(baseline: Sequence[Count], counts: Sequence[Count]) -> tuple[Comparison, ...]:
    """Compare each count with the one of the same model and core, whatever recipe or file each is of."""
    known = {_identity(count): count for count in baseline}
    return tuple(_compare(count, known) for count in counts)


def _identity(count: Count) -> tuple[str, str]:
    return count.model, count.core


def _compare(count: Count, known: Mapping[tuple[str, str], Count]) -> Comparison:
    before = known.get(_identity(count))
    if before is None:
        return Comparison(count, None, "not comparable", "the baseline has no such model and core", ())
    if before.runtime != count.runtime:
        why = printable(f"the baseline was counted in {before.runtime}, this in {count.runtime}")
        return Comparison(count, before, "not comparable", why, ())
    change: Change = (
        "grew"
        if count.instructions > before.instructions
        else "fell"
        if count.instructions < before.instructions
        else "unchanged"
    )
    sign = 1 if change == "fell" else -1
    changes = sorted(_operator_changes(before.operators, count.operators), key=lambda one: sign * one.by)
    return Comparison(count, before, change, "", tuple(changes))


def _operator_changes(
    before: Sequence[OperatorCount], now: Sequence[OperatorCount]
) -> Iterator[OperatorChange]:
    """Pair the calls of two programs, in order: those with equal inputs, then those that took their place."""
    old_calls, new_calls = (
        [(one.operator, one.layer, one.inputs) for one in calls] for calls in (before, now)
    )
    matcher = SequenceMatcher(None, old_calls, new_calls, autojunk=False)
    for _, old, old_end, new, new_end in matcher.get_opcodes():
        for left, right in zip_longest(range(old, old_end), range(new, new_end)):
            yield from _changes_of(before, left, now, right)


def _changes_of(
    before: Sequence[OperatorCount], left: int | None, now: Sequence[OperatorCount], right: int | None
) -> Iterator[OperatorChange]:
    was = None if left is None else before[left]
    is_now = None if right is None else now[right]
    if was and is_now and was.operator == is_now.operator:
        if was.instructions != is_now.instructions:
            yield _change(is_now, right, was, is_now)
        return
    if was:
        yield _change(was, left, was, None)
    if is_now:
        yield _change(is_now, right, None, is_now)


def _change(
    named: OperatorCount, place: int | None, was: OperatorCount | None, is_now: OperatorCount | None
) -> OperatorChange:
    assert place is not None
    return OperatorChange(
        place + 1,
        named.operator,
        named.layer,
        named.inputs,
        was.instructions if was else None,
        is_now.instructions if is_now else None,
    )
