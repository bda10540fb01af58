"""The engine that computes nothing: time passes by a documented model, seeded, on a clock of its own.

For tests, simulations and fleets: a launch takes some 20 ms of real time. The formula stands in
docs/explanation/virtual-phone.md, its constants in `timing`.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from android_runner.contract import Memory, ModelRequest
from harness.virtual.app import phases
from harness.virtual.app.clock import ModelledClock
from harness.virtual.app.engines import AppMain
from harness.virtual.app.launch_order import LaunchOrder
from harness.virtual.app.timing import Timing, read_timing

CPUFREQ = "sys/devices/system/cpu/cpu[0-9]*/cpufreq"
BOOT_NS = 60_000_000_000
"""Where the modelled clock stands at a phone's first launch."""
LAUNCH_NS = 250_000_000
"""What starting an app process takes on the modelled clock."""
NOISE_BLOCK = 1024


@dataclass(slots=True)
class ModelledTime:
    """The phone's clock and how long it has been busy; lives on in a file between launches."""

    clock: ModelledClock
    busy_ns: int
    file: Path

    def spend(self, duration_ns: int) -> None:
        """Let time pass in which the phone is busy."""
        self.clock.sleep(duration_ns)
        self.busy_ns += duration_ns

    def save(self) -> None:
        """Keep both for the next launch."""
        self.file.write_text(json.dumps({"now_ns": self.clock.at_ns, "busy_ns": self.busy_ns}))


def read_time(file: Path) -> ModelledTime:
    """The phone's time as the launch before left it."""
    state = json.loads(file.read_text()) if file.exists() else {"now_ns": BOOT_NS, "busy_ns": 0}
    return ModelledTime(ModelledClock(state["now_ns"] + LAUNCH_NS), state["busy_ns"], file)


class ModelledModel:
    """A model of which only the time is known.

    Args:
        time: the phone's time.
        timing: the constants for this model.
        slowdown: how many times longer everything takes now than with the highest clocks.
        steady_ns: the median of this model on this phone in this launch, cold.
        noise: draws the iterations' noise.
    """

    def __init__(
        self,
        time: ModelledTime,
        timing: Timing,
        steady_ns: float,
        noise: np.random.Generator,
        slowdown: Callable[[], float],
    ) -> None:
        self._time = time
        self._slowdown = slowdown
        self._timing = timing
        self._steady_ns = steady_ns
        self._noise = noise
        self._factors: list[float] = []
        self._iterations = 0

    def bind(self, inputs: Sequence[bytes]) -> None:
        """Take note of nothing: no input changes the time."""

    def forward(self) -> None:
        """Let the time of one iteration pass."""
        if not self._factors:
            self._factors = self._noise.lognormal(0.0, self._timing.iteration_sd, NOISE_BLOCK).tolist()
        duration_ns = self._steady_ns * self._factors.pop() * self._warmth() * self._drift()
        duration_ns *= self._slowdown()
        self._iterations += 1
        self._time.spend(max(1, round(duration_ns)))

    def output(self) -> None:
        """None: nothing is computed."""

    def _warmth(self) -> float:
        if self._iterations == 0:
            return self._timing.first_factor
        age = (self._iterations - 1) / max(self._timing.warmup_iterations, 1e-9)
        return 1 + self._timing.warmup_excess * math.exp(-age)

    def _drift(self) -> float:
        busy_s = self._time.busy_ns / 1e9
        return 1 + self._timing.drift * (1 - math.exp(-busy_s / max(self._timing.drift_seconds, 1e-9)))


class ModelledMemory:
    """Memory by a model: a constant for the process, and a multiple of what is loaded."""

    PROCESS_KIB = 60 * 1024
    PER_FILE_BYTE = 2.2

    def __init__(self, clock: ModelledClock) -> None:
        self._clock = clock
        self._loaded_bytes = 0
        self._highest_kib = 0
        self._phase = ""
        self._period_ns = 0
        self._next_ns = 0
        self._times_ns: list[int] = []

    def add_model(self, file_bytes: int) -> None:
        """A model has been loaded."""
        self._loaded_bytes += file_bytes

    def release(self) -> None:
        """Nothing is loaded any more."""
        self._loaded_bytes = 0

    def at_border(self, phase: str) -> Memory:
        """A full sample, for the border of a phase."""
        return self._sample(phase, self._clock.now_ns())

    def start(self, phase: str, period_ms: int) -> None:
        """Begin to sample every so often; a period of 0 samples nothing."""
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
        rss_kib = self.PROCESS_KIB + int(self._loaded_bytes * self.PER_FILE_BYTE) // 1024
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


class ModelledEngine:
    """Modelled time in one app process."""

    runtime = "modelled"
    version = "1 (no model is computed)"

    def __init__(self, order: LaunchOrder) -> None:
        self._order = order
        self._time = read_time(Path(order.state))
        self._threads = 1
        self._slowdown = _slowdown(Path(order.root))
        self.clock = self._time.clock
        self.memory = ModelledMemory(self.clock)

    def set_threads(self, threads: int) -> int:
        """Take note of the number of threads."""
        self._threads = threads
        return threads

    def load(self, request: ModelRequest, file: Path) -> ModelledModel:
        """Let the time of a load pass."""
        file_bytes = file.stat().st_size
        timing = read_timing(Path(self._order.timing) if self._order.timing else None, request.name)
        noise = np.random.default_rng([self._order.seed, self._order.launch_number, *request.sha256.encode()])
        speed = np.random.default_rng(self._order.seed).lognormal(0.0, timing.phone_sd)
        launch = noise.lognormal(0.0, timing.launch_sd)
        steady_ns = timing.steady_ms(file_bytes) * 1e6 * speed * launch
        load_ns = timing.load_ms_per_megabyte * file_bytes * speed * launch * self._slowdown
        self._time.spend(round(load_ns) + 1)
        self.memory.add_model(file_bytes)
        steady_ns /= self._threads**timing.thread_exponent
        return ModelledModel(self._time, timing, steady_ns, noise, lambda: self._slowdown)

    def look_again(self) -> None:
        """Take the clocks as the phone caps them now."""
        self._slowdown = _slowdown(Path(self._order.root))

    def release(self) -> None:
        """Give back the memory of all models."""
        self.memory.release()

    def close(self) -> None:
        """Keep the phone's time for the next launch."""
        self._time.save()


def _slowdown(root: Path) -> float:
    """The highest clock that the hardware has over the highest that the phone allows now; 1 if unknown."""
    highest, capped = (
        max((_khz(file) for file in root.glob(f"{CPUFREQ}/{name}")), default=0)
        for name in ("cpuinfo_max_freq", "scaling_max_freq")
    )
    return max(1.0, highest / capped) if capped else 1.0


def _khz(file: Path) -> int:
    text = file.read_text(errors="replace").strip()
    return int(text) if text.isdecimal() else 0


def ready() -> AppMain:
    """Importing numpy was all."""
    return run


def run(order: LaunchOrder, output: int) -> int:
    """Carry out an order."""
    return phases.main(order, ModelledEngine(order), output)
