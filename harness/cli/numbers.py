"""Numbers that a person writes in a row, such as `1,2` or `1x3x224x224`."""

import math

from harness.errors import BadPlan

LONGEST_NUMBER = 20
"""More digits than any number here has; Python refuses to read thousands of them."""


def read_numbers(option: str, text: str | None, separator: str) -> list[int] | None:
    """The numbers of an option; None where it was not given.

    Raises:
        BadPlan: something in it is no number.
    """
    if text is None:
        return None
    parts = text.split(separator)
    if not all(part.strip().isdecimal() and len(part) < LONGEST_NUMBER for part in parts):
        example = separator.join(("1", "2", "4"))
        raise BadPlan(f"{option} is {text!r}", remedy=f"write numbers as in {example}", where="command line")
    return [int(part) for part in parts]


def read_shape(text: str | None) -> tuple[int, ...] | None:
    """The value of --input-shape; None where it was not given.

    Raises:
        BadPlan: it is no shape, or one that no phone has room for.
    """
    sizes = read_numbers("--input-shape", text, "x")
    if sizes is None:
        return None
    from harness.export.stated_input import LARGEST_INPUT_VALUES

    if not 1 <= math.prod(sizes) <= LARGEST_INPUT_VALUES:
        raise BadPlan(
            f"--input-shape {text} holds {math.prod(sizes)} values",
            remedy=f"give the shape of one input, of 1 to {LARGEST_INPUT_VALUES} values",
            where="command line",
        )
    return tuple(sizes)


def read_share(option: str, text: str | None) -> float | None:
    """The value of an option that is a share, `3%` or `0.03`; None where it was not given.

    Raises:
        BadPlan: it is none, or could as well be meant as a percentage: `3`.
    """
    if text is None:
        return None
    written = text.strip()
    is_percentage = written.endswith("%")
    try:
        share = float(written.removesuffix("%")) / (100 if is_percentage else 1)
    except ValueError:
        share = math.inf
    if (share >= 1 and not is_percentage) or not math.isfinite(share):
        raise BadPlan(f"{option} is {text!r}", remedy="write a share as in 3%", where="command line")
    return share
