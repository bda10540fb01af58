"""When warm-up may end.

`ema` is the rule of AndroidX Benchmark (WarmupManager.kt): a fast and a slow moving average of the iteration
time must agree for a while. `fixed` only counts iterations and seconds.
"""

from dataclasses import dataclass

from android_runner.contract import WarmupRequest

FAST_RATIO = 0.1
SLOW_RATIO = 0.005
SIMILAR_WITHIN = 0.04
SIMILAR_ITERATIONS = 40
"""These four are the constants of WarmupManager.kt."""


@dataclass(slots=True)
class WarmupRule:
    """Follows the iterations of one warm-up."""

    request: WarmupRequest
    converged: bool = False
    _iterations: int = 0
    _elapsed_ns: int = 0
    _fast_ns: float = 0.0
    _slow_ns: float = 0.0
    _similar: int = 0

    def is_over(self, duration_ns: int) -> bool:
        """Take in one more iteration; true once warm-up may end or must."""
        self._iterations += 1
        self._elapsed_ns += duration_ns
        self._follow(duration_ns)
        long_enough = (
            self._iterations >= self.request.min_iterations
            and self._elapsed_ns >= self.request.min_seconds * 1e9
        )
        self.converged = long_enough and (self.request.rule == "fixed" or self._similar > SIMILAR_ITERATIONS)
        return self.converged or self._elapsed_ns >= self.request.max_seconds * 1e9

    def _follow(self, duration_ns: int) -> None:
        if self._iterations == 1:
            self._fast_ns = self._slow_ns = float(duration_ns)
            return
        self._fast_ns += FAST_RATIO * (duration_ns - self._fast_ns)
        self._slow_ns += SLOW_RATIO * (duration_ns - self._slow_ns)
        is_similar = abs(self._fast_ns / self._slow_ns - 1) <= SIMILAR_WITHIN if self._slow_ns else True
        self._similar = self._similar + 1 if is_similar else 0
