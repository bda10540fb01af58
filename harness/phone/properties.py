"""Android's system properties as `getprop` prints them."""

import re

from harness.phone.answers import unreadable

PROPERTIES_COMMAND = "getprop"

_KEY = re.compile(r"^\[([^\]\n]+)\]: \[", re.MULTILINE)


def parse_properties(text: str) -> dict[str, str]:
    """Read the answer of `getprop`. Values may have several lines, and some phones lose a closing bracket.

    Raises:
        UnreadableAnswer: not one property.
    """
    _, *keys_and_values = _KEY.split(text.replace("\r\n", "\n"))
    if not keys_and_values:
        raise unreadable(PROPERTIES_COMMAND, text)
    keys, values = keys_and_values[::2], keys_and_values[1::2]
    return {key: value.rstrip("\n").removesuffix("]") for key, value in zip(keys, values, strict=True)}
