"""The memory of an app process that computes nothing: by a formula, on the phone's own clock."""

from collections.abc import Callable

from android_runner.contract import Memory
from harness.virtual.app.clock import ModelledClock


class ModelledMemory:
    """Memory by a model: a constant for the process, and a multiple of what is loaded.

    Args:
        clock: stamps the samples.
        begins: told of each phase between whose iterations samples are taken, as it begins.
    """

    PROCESS_KIB = 60 * 1024
    PER_FILE_BYTE = 2.2

    def __init__(self, clock: ModelledClock, begins: Callable[[str], None]) -> None:
        self._clock = clock
        self._begins = begins
        self._loaded_bytes = 0
        self._factor = 1.0
        self._highest_kib = 0
        self._phase = ""
        self._period_ns = 0
        self._next_ns = 0
        self._times_ns: list[int] = []

    def add_model(self, file_bytes: int, factor: float) -> None:
        """A model has been loaded; from then on everything is larger by a factor."""
        self._loaded_bytes += file_bytes
        self._factor *= factor

    def release(self) -> None:
        """Nothing is loaded any more."""
        self._loaded_bytes = 0

    def at_border(self, phase: str) -> Memory:
        """A full sample, for the border of a phase."""
        return self._sample(phase, self._clock.now_ns())

    def start(self, phase: str, period_ms: int) -> None:
        """Begin to sample every so often; a period of 0 samples nothing."""
        self._begins(phase)
        self._phase, self._period_ns, self._times_ns = phase, period_ms * 1_000_000, []
        self._next_ns = self._clock.now_ns() + self._period_ns

    def sample_if_due(self, now_ns: int) -> None:
        """Sample if the period has passed."""
        if now_ns >= self._next_ns and self._period_ns:
            self._times_ns.append(now_ns)
            self._next_ns = now_ns + self._period_ns

    def stop(self) -> list[Memory]:
        """End sampling and give the samples."""
        return [self._sample(self._phase, at_ns) for at_ns in self._times_ns]

    def _sample(self, phase: str, at_ns: int) -> Memory:
        rss_kib = int((self.PROCESS_KIB + self._loaded_bytes * self.PER_FILE_BYTE / 1024) * self._factor)
        self._highest_kib = max(self._highest_kib, rss_kib)
        sources = {
            **dict.fromkeys(("rss_kib", "swap_kib", "hwm_kib", "pss_kib"), "modelled"),
            "native_heap_kib": "none: the modelled engine has no heap",
            "java_heap_kib": "none: a virtual phone's app has no Java heap",
        }
        return Memory(
            phase=phase,
            at_ns=at_ns,
            rss_kib=rss_kib,
            swap_kib=0,
            hwm_kib=self._highest_kib,
            pss_kib=rss_kib * 3 // 4,
            native_heap_kib=None,
            java_heap_kib=None,
            sources=sources,
        )
