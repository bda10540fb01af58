"""The place of a launch among all that a phone sees: which run it is of, and its number in that run.

Both are read from the launch's id, so that a run which was interrupted and continued, here or on a phone that
was switched on anew, has every launch in the same place.
"""

import re

NUMBERED = re.compile(r"(.*)-(\d{1,6})")
"""An id of a launch: that of its run, and its number. One without a number is a run of its own."""


class RunsSeen:
    """The runs that one phone has seen since it is served."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def place_of(self, launch: str) -> tuple[int, int]:
        """How many other runs were seen before that of a launch, and the launch's number in its run."""
        numbered = NUMBERED.fullmatch(launch)
        run, number = (numbered[1], int(numbered[2])) if numbered else (launch, 0)
        return self._places.setdefault(run, len(self._places)), number
