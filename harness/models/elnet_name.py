"""ELNet names: `elnet_WIDTH`, and after an `@` options, as in `elnet_1.0@g=8,shuffle=off,residual=relu`."""

from dataclasses import dataclass
from typing import Any

from harness.errors import UnknownModel
from harness.models.elnet_layout import ElnetLayout

WIDTHS = (0.5, 1.0, 1.5, 2.0)

_FIELDS = {"g": "groups", "shuffle": "shuffle", "residual": "residual"}
_VALUES: dict[str, dict[str, Any]] = {
    "g": {"1": 1, "2": 2, "4": 4, "8": 8, "16": 16},
    "shuffle": {"on": True, "off": False},
    "residual": {"none": "none", "relu": "relu", "linear": "linear"},
}


@dataclass(frozen=True, slots=True)
class ElnetName:
    """A name that was understood: its one canonical spelling and the network that it stands for."""

    canonical_name: str
    layout: ElnetLayout


def parse_elnet_name(name: str) -> ElnetName:
    """Read a name of which the part before `@` is known to be an ELNet.

    Raises:
        UnknownModel: an option or a value that ELNet does not have, or an option given twice.
    """
    stem, separator, suffix = name.partition("@")
    chosen = _options(name, suffix.split(",") if separator else [])
    layout = ElnetLayout(
        width=float(stem.removeprefix("elnet_")),
        **{_FIELDS[option]: _VALUES[option][text] for option, text in chosen.items()},
    )
    return ElnetName(_canonical(stem, layout), layout)


def _options(name: str, parts: list[str]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for part in parts:
        option, _, text = part.partition("=")
        if option not in _VALUES:
            raise _refusal(name, f"there is no option {option!r}", f"use {', '.join(_VALUES)}")
        if text not in _VALUES[option]:
            raise _refusal(
                name, f"{option}={text} is not possible", f"use one of {', '.join(_VALUES[option])}"
            )
        if option in chosen:
            raise _refusal(name, f"{option} is given twice", "give it once")
        chosen[option] = text
    return chosen


def _canonical(stem: str, layout: ElnetLayout) -> str:
    """The options that differ from the defaults, in one order."""
    default = ElnetLayout()
    shown = [
        f"{option}={text}"
        for option, values in _VALUES.items()
        for text, value in values.items()
        if value == getattr(layout, _FIELDS[option]) != getattr(default, _FIELDS[option])
    ]
    return f"{stem}@{','.join(shown)}" if shown else stem


def _refusal(name: str, cause: str, remedy: str) -> UnknownModel:
    return UnknownModel(cause, remedy=remedy, where=name)
