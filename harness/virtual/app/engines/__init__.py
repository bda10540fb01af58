"""What a fresh app process becomes: the way to each engine, and what those have in common that run here.

`android` becomes a JVM with the installed APK's own libraries, `arm64` an emulated one; `lite` computes with
PyTorch's lite interpreter, `executorch` with ExecuTorch's runtime; `modelled` computes nothing and follows a
model of time. The latter three are Python and share `phases`.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from android_runner.contract import ModelRequest, Request
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

    def affinity(self, request: Request, /) -> tuple[int, ...]:
        """The cores that the process may use while it carries out a request."""

    def load(self, request: ModelRequest, file: Path) -> Model:
        """Load a model file; exactly this is timed as the load."""

    def release(self) -> None:
        """Give back the memory of models that nobody holds any more."""

    def look_again(self) -> None:
        """The app goes on after a while in which the phone may have changed."""

    def close(self) -> None:
        """The launch has ended."""


def own_affinity() -> tuple[int, ...]:
    """The cores of this computer that this process may use."""
    return tuple(sorted(os.sched_getaffinity(0)))


AppMain = Callable[[LaunchOrder, int], int]
"""What an app process runs: carries out an order, streams into a descriptor, gives the exit status."""


def ready_engine(name: EngineName) -> AppMain:
    """Do all that an engine can do before any fork, and give what a fresh app process then runs.

    Raises:
        SetupIncomplete: the engine lacks something on this machine.
    """
    main: AppMain = import_module(f"harness.virtual.app.engines.{name}").ready()
    return main
