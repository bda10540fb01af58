"""The engine that computes nothing: time passes by a documented model, seeded, on a clock of its own.

For tests, simulations and fleets: a launch takes some 20 ms of real time. The formula stands in
docs/explanation/virtual-phone.md, its constants in `timing`, its random numbers in `noise`.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from android_runner.contract import ModelRequest, Request
from harness.virtual.app import phases, phone_time
from harness.virtual.app.engines import AppMain, own_affinity
from harness.virtual.app.launch_order import LaunchOrder
from harness.virtual.app.modelled_memory import ModelledMemory
from harness.virtual.app.noise import Noise, Stream, iteration_factors
from harness.virtual.app.phone_time import PhoneTime
from harness.virtual.app.placement import cores, place, slowdown
from harness.virtual.app.timing import Timing, read_timing


@dataclass(slots=True, kw_only=True)
class ModelledModel:
    """A model of which only the time is known."""

    time: PhoneTime
    """The phone's time."""
    timing: Timing
    """The constants for this model."""
    steady_ns: float
    """Its median on this phone in this launch: cold, on big cores with the highest clocks."""
    first: float
    """The noise of the first forward."""
    noise: Iterator[float]
    """A factor for each iteration."""
    slowness: Callable[[Timing], float]
    """How many times longer everything takes now than on big cores with the highest clocks."""
    iterations: int = 0

    def bind(self, inputs: Sequence[bytes]) -> None:
        """Take note of nothing: no input changes the time."""

    def forward(self) -> None:
        """Let the time of one iteration pass."""
        duration_ns = self.steady_ns * next(self.noise) * self._warmth() * self._drift()
        duration_ns *= self.slowness(self.timing)
        self.iterations += 1
        self.time.spend(max(1, round(duration_ns)))

    def output(self) -> None:
        """None: nothing is computed."""

    def _warmth(self) -> float:
        if self.iterations == 0:
            return self.timing.first_factor * self.first
        age = (self.iterations - 1) / max(self.timing.warmup_iterations, 1e-9)
        return 1 + self.timing.warmup_excess * math.exp(-age)

    def _drift(self) -> float:
        busy_s = self.time.busy_ns() / 1e9
        return 1 + self.timing.drift * (1 - math.exp(-busy_s / max(self.timing.drift_seconds, 1e-9)))


class ModelledEngine:
    """Modelled time in one app process."""

    runtime = "modelled"
    version = "1 (no model is computed)"

    def __init__(self, order: LaunchOrder) -> None:
        self._order = order
        self._root = Path(order.root)
        self._launch = PurePosixPath(order.request).parent.name
        self._found = phone_time.find(Path(order.state), self._launch)
        self._time = PhoneTime(self._found, self._timing(""))
        self._noise = Noise(seed=order.seed, run=order.run, number=order.number)
        self._placement = place(self._noise)
        self._threads = 1
        self._models = 0
        self._slowdown = slowdown(self._root)
        self.clock = self._time.clock
        self.memory = ModelledMemory(self.clock, self._begin_phase)

    def set_threads(self, threads: int) -> int:
        """Take note of the number of threads."""
        self._threads = threads
        return threads

    def affinity(self, request: Request, /) -> tuple[int, ...]:
        """The cores of the little cluster where the first model stays on it, else all."""
        is_little = self._placement.is_little(self._timing(request.models[0].name))
        return cores(self._root, little=is_little) or own_affinity()

    def load(self, request: ModelRequest, file: Path) -> ModelledModel:
        """Let the time of a load pass."""
        file_bytes = file.stat().st_size
        timing, noise, model = self._timing(request.name), self._noise, self._models
        self._models += 1
        speed = np.random.default_rng(self._order.seed).lognormal(0.0, timing.phone_sd)
        speed *= math.exp(timing.launch_sd * noise.of_launch(model, timing.launch_ar))
        load_ns = timing.load_ms_per_megabyte * file_bytes * speed * self._slowness(timing)
        load_ns *= math.exp(timing.load_sd * noise.normal(Stream.LOAD, model))
        self._time.spend(round(load_ns) + 1)
        self.memory.add_model(file_bytes, math.exp(timing.memory_sd * noise.normal(Stream.MEMORY, model)))
        return ModelledModel(
            time=self._time,
            timing=timing,
            steady_ns=timing.steady_ms(file_bytes) * 1e6 * speed / self._threads**timing.thread_exponent,
            first=math.exp(timing.first_sd * noise.normal(Stream.FIRST, model)),
            noise=iteration_factors(noise, model, timing),
            slowness=self._slowness,
        )

    def look_again(self) -> None:
        """Take the clocks as the phone caps them now."""
        self._slowdown = slowdown(self._root)

    def release(self) -> None:
        """Give back the memory of all models."""
        self.memory.release()

    def close(self) -> None:
        """Keep the phone's time for the next launch."""
        phone_time.keep(Path(self._order.state), self._launch, self._found, self._time.left())

    def _timing(self, model: str) -> Timing:
        return read_timing(Path(self._order.timing) if self._order.timing else None, model)

    def _begin_phase(self, phase: str) -> None:
        if phase == "steady":
            self._placement.steady_since_ns = self.clock.now_ns()

    def _slowness(self, timing: Timing) -> float:
        return self._slowdown * self._placement.factor(timing, self.clock.now_ns())


def ready() -> AppMain:
    """Importing numpy was all."""
    return run


def run(order: LaunchOrder, output: int) -> int:
    """Carry out an order."""
    return phases.main(order, ModelledEngine(order), output)
