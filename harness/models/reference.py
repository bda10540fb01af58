"""How a model is named: `NAME[@option=value,...]`, one string for the command line, plans and tables.

NAME is a catalogue name, `timm:NAME`, `torchvision:NAME` or `package.module:function`. Only the form is read
here, and options are held against what a kind of model takes; which names exist is `catalogue`'s question.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import UnknownModel
from harness.models.elnet_layout import SMALL_PIXELS
from harness.units import printable

LIBRARIES = ("timm", "torchvision")

SMALLEST_PIXELS = 8
LARGEST_PIXELS = 2048
MOST_CLASSES = 100_000

DATA_SHAPES = {"digits": (32, 10)}
"""For weights that are named by their data: pixels and classes, which need not be said."""

_FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_OPTION_START = re.compile(r",(?=[a-z]+=)")
"""A comma that is not before `option=` belongs to the value before it, which may be a path."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A name whose form was understood."""

    text: str
    """As the person wrote it."""
    name: str
    """The part before `@`."""
    options: dict[str, str]
    """The options after it, as written."""

    def number(self, option: str, *, least: int, most: int, otherwise: int) -> int:
        """The whole number that an option gives.

        Raises:
            UnknownModel: it is no whole number, or out of range.
        """
        text = self.options.get(option)
        if text is None:
            return otherwise
        if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
            raise self.refusal(
                f"{option}={printable(text)} is not possible",
                f"give a whole number from {least} to {most}",
            )
        return int(text)

    def refusal(self, cause: str, remedy: str) -> UnknownModel:
        """The error that something about this name is wrong."""
        return UnknownModel(cause, remedy=remedy, where=printable(self.text))


def parse_reference(text: str) -> Reference:
    """Take a name apart; nothing is looked up.

    Raises:
        UnknownModel: an option without a value, or given twice.
    """
    name, separator, suffix = text.partition("@")
    reference = Reference(text, name, {})
    options: dict[str, str] = {}
    for part in _OPTION_START.split(suffix) if separator else ():
        option, equals, value = part.partition("=")
        if not equals or not value:
            raise reference.refusal(
                f"{printable(part) or '@'!r} is no option",
                "write options as in elnet_1.0@g=8,shuffle=off or mobilenet_v2@input=32,classes=10",
            )
        if option in options:
            raise reference.refusal(f"{option} is given twice", "give it once")
        options[option] = value
    return Reference(text, name, options)


def library_of(name: str) -> str | None:
    """`timm` of `timm:NAME`, `torchvision` of `torchvision:NAME`."""
    library, separator, _ = name.partition(":")
    return library if separator and library in LIBRARIES else None


def names_function(name: str) -> bool:
    """Whether a name without options is a `package.module:function`."""
    return library_of(name) is None and _FUNCTION.fullmatch(name) is not None


def require_options(reference: Reference, known: tuple[str, ...]) -> None:
    """Refuse options that this model does not have.

    Raises:
        UnknownModel: names the options that it has.
    """
    for option in reference.options:
        if option not in known:
            raise reference.refusal(f"there is no option {printable(option)!r}", f"use {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What every model that is built by name takes."""

    pixels: int
    """Height and width of an input."""
    classes: int
    """Outputs of the classifier."""
    weights: str
    """Name of the data that it was trained on, the path of a checkpoint, or empty for random weights."""

    @property
    def is_small(self) -> bool:
        """Whether the network is built in its form for small images."""
        return self.pixels <= SMALL_PIXELS

    @property
    def has_implied_form(self) -> bool:
        """Whether the weights are named by their data, which decide pixels and classes."""
        return self.weights in DATA_SHAPES


BUILD_OPTIONS = ("input", "classes", "weights")


def build_options(reference: Reference, *, pixels: int = 224, classes: int = 1000) -> BuildOptions:
    """Read `input`, `classes` and `weights`; weights named by their data imply the other two.

    Raises:
        UnknownModel: a value is impossible, or contradicts what the weights imply.
    """
    weights = reference.options.get("weights", "")
    implied = DATA_SHAPES.get(weights)
    found = BuildOptions(
        pixels=reference.number(
            "input", least=SMALLEST_PIXELS, most=LARGEST_PIXELS, otherwise=implied[0] if implied else pixels
        ),
        classes=reference.number(
            "classes", least=1, most=MOST_CLASSES, otherwise=implied[1] if implied else classes
        ),
        weights=weights,
    )
    if implied and (found.pixels, found.classes) != implied:
        raise reference.refusal(
            f"weights={weights} are for input={implied[0]},classes={implied[1]}",
            "leave input and classes out",
        )
    return found


def spelled(name: str, options: Mapping[str, str]) -> str:
    """A canonical name: what differs from the defaults, in one order."""
    shown = ",".join(f"{option}={value}" for option, value in options.items())
    return f"{name}@{shown}" if shown else name
