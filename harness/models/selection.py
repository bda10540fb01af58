"""Choosing models of the catalogue: by a part of their text, or by conditions such as `macs<100M`."""

import difflib
import operator
import re
from collections.abc import Callable, Iterable, Sequence

from harness.errors import UsageError
from harness.models.catalogue import CatalogueEntry
from harness.units import printable

_FIELDS: dict[str, Callable[[CatalogueEntry], float | None]] = {
    "params": lambda entry: entry.parameters,
    "macs": lambda entry: entry.macs,
    "traffic": lambda entry: entry.traffic_bytes,
    "size": lambda entry: entry.size_bytes,
    "input": lambda entry: entry.input_shape[-1],
    "top1": lambda entry: entry.top1_percent,
    "year": lambda entry: entry.year,
}
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
_FACTORS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}

_CONDITION = re.compile(r"\s*([\w-]*)\s*(<=|>=|!=|<|>|=)=?\s*(\S*)\s*")
_NUMBER = re.compile(r"(\d+\.?\d*(?:e\d+)?)([kmg]?)b?", re.IGNORECASE | re.ASCII)


def selected(entries: Iterable[CatalogueEntry], filters: Sequence[str]) -> tuple[CatalogueEntry, ...]:
    """The models that every filter lets pass; what is not known of a model meets no condition.

    Raises:
        UsageError: a condition on an unknown field, or with something else than a number.
    """
    passes = [_filter(text) for text in filters]
    return tuple(entry for entry in entries if all(each(entry) for each in passes))


def _filter(text: str) -> Callable[[CatalogueEntry], bool]:
    condition = _CONDITION.fullmatch(text)
    if condition is None:
        return lambda entry: text.lower() in f"{entry.name} {entry.library} {entry.note}".lower()
    field, symbol, number = condition.groups()
    read, compare, limit = _field(field, text), _OPERATORS[symbol], _number(number, text)

    def holds(entry: CatalogueEntry) -> bool:
        value = read(entry)
        return value is not None and compare(value, limit)

    return holds


def _field(name: str, text: str) -> Callable[[CatalogueEntry], float | None]:
    if name in _FIELDS:
        return _FIELDS[name]
    nearest = difflib.get_close_matches(name, _FIELDS, n=1)
    raise UsageError(
        f"there is no field {printable(name)!r}",
        remedy=f"did you mean {nearest[0]}" if nearest else f"known are {', '.join(_FIELDS)}",
        where=printable(text),
    )


def _number(written: str, text: str) -> float:
    match = _NUMBER.fullmatch(written)
    if match is None:
        raise UsageError(
            f"{printable(written)!r} is no number",
            remedy="write one as in macs<100M, params<=1.5e6 or size<4MB",
            where=printable(text),
        )
    return float(match[1]) * _FACTORS[match[2].lower()]
