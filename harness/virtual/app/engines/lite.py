"""The engine that computes: PyTorch's lite interpreter, which reads the same `.ptl` files as a phone.

Torch runs no operator before the fork: everything below `run` happens in the app process.
"""

import ctypes
import gc
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import torch

from android_runner.contract import InputRequest, ModelRequest, Request
from harness.virtual.app import phases
from harness.virtual.app.clock import MonotonicClock
from harness.virtual.app.engines import AppMain, OutputValues, own_affinity
from harness.virtual.app.launch_order import LaunchOrder
from harness.virtual.app.memory import ProcMemory
from harness.virtual.app.phases import first_line

ZIP = b"PK\3\4"
EXPORT = "export it with _save_for_lite_interpreter"

_mobile: Any = import_module("torch.jit.mobile")


class LiteModule(Protocol):
    """A module as the lite interpreter gives it."""

    def __call__(self, *inputs: torch.Tensor) -> object:
        """Run the module's `forward`."""


class LiteModel:
    """A module in the lite interpreter, with its inputs."""

    def __init__(self, module: LiteModule, inputs: Sequence[InputRequest]) -> None:
        self._module = module
        self._requests = inputs
        self._inputs: tuple[torch.Tensor, ...] = ()

    def bind(self, inputs: Sequence[bytes]) -> None:
        """Make the input tensors, once, from raw little-endian data of the requested shapes."""
        self._inputs = tuple(
            _tensor(request, data) for request, data in zip(self._requests, inputs, strict=True)
        )

    def forward(self) -> None:
        """Run once on the bound inputs; exactly this is timed."""
        self._module(*self._inputs)

    def output(self) -> OutputValues:
        """Run once more, untimed.

        Raises:
            TypeError: the model does not return one tensor.
        """
        result = self._module(*self._inputs)
        if not isinstance(result, torch.Tensor):
            raise TypeError(f"the model returns {type(result).__name__}, one tensor is expected")
        values = result.to(torch.float32).contiguous()
        return OutputValues(tuple(values.shape), values.numpy().tobytes())


class LiteEngine:
    """The lite interpreter in one app process."""

    runtime = "pytorch_mobile (Python lite interpreter)"
    version = str(torch.__version__)

    def __init__(self) -> None:
        self.clock = MonotonicClock()
        self.memory = ProcMemory()

    def set_threads(self, threads: int) -> int:
        """Set the number of threads; returns what the runtime then says it uses."""
        torch.set_grad_enabled(False)
        torch.set_num_threads(threads)
        return torch.get_num_threads()

    def affinity(self, _: Request, /) -> tuple[int, ...]:
        """The cores of this computer, since that is what computes."""
        return own_affinity()

    def load(self, request: ModelRequest, file: Path) -> LiteModel:
        """Load a model file; exactly this is timed as the load.

        Raises:
            ValueError: another runtime's model, or no model of the lite interpreter.
        """
        if request.runtime != "pytorch_mobile":
            raise ValueError(
                f"{request.name} is for {request.runtime}, this phone runs pytorch_mobile models"
            )
        with file.open("rb") as opened:
            if opened.read(len(ZIP)) != ZIP:
                raise ValueError(
                    f"{request.name} is no model: it has not even the form of a zip archive; {EXPORT}"
                )
        try:
            module = _mobile._load_for_lite_interpreter(str(file))
        except RuntimeError as error:
            raise ValueError(f"{request.name} {_reason(str(error))}") from error
        return LiteModel(module, request.inputs)

    def release(self) -> None:
        """Give back the memory of models that nobody holds any more; glibc keeps it until it is asked."""
        gc.collect()
        if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
            trim(0)

    def look_again(self) -> None:
        """What the phone's processor does now shows in the times themselves."""

    def close(self) -> None:
        """Nothing outlives the process."""


def ready() -> AppMain:
    """Importing torch was all."""
    return run


def run(order: LaunchOrder, output: int) -> int:
    """Carry out an order."""
    return phases.main(order, LiteEngine(), output)


def _reason(said: str) -> str:
    """What the loader says of a file that it does not load; the Java runner uses the same words."""
    if "bytecode.pkl" in said:
        return f"is TorchScript without the bytecode that phones run; {EXPORT}"
    if "central directory" in said or "Format error" in said:
        return "is damaged or cut short; copy or export it again"
    return f"is no model that the lite interpreter loads ({first_line(said)}); {EXPORT}"


def _tensor(request: InputRequest, data: bytes) -> torch.Tensor:
    tensor = torch.frombuffer(bytearray(data), dtype=torch.float32).reshape(request.shape)
    if request.memory_format == "channels_last":
        return tensor.contiguous(memory_format=torch.channels_last)
    return tensor
