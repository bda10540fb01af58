"""The timed loops: nothing is allocated, logged, parsed or sent between two timed iterations.

Durations go into arrays made beforehand, and the garbage collector is off. When a loop ends follows the
rule of TFLite's benchmark_model: both minima met, or either maximum reached.
"""

import gc
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from android_runner.contract import MeasureRequest, WarmupRequest
from harness.virtual.app.clock import Clock
from harness.virtual.app.warmup import WarmupRule

MAX_WARMUP_ITERATIONS = 100_000

Between = Callable[[int], None]
"""Called after each iteration with the time in ns; it must be quick and allocate nothing."""
Batch = tuple[tuple[int, ...], tuple[int, ...]]


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Collect now, and not again until the end."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def warm_up(
    forward: Callable[[], None], clock: Clock, between: Between, request: WarmupRequest
) -> tuple[tuple[int, ...], bool]:
    """Iterate until the rule is met; returns the durations in ns and whether the rule was met."""
    rule = WarmupRule(request)
    durations_ns = array("q", bytes(8 * MAX_WARMUP_ITERATIONS))
    now_ns = clock.now_ns
    count = 0
    with no_garbage_collection():
        for count in range(1, MAX_WARMUP_ITERATIONS + 1):
            begin_ns = now_ns()
            forward()
            end_ns = now_ns()
            duration_ns = end_ns - begin_ns
            durations_ns[count - 1] = duration_ns
            between(end_ns)
            if rule.is_over(duration_ns):
                break
    return tuple(durations_ns[:count]), rule.converged


class Recording:
    """The steady iterations of one model.

    Args:
        forward: the timed span.
        request: when to stop, and how long to pause after each iteration.
    """

    def __init__(self, forward: Callable[[], None], request: MeasureRequest) -> None:
        self._forward = forward
        self._request = request
        self._start_ns = array("q", bytes(8 * request.max_iterations))
        self._duration_ns = array("q", bytes(8 * request.max_iterations))
        self._count = 0
        self._elapsed_ns = 0

    @property
    def is_over(self) -> bool:
        """Whether the request is fulfilled."""
        request = self._request
        enough = self._count >= request.min_iterations and self._elapsed_ns >= request.min_seconds * 1e9
        at_limit = self._count >= request.max_iterations or self._elapsed_ns >= request.max_seconds * 1e9
        return enough or at_limit

    def run(self, clock: Clock, between: Between, iterations: int | None = None) -> None:
        """Iterate until the request is fulfilled, or that many times at most."""
        pause_ns = self._request.pause_ms * 1_000_000
        until = self._request.max_iterations if iterations is None else self._count + iterations
        now_ns, forward = clock.now_ns, self._forward
        begin_ns = now_ns() - self._elapsed_ns
        with no_garbage_collection():
            while self._count < until and not self.is_over:
                start_ns = now_ns()
                forward()
                end_ns = now_ns()
                self._start_ns[self._count] = start_ns
                self._duration_ns[self._count] = end_ns - start_ns
                self._count += 1
                between(end_ns)
                if pause_ns:
                    clock.sleep(pause_ns)
                self._elapsed_ns = now_ns() - begin_ns

    def batches(self, size: int) -> Iterator[Batch]:
        """Starts and durations in ns, at most `size` at a time, the first batch even if empty."""
        for first in range(0, max(self._count, 1), size):
            last = min(first + size, self._count)
            yield tuple(self._start_ns[first:last]), tuple(self._duration_ns[first:last])


def run_duet(recordings: Sequence[Recording], clock: Clock, between: Between, block: int) -> None:
    """Run blocks of each model in turn, forwards and then backwards (ABBA), until all are fulfilled."""
    order = [*recordings, *reversed(recordings)]
    while not all(recording.is_over for recording in recordings):
        for recording in order:
            recording.run(clock, between, max(block, 1))
