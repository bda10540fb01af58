"""What somebody may have meant who wrote a name that does not exist: `ELNet`, `mobilenetv2`, `shufflenet`."""

import difflib
from collections.abc import Iterable

MOST_NAMES = 4


def nearest_names(name: str, known: Iterable[str], *, more: Iterable[str] = ()) -> str:
    """`the nearest are elnet_1.0, elnet_2.0`: first those that begin alike, then those that look alike.

    Only letters and digits are compared. Empty where nothing is near.

    Args:
        name: what was written.
        known: what exists.
        more: names that are near for other reasons; they go first.
    """
    plain = {candidate: _letters(candidate) for candidate in known}
    wanted = _letters(name)
    begin = [c for c, letters in plain.items() if wanted and letters.startswith(wanted)]
    shorter = [c for c, letters in plain.items() if letters and wanted.startswith(letters)]
    alike = difflib.get_close_matches(wanted, plain.values(), n=MOST_NAMES, cutoff=0.6)
    close = [c for letters in alike for c, its in plain.items() if its == letters]
    found = list(dict.fromkeys([*more, *(begin or shorter + close)]))[:MOST_NAMES]
    if not found:
        return ""
    return f"the nearest {'is' if len(found) == 1 else 'are'} {', '.join(found)}"


def _letters(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
