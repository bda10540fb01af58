"""A caller's program tried in a process of its own: some damaged files end the process that loads them.

The process runs the program in the lite interpreter and, where its source is in the file, in full
TorchScript, looks at its convolutions, and runs a reference where there is one. What that means is for
others to say.
"""

import base64
import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from harness.errors import UnreadableModel
from harness.export.fixed_input import fixed_input
from harness.results.records import Allocation
from harness.units import printable

_LONGEST_S = 300.0
_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One program for the fixed input: an output, or why there is none."""

    output: NDArray[np.float64] | None
    failure: str
    """Empty where there is an output."""

    @classmethod
    def decoded(cls, data: dict[str, Any]) -> Self:
        """From what the process sends."""
        if data["failure"]:
            return cls(None, data["failure"])
        values = np.frombuffer(base64.b64decode(data["values"]), "<f8")
        return cls(values.reshape(data["shape"]), "")


@dataclass(frozen=True, slots=True)
class BiasCount:
    """How the convolutions of a program stand with their biases."""

    convolutions: int
    without_bias: int
    suspicious: int
    """Without bias, and nothing that makes up for it before the next activation."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a program did that ended no process."""

    lite: Outcome
    """In the lite interpreter."""
    script: Outcome
    """Its source in full TorchScript, which not every file carries."""
    biases: BiasCount | None
    """None: without source there is nothing to look at."""
    layers: tuple[str, ...]
    """What each prepacked layer is; empty where the file does not tell."""
    allocation: Allocation
    """What one forward allocates in the lite interpreter."""
    reference: Outcome | None
    """What the reference computes; None: there is no reference."""


def try_out(
    program: bytes, input_shape: tuple[int, ...], *, seed: int = 0, reference: bytes = b"", where: str
) -> Trial:
    """Load and run a program in another process.

    Args:
        program: a `.ptl`.
        input_shape: of the fixed input.
        seed: of the fixed input.
        reference: TorchScript of the same model, or nothing.
        where: the file, for messages.

    Raises:
        UnreadableModel: the process died of it, or it did not come to an end.
    """
    command = [sys.executable, "-m", "harness.export.trial", str(seed), *map(str, input_shape)]
    sent = _LENGTH.pack(len(program)) + program + reference
    try:
        tried = subprocess.run(
            command,
            input=sent,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _refusal(f"computes nothing within {_LONGEST_S:g} s", where) from error
    if tried.returncode < 0:
        raise _refusal(f"ends the process that loads it ({signal.Signals(-tried.returncode).name})", where)
    if tried.returncode > 0:
        raise _refusal(f"ends the process that loads it (exit code {tried.returncode})", where)
    return _decoded(json.loads(tried.stdout))


def main() -> None:
    """Take programs from the standard input, seed and shape from the command line; answer in JSON."""
    with os.fdopen(os.dup(1), "wb") as answer:
        os.dup2(2, 1)  # a program may print
        length = _LENGTH.unpack(sys.stdin.buffer.read(_LENGTH.size))[0]
        program, reference = sys.stdin.buffer.read(length), sys.stdin.buffer.read()
        seed, *shape = map(int, sys.argv[1:])
        answer.write(json.dumps(_tried(program, reference, fixed_input(tuple(shape), seed))).encode())


def _tried(program: bytes, reference: bytes, images: NDArray[np.float32]) -> dict[str, Any]:
    import torch

    from harness.export.host_runtime import load_lite, load_torchscript

    torch.set_num_threads(1)
    return {
        "lite": _outcome(load_lite, program, images),
        "script": _outcome(load_torchscript, program, images),
        "biases": _biases(program),
        "layers": _layers(program),
        "allocation": asdict(_allocation(program, images)),
        "reference": _outcome(load_torchscript, reference, images) if reference else None,
    }


_FAILURES = (RuntimeError, TypeError, ValueError, AttributeError, LookupError, MemoryError)
"""What torch raises for programs that are damaged or do not take the input."""


def _outcome(load: Callable[[bytes], Any], program: bytes, images: NDArray[np.float32]) -> dict[str, Any]:
    try:
        output = load(program).compute(images).astype("<f8")
    except _FAILURES as error:
        return {"failure": _first_line(error)}
    values = base64.b64encode(output.tobytes()).decode()
    return {"failure": "", "shape": output.shape, "values": values}


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return printable(lines[0]).rstrip(".")[:200]


def _biases(program: bytes) -> tuple[int, int, int] | None:
    from harness.export.lost_bias import count_biases

    try:
        return count_biases(program)
    except _FAILURES:
        return None


def _layers(program: bytes) -> tuple[str, ...]:
    from harness.export.layers import describe_layers

    try:
        return describe_layers(program)
    except _FAILURES:
        return ()


def _allocation(program: bytes, images: NDArray[np.float32]) -> Allocation:
    from harness.export.allocations import measure_allocation
    from harness.export.host_runtime import load_lite

    try:
        return measure_allocation(load_lite(program), images)
    except _FAILURES as error:
        return Allocation.unknown(f"it does not run ({_first_line(error)})")


def _decoded(data: dict[str, Any]) -> Trial:
    return Trial(
        lite=Outcome.decoded(data["lite"]),
        script=Outcome.decoded(data["script"]),
        biases=BiasCount(*data["biases"]) if data["biases"] else None,
        layers=tuple(data["layers"]),
        allocation=Allocation(**data["allocation"]),
        reference=Outcome.decoded(data["reference"]) if data["reference"] else None,
    )


def _refusal(cause: str, where: str) -> UnreadableModel:
    return UnreadableModel(cause, remedy="export it again", where=where)


if __name__ == "__main__":
    main()
