"""The time that a whole call may take, counted once from its start and never anew with each read."""

import time


class Deadline:
    """A limit for a call of many reads and writes, and optionally for each silence within it."""

    def __init__(self, limit_s: float, *, silence_s: float | None = None) -> None:
        self._limit_s = limit_s
        self._silence_s = silence_s
        self._end_s = time.monotonic() + limit_s

    def wait_s(self) -> float:
        """How long the next read or write may take.

        Raises:
            TimeoutError: the call's time is over.
        """
        left_s = self._end_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError(self.describe())
        return left_s if self._silence_s is None else min(left_s, self._silence_s)

    def describe(self) -> str:
        """What was not met, for the message of the error: call it when a read or a write has timed out."""
        if self._silence_s is not None and time.monotonic() < self._end_s:
            return f"nothing arrived for {self._silence_s:g} s"
        return f"no complete answer within {self._limit_s:g} s"
