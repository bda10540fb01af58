"""The engine that computes `.pte` files: ExecuTorch's own runtime for this computer, with its XNNPACK.

It is imported before the fork, together with the torch that it needs, and makes its threads after it.
"""

import ctypes
import gc
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from android_runner.contract import InputRequest, ModelRequest, Request
from android_runner.executorch.packages import enter, find_packages
from harness.virtual.app import phases
from harness.virtual.app.clock import MonotonicClock
from harness.virtual.app.engines import AppMain, OutputValues, own_affinity
from harness.virtual.app.launch_order import LaunchOrder
from harness.virtual.app.memory import ProcMemory
from harness.virtual.app.phases import first_line

MAGIC = b"ET12"
"""file_identifier in ExecuTorch's schema/program.fbs."""
MAGIC_AT = slice(4, 8)
EXPORT = "export it with ExecuTorch for XNNPACK, or with `elbench export --runtime executorch`"
ONE_LAYOUT = (
    "ExecuTorch's programs take contiguous inputs, and silently compute something else from channels-last"
    " ones: ask for contiguous"
)


class ExecutorchModel:
    """The method `forward` of a program, with its inputs."""

    def __init__(self, program: Any, method: Any, request: ModelRequest) -> None:  # noqa: ANN401  untyped there
        self._program = program
        self._method = method
        self._requests = request.inputs
        self._inputs: list[Any] = []

    def bind(self, inputs: Sequence[bytes]) -> None:
        """Make the input tensors, once, from raw little-endian data of the requested shapes."""
        self._inputs = [_tensor(request, data) for request, data in zip(self._requests, inputs, strict=True)]

    def forward(self) -> None:
        """Run once on the bound inputs; exactly this is timed."""
        self._method.execute(self._inputs)

    def output(self) -> OutputValues:
        """Run once more, untimed.

        Raises:
            TypeError: the model does not return one tensor.
        """
        import torch

        results = self._method.execute(self._inputs)
        if len(results) != 1 or not isinstance(results[0], torch.Tensor):
            raise TypeError(f"the model returns {len(results)} values, one tensor is expected")
        values = results[0].to(torch.float32).contiguous()
        return OutputValues(tuple(values.shape), values.numpy().tobytes())


class ExecutorchEngine:
    """ExecuTorch's runtime in one app process."""

    runtime = "executorch (Python runtime with XNNPACK)"

    def __init__(self) -> None:
        self.clock = MonotonicClock()
        self.memory = ProcMemory()
        self._bindings: Any = import_module("executorch.extension.pybindings.portable_lib")
        self._runtime: Any = import_module("executorch.runtime").Runtime.get()

    @property
    def version(self) -> str:
        """ExecuTorch's."""
        return str(import_module("executorch.version").__version__)

    def set_threads(self, threads: int) -> int:
        """Set the number of threads; returns what the runtime then says it uses."""
        self._bindings._unsafe_reset_threadpool(threads)  # unsafe beside a running model; none is loaded yet
        return int(self._bindings._threadpool_get_thread_count())

    def affinity(self, _: Request, /) -> tuple[int, ...]:
        """The cores of this computer, since that is what computes."""
        return own_affinity()

    def load(self, request: ModelRequest, file: Path) -> ExecutorchModel:
        """Load a program and its method `forward`; exactly this is timed as the load.

        Raises:
            ValueError: another runtime's model, or no program that this runtime runs for these inputs.
        """
        if request.runtime != "executorch":
            raise ValueError(f"{request.name} is for {request.runtime}, this phone runs executorch models")
        if any(one.memory_format != "contiguous" for one in request.inputs):
            raise ValueError(f"{request.name}: {ONE_LAYOUT}")
        with file.open("rb") as opened:
            if opened.read(MAGIC_AT.stop)[MAGIC_AT] != MAGIC:
                raise ValueError(f"{request.name} is no ExecuTorch program; {EXPORT}")
        try:
            program = self._runtime.load_program(file)
            _require_inputs(request, program)
            method = program.load_method("forward")
        except RuntimeError as error:
            raise ValueError(
                f"{request.name} is damaged, or has operators that this runtime lacks "
                f"({first_line(str(error))}); {EXPORT}"
            ) from error
        return ExecutorchModel(program, method, request)

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
    """Import the runtime with its own torch.

    Raises:
        SetupIncomplete: ExecuTorch is not set up.
    """
    enter(find_packages(), exports=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls its own interface experimental at every import
        import_module("executorch.runtime").Runtime.get()
    return run


def run(order: LaunchOrder, output: int) -> int:
    """Carry out an order."""
    return phases.main(order, ExecutorchEngine(), output)


def _require_inputs(request: ModelRequest, program: Any) -> None:  # noqa: ANN401  untyped there
    """The runtime refuses other shapes by number alone, so they are compared here."""
    if "forward" not in program.method_names:
        raise ValueError(f"{request.name} has no method forward; {EXPORT}")
    meta = program.metadata("forward")
    takes = [tuple(meta.input_tensor_meta(index).sizes()) for index in range(meta.num_inputs())]
    gives = [one.shape for one in request.inputs]
    if takes != gives:
        raise ValueError(
            f"{request.name} takes {_listed(takes)} float32, the request gives {_listed(gives)}: export it"
            " again for this shape, or request the right one"
        )


def _listed(shapes: Sequence[tuple[int, ...]]) -> str:
    return ", ".join("x".join(map(str, shape)) for shape in shapes)


def _tensor(request: InputRequest, data: bytes) -> Any:  # noqa: ANN401  a tensor of another torch
    import torch

    return torch.frombuffer(bytearray(data), dtype=torch.float32).reshape(request.shape)
