"""How busy the phone's cores are with other things, from two readings of /proc/stat a moment apart."""

import re
from dataclasses import dataclass

from harness.phone.answers import unreadable
from harness.results.records import Explained

# The shell that asks sleeps between the two, so that it measures the others. Before Android 6 `sleep` knows
# whole seconds only: both readings are then of the same moment, and tell nothing.
BUSY_COMMAND = "grep '^cpu ' /proc/stat 2>&1 && sleep 0.3 && grep '^cpu ' /proc/stat"

_FEWEST_TICKS = 10
"""A tenth of a second of one core: fewer make no share."""
_IDLE, _WAITING = 3, 4
_COUNTED = 8
"""user nice system idle iowait irq softirq steal; guests' time is within user's (proc(5))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyShare(Explained):
    """What part of the time of all cores that are on was spent on something."""

    share: float


def parse_busy_share(text: str) -> BusyShare:
    """Read the answer of BUSY_COMMAND.

    Raises:
        UnreadableAnswer: not two readings, or of counters that did not advance, as some kernels' do not.
    """
    rows = re.findall(r"^cpu +((?:[0-9]{1,18} *){7,10})$", text.replace("\r\n", "\n"), re.MULTILINE)
    if len(rows) != 2:
        raise unreadable("cat /proc/stat", text)
    before, after = ([int(ticks) for ticks in row.split()][:_COUNTED] for row in rows)
    spent = [now - then for then, now in zip(before, after, strict=False)]
    if min(spent) < 0 or sum(spent) < _FEWEST_TICKS:
        raise unreadable("cat /proc/stat", "two readings, between which its counters did not advance")
    return BusyShare(share=1 - (spent[_IDLE] + spent[_WAITING]) / sum(spent))
