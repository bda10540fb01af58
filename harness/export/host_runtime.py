"""Programs run on this machine: by the lite interpreter that phones have, and by full TorchScript beside it.

A program's failures leave here as torch raises them; what they mean is for the caller to say.
"""

import io
import warnings
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch.jit.mobile import LiteScriptModule, _export_operator_list, _load_for_lite_interpreter

from harness.export.int8_engine import phone_engine


class _Module(Protocol):
    def __call__(self, values: torch.Tensor, /) -> object: ...


class HostProgram:
    """A loaded program of one float32 tensor to one tensor."""

    def __init__(self, module: _Module) -> None:
        self._module = module

    def compute(self, values: NDArray[np.float32]) -> NDArray[np.generic]:
        """One forward.

        Raises:
            RuntimeError: the program does not take this input, or raises an exception of its own.
            TypeError: its output is not one tensor.
        """
        try:
            with torch.no_grad(), phone_engine():
                output = self._module(torch.from_numpy(values.copy()))
        except torch.jit.Error as error:  # the program's own `assert` or `raise`, whose words come last
            raise RuntimeError((str(error).strip().splitlines() or ["it raises an exception"])[-1]) from error
        if not isinstance(output, torch.Tensor):
            raise TypeError(f"its output is a {type(output).__name__}, not one tensor")
        return output.numpy()


class LiteProgram(HostProgram):
    """A program in the lite interpreter; `operators` are those that it calls, sorted."""

    def __init__(self, module: LiteScriptModule) -> None:
        super().__init__(module)
        self.operators = tuple(sorted(_export_operator_list(module)))


def load_lite(program: bytes) -> LiteProgram:
    """Load a `.ptl` as a phone does.

    Raises:
        RuntimeError: torch cannot load it.
    """
    with phone_engine():
        return LiteProgram(_load_for_lite_interpreter(io.BytesIO(program)))


def load_torchscript(program: bytes) -> HostProgram:
    """Load the TorchScript that a `.ptl` carries beside its bytecode, or that a `.pt` is.

    Raises:
        RuntimeError: torch cannot load it.
    """
    return HostProgram(load_script(program))


def load_script(program: bytes) -> torch.jit.ScriptModule:
    """The same with its graph, to be looked at.

    Raises:
        RuntimeError: torch cannot load it.
    """
    with phone_engine(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        script: torch.jit.ScriptModule = torch.jit.load(io.BytesIO(program), map_location="cpu")
        return script


def packed_state(value: torch._C.Value, script: torch.jit.ScriptModule) -> tuple[Any, ...] | None:
    """What XNNPACK's context of a prepacked layer saves: weight, bias, …, smallest output, largest output.

    None where weights are packed at run time, since they depend on the image (CondConv).
    """
    node = value.node()
    if node.kind().endswith("_clamp_prepack"):
        return None
    context: Any = getattr(script, node.s("name")) if node.kind() == "prim::GetAttr" else value.toIValue()
    state: tuple[Any, ...] = context.__getstate__()[0]
    return state
