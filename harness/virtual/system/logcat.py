"""The phone's log: lines in the `threadtime` format, the oldest forgotten first."""

from collections import deque
from datetime import UTC, datetime

CAPACITY_LINES = 5000
SYSTEM_PID = 1234
"""The invented system server's process id."""


class Logcat:
    """A ring of log lines."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=CAPACITY_LINES)

    def write(self, priority: str, tag: str, message: str, *, pid: int = SYSTEM_PID) -> None:
        """Log one message."""
        stamp = datetime.now(UTC).strftime("%m-%d %H:%M:%S.%f")[:-3]
        self._lines.append(f"{stamp} {pid:5d} {pid:5d} {priority} {tag:<8}: {message}")

    def lines(self) -> list[str]:
        """All lines, oldest first."""
        return list(self._lines)

    def clear(self) -> None:
        """Forget everything."""
        self._lines.clear()
