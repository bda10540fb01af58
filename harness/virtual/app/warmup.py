"""When warm-up may end.

`ema` compares a fast and a slow moving average of the iteration time, as AndroidX Benchmark does
(WarmupManager.kt), with memories that follow the model's speed. `fixed` only counts iterations and seconds.
Why these constants: docs/explanation/warm-up.md.
"""

from dataclasses import dataclass

from android_runner.contract import WarmupRequest

FAST_NS, FAST_ITERATIONS = 0.1e9, 4
SLOW_NS, SLOW_ITERATIONS = 1e9, 12
"""What an average remembers: this time, and at least so many iterations."""
SIMILAR_WITHIN = 0.04
"""Of WarmupManager.kt."""
SIMILAR_NS, SIMILAR_ITERATIONS = 1_000_000_000, 8
"""For how long, and for how many iterations at least, the averages must agree."""
LIMIT_ITERATIONS, LIMIT_FACTOR = 100, 8
"""The limit in seconds waits for so many iterations, at most until it is passed so many times."""


@dataclass(slots=True)
class WarmupRule:
    """Follows the iterations of one warm-up."""

    request: WarmupRequest
    converged: bool = False
    _iterations: int = 0
    _elapsed_ns: int = 0
    _last_ns: int = 0
    _before_last_ns: int = 0
    _fast_ns: float = 0.0
    _slow_ns: float = 0.0
    _similar: int = 0
    _similar_ns: int = 0

    def is_over(self, duration_ns: int) -> bool:
        """Take in one more iteration; true once warm-up may end or must."""
        self._iterations += 1
        self._elapsed_ns += duration_ns
        if self._iterations > 2:
            self._follow(duration_ns)
        self._before_last_ns, self._last_ns = self._last_ns, duration_ns
        long_enough = (
            self._iterations >= self.request.min_iterations
            and self._elapsed_ns >= self.request.min_seconds * 1e9
        )
        self.converged = long_enough and (self.request.rule == "fixed" or self._have_agreed())
        return self.converged or self._is_at_limit()

    def _follow(self, duration_ns: int) -> None:
        """Each average is the mean of all until it is older than its memory."""
        typical_ns = _middle(self._before_last_ns, self._last_ns, duration_ns)
        evenly = 1 / (self._iterations - 2)
        fast_weight = min(1 / FAST_ITERATIONS, self._fast_ns / FAST_NS)
        slow_weight = min(1 / SLOW_ITERATIONS, self._fast_ns / SLOW_NS)
        self._fast_ns += max(evenly, fast_weight) * (typical_ns - self._fast_ns)
        self._slow_ns += max(evenly, slow_weight) * (typical_ns - self._slow_ns)
        is_similar = abs(self._fast_ns - self._slow_ns) <= SIMILAR_WITHIN * self._slow_ns
        if is_similar and fast_weight > evenly:
            self._similar += 1
            self._similar_ns += typical_ns
        else:
            self._similar = self._similar_ns = 0

    def _have_agreed(self) -> bool:
        return self._similar >= SIMILAR_ITERATIONS and self._similar_ns >= SIMILAR_NS

    def _is_at_limit(self) -> bool:
        limit_ns = self.request.max_seconds * 1e9
        return self._elapsed_ns >= limit_ns and (
            self._iterations >= LIMIT_ITERATIONS or self._elapsed_ns >= LIMIT_FACTOR * limit_ns
        )


def _middle(first_ns: int, second_ns: int, third_ns: int) -> int:
    """Of three durations, so that a single slow iteration moves no average."""
    return max(min(first_ns, second_ns), min(max(first_ns, second_ns), third_ns))
