"""Processes of the phone by their names."""

import re

from harness.phone.transport import Transport, quoted

_DEADLINE_S = 20.0


def process_of(transport: Transport, name: str) -> int | None:
    """The id of a process of exactly this name, or None if there is none.

    Raises:
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    # `pidof` is there from Android 6 on; before that, `ps` shows the processes of all users.
    command = f"{quoted('pidof', name)} || ps | {quoted('grep', '-F', name)}"
    return parse_process_id(transport.shell(command, deadline_s=_DEADLINE_S).stdout, name)


def parse_process_id(text: str, name: str) -> int | None:
    """Read the answer of `pidof NAME`, or of `ps`, whose rows hold user, process id, … and name."""
    for line in text.replace("\r\n", "\n").splitlines():
        if found := re.match(r"\s*(\d{1,10})(?:\s+\d+)*\s*$", line):
            return int(found[1])
        row = line.split()
        if len(row) > 2 and row[-1] == name and row[1].isdecimal() and len(row[1]) <= 10:
            return int(row[1])
    return None
