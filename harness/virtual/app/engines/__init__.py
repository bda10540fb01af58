"""What runs a model inside an app process: the interface, and the way to each implementation.

`lite` computes with PyTorch's lite interpreter; `modelled` computes nothing and follows a model of time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from android_runner.contract import ModelRequest
from harness.virtual.app.clock import Clock
from harness.virtual.app.launch_order import LaunchOrder
from harness.virtual.app.memory import MemorySource
from harness.virtual.profile import EngineName


@dataclass(frozen=True, slots=True)
class OutputValues:
    """A model's output as plain numbers."""

    shape: tuple[int, ...]
    data: bytes
    """Raw little-endian float32."""


class Model(Protocol):
    """A loaded model."""

    def bind(self, inputs: Sequence[bytes]) -> None:
        """Make the input tensors, once, from raw little-endian data of the requested shapes."""

    def forward(self) -> None:
        """Run once on the bound inputs; exactly this is timed."""

    def output(self) -> OutputValues | None:
        """Run once more, untimed; None from an engine that computes nothing."""


class Engine(Protocol):
    """A runtime inside one app process."""

    @property
    def runtime(self) -> str:
        """Name of what runs the models."""

    @property
    def version(self) -> str:
        """Its version."""

    @property
    def clock(self) -> Clock:
        """The clock that all its durations are on."""

    @property
    def memory(self) -> MemorySource:
        """Where the app's memory is read."""

    def set_threads(self, threads: int) -> int:
        """Set the number of threads; returns what the runtime then says it uses."""

    def load(self, request: ModelRequest, file: Path) -> Model:
        """Load a model file; exactly this is timed as the load."""

    def close(self) -> None:
        """The launch has ended."""


EngineFactory = Callable[[LaunchOrder], Engine]


def import_engine(name: EngineName) -> EngineFactory:
    """The factory of an engine; what it imports stays imported, so the zygote calls this before any fork."""
    factory: EngineFactory = import_module(f"harness.virtual.app.engines.{name}").create
    return factory
