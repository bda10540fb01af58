"""Android's system properties, as `getprop` prints them and as the files build.prop hold them."""

import re

from harness.phone.answers import unreadable

PROPERTIES_COMMAND = "getprop"
BUILD_PROP_COMMAND = "cat /system/build.prop /vendor/build.prop"
"""What is left where getprop answers nothing; the files lack what is set at boot, as the serial number."""

_PRINTED = re.compile(r"^\[([^\]\n]+)\]: \[", re.MULTILINE)
_WRITTEN = re.compile(r"^[ \t]*([A-Za-z][\w@-]*(?:\.[\w@-]+)+)[ \t]*=(.*)$", re.MULTILINE)


def parse_properties(text: str) -> dict[str, str]:
    """Read the answer of `getprop` or the lines `key=value` of a build.prop.

    Values may have several lines, and some phones lose a closing bracket. Of a key that a build.prop sets
    twice the first counts, as `ro.` properties cannot be set again.

    Raises:
        UnreadableAnswer: not one property.
    """
    unified = text.replace("\r\n", "\n")
    _, *keys_and_values = _PRINTED.split(unified)
    if keys_and_values:
        keys, values = keys_and_values[::2], keys_and_values[1::2]
        return {key: value.rstrip("\n").removesuffix("]") for key, value in zip(keys, values, strict=True)}
    written = {key: value.strip() for key, value in reversed(_WRITTEN.findall(unified))}
    if not written:
        raise unreadable(PROPERTIES_COMMAND, text)
    return written
