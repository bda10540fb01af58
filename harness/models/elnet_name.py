"""ELNet names: `elnet_WIDTH`, and after an `@` options, as in `elnet_1.0@g=8,shuffle=off,residual=relu`."""

from dataclasses import dataclass
from typing import Any

from harness.models.elnet_layout import ElnetLayout
from harness.models.reference import BUILD_OPTIONS, BuildOptions, Reference, build_options, require_options

WIDTHS = (0.5, 1.0, 1.5, 2.0)

_FIELDS = {"g": "groups", "shuffle": "shuffle", "residual": "residual", "block": "block_kind"}
_VALUES: dict[str, dict[str, Any]] = {
    "g": {"1": 1, "2": 2, "4": 4, "8": 8, "16": 16},
    "shuffle": {"on": True, "off": False},
    "residual": {"none": "none", "relu": "relu", "linear": "linear"},
    "block": {"gsd": "gsd", "b": "b"},
}


@dataclass(frozen=True, slots=True)
class ElnetName:
    """A name that was understood: the network that it stands for, and how its options are spelled."""

    layout: ElnetLayout
    built: BuildOptions
    own_options: dict[str, str]
    """ELNet's own options that differ from the defaults, in one order."""


def parse_elnet_name(reference: Reference) -> ElnetName:
    """Read a name of which the part before `@` is known to be an ELNet.

    Raises:
        UnknownModel: an option or a value that ELNet does not have.
    """
    require_options(reference, (*_VALUES, *BUILD_OPTIONS))
    built = build_options(reference)
    chosen = {_FIELDS[option]: _value(reference, option) for option in _VALUES if option in reference.options}
    layout = ElnetLayout(
        width=float(reference.name.removeprefix("elnet_")),
        classes=built.classes,
        small_input=built.is_small,
        **chosen,
    )
    return ElnetName(layout, built, _own_options(layout))


def _value(reference: Reference, option: str) -> Any:  # noqa: ANN401 - a value of any field of ElnetLayout
    text = reference.options[option]
    if text not in _VALUES[option]:
        raise reference.refusal(
            f"{option}={text} is not possible", f"use one of {', '.join(_VALUES[option])}"
        )
    return _VALUES[option][text]


def _own_options(layout: ElnetLayout) -> dict[str, str]:
    default = ElnetLayout()
    return {
        option: text
        for option, values in _VALUES.items()
        for text, value in values.items()
        if value == getattr(layout, _FIELDS[option]) != getattr(default, _FIELDS[option])
    }
