"""What a reader sees of a value: its text, or a dash with the reason why there is none; and tables of them.

Plain data for the template and the terminal; escaping is theirs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from harness.units import format_significant

DASH = "–"


@dataclass(frozen=True, slots=True)
class Shown:
    """One value as shown."""

    text: str
    """The value, or DASH."""
    note: str = ""
    """Smaller text below it: an interval, or the reason for a dash."""
    sort: float | None = None
    """What a column is sorted by; None for words and for missing values, which sort last."""
    colour: int | None = None
    """Place in the palette, where the value is the name of something that charts draw."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Head of a column."""

    label: str
    """What stands below."""
    unit: str = ""
    """Unit of the whole column."""
    is_number: bool = True
    """Numbers stand flush right."""
    in_terminal: str = ""
    """Head of the column in the terminal's shorter table; empty where it has no room there."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that a page or a terminal can show."""

    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Shown, ...], ...]


class HasReasons(Protocol):
    """A record that says why a field of it is None."""

    @property
    def missing(self) -> Mapping[str, str]:
        """Reasons by field name."""
        ...


def shown(value: float | None, form: Callable[[float], str], reason: str = "", *, note: str = "") -> Shown:
    """A number in the given form with an optional note, or a dash with the reason."""
    if value is None:
        return Shown(DASH, reason)
    return Shown(form(value), note, float(value))


def shown_field(record: HasReasons, name: str, form: Callable[[float], str], *, note: str = "") -> Shown:
    """A numeric field of a record that explains its gaps."""
    return shown(getattr(record, name), form, record.missing.get(name, ""), note=note)


def shown_words(record: HasReasons, name: str) -> Shown:
    """A textual field of a record that explains its gaps."""
    value = getattr(record, name)
    return Shown(DASH, record.missing.get(name, "")) if value is None else Shown(str(value))


def span(low: float, high: float, form: Callable[[float], str]) -> str:
    """From one number to another, or the one where both read alike."""
    first, last = form(low), form(high)
    return first if first == last else f"{first} – {last}"


def format_ratio(value: float) -> str:
    """How many times as much: `1.12×`."""
    return f"{format_significant(value)}×"


def format_mib(size_kib: float) -> str:
    """MiB without the unit, for a column whose heading has it."""
    return format_significant(size_kib / 1024)


def format_error(value: float) -> str:
    """A relative error, `3.1e-07`."""
    return f"{value:.1e}"


def format_percent(share: float) -> str:
    """A share from 0 to 1 with one decimal, without the sign that a heading has: `97.4`."""
    return f"{100 * share:.1f}"


def format_points(difference: float) -> str:
    """A difference of two shares in percentage points, with its sign: `+0.8`, `−1.2`."""
    return f"{100 * difference:+.1f}".replace("-", "\N{MINUS SIGN}")
