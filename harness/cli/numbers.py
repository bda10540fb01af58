"""Numbers that a person writes in a row, such as `1,2` or `1x3x224x224`."""

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
