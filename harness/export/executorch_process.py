"""ExecuTorch's exporter and its runtime on this machine, in a process of their own: they need another torch.

A network goes there as torch.export saves it, and comes back as a `.pte`, lowered to XNNPACK, with what the
program computes for the inputs of the proof. A caller's own `.pte` goes the same way, also since a damaged
one may end the process that loads it. What the outputs must be is for others to say.
"""

import json
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from android_runner.executorch.packages import enter, find_packages
from harness.errors import ExportRefused, UnreadableModel
from harness.export.proof import proof_inputs
from harness.export.stated_input import LARGEST_INPUT_VALUES
from harness.units import printable

if TYPE_CHECKING:
    from torch.export import ExportedProgram

_LONGEST_S = 900.0
_NETWORK, _PROGRAM, _OUTPUTS, _ANSWER = "network.pt2", "program.pte", "outputs.npy", "answer.json"
"""Files of the folder in which the two processes meet."""

_ONE_TENSOR = "it has not one float32 tensor as input and one as output"


@dataclass(frozen=True, slots=True, eq=False)
class ExecutorchProgram:
    """A `.pte` that ran in ExecuTorch's runtime on this machine."""

    program: bytes
    """What the file holds."""
    shape: tuple[int, ...]
    """Of its one float32 input, as the program states it."""
    outputs: tuple[NDArray[np.float32], ...]
    """For each input of the proof."""
    operators: tuple[str, ...]
    """Backends and operators that it calls, sorted."""
    versions: str
    """Of ExecuTorch and torch in that process."""


def lower(network: "ExportedProgram", *, seed: int, where: str) -> ExecutorchProgram:
    """Lower a network to XNNPACK and run the program on the inputs of the proof.

    Args:
        network: as torch.export gives it.
        seed: of the inputs of the proof.
        where: the model, for messages.

    Raises:
        SetupIncomplete: ExecuTorch is not set up.
        ExportRefused: ExecuTorch cannot lower it, or not run what became of it.
    """
    import torch

    find_packages()
    with tempfile.TemporaryDirectory(prefix="elbench-executorch-") as name:
        folder = Path(name)
        torch.export.save(network, folder / _NETWORK)
        try:
            return _answer(folder, seed)
        except _Failed as error:
            raise ExportRefused(
                f"ExecuTorch cannot export it ({error})",
                remedy="export it for PyTorch Mobile, or change the model",
                where=where,
            ) from error


def run_program(program: bytes, *, seed: int, where: str) -> ExecutorchProgram:
    """Run a caller's `.pte` on the inputs of the proof.

    Args:
        program: what the file holds.
        seed: of the inputs of the proof.
        where: the file, for messages.

    Raises:
        SetupIncomplete: ExecuTorch is not set up.
        UnreadableModel: it does not load, does not run, or ends the process.
    """
    find_packages()
    with tempfile.TemporaryDirectory(prefix="elbench-executorch-") as name:
        folder = Path(name)
        (folder / _PROGRAM).write_bytes(program)
        try:
            return _answer(folder, seed)
        except _Failed as error:
            raise UnreadableModel(
                f"ExecuTorch's runtime does not run it: {error}",
                remedy="export it again with ExecuTorch for XNNPACK",
                where=where,
            ) from error


class _Failed(Exception):
    """The other process has no program and outputs; the text says why."""


def _answer(folder: Path, seed: int) -> ExecutorchProgram:
    """Let the other process work on the folder, and read what it leaves there."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "harness.export.executorch_process",
        str(folder),
        str(seed),
    ]
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _Failed(f"it takes longer than {_LONGEST_S:g} s") from error
    if ended.returncode < 0:
        raise _Failed(f"the process dies of it: {signal.Signals(-ended.returncode).name}")
    if ended.returncode > 0:
        raise _Failed(_first_line(ended.stderr.decode(errors="replace").strip().rpartition("\n")[2]))
    answer = json.loads((folder / _ANSWER).read_text(encoding="utf-8"))
    if answer["failure"]:
        raise _Failed(answer["failure"])
    return ExecutorchProgram(
        program=(folder / _PROGRAM).read_bytes(),
        shape=tuple(answer["shape"]),
        outputs=tuple(np.load(folder / _OUTPUTS, allow_pickle=False)),
        operators=tuple(answer["operators"]),
        versions=answer["versions"],
    )


def main() -> None:
    """Work on the folder and with the seed of the command line, with ExecuTorch's own torch."""
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    enter(find_packages(), exports=(folder / _NETWORK).exists())
    try:
        answer = _worked(folder, seed)
    except Exception as error:  # noqa: BLE001  ExecuTorch and torch raise what they like for what they cannot do
        answer = {"failure": describe_failure(error)}
    (folder / _ANSWER).write_text(json.dumps(answer), encoding="utf-8")


def describe_failure(error: Exception) -> str:
    """What torch or ExecuTorch raised, in a short line."""
    return _first_line(f"{type(error).__name__}: {error}")


def _worked(folder: Path, seed: int) -> dict[str, Any]:
    import torch
    from executorch.version import __version__ as version

    torch.set_num_threads(1)
    if (folder / _NETWORK).exists():
        (folder / _PROGRAM).write_bytes(_lowered(folder / _NETWORK))
    program = (folder / _PROGRAM).read_bytes()
    shape, outputs = _computed(program, seed)
    np.save(folder / _OUTPUTS, np.stack(outputs), allow_pickle=False)
    versions = f"executorch {_release(version)}, torch {_release(torch.__version__)}"
    return {"failure": "", "shape": shape, "operators": _operators(program), "versions": versions}


def _release(version: str) -> str:
    return version.partition("+")[0]


def _lowered(network: Path) -> bytes:
    import torch
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    edge = to_edge_transform_and_lower(torch.export.load(network), partitioner=[XnnpackPartitioner()])
    return bytes(edge.to_executorch().buffer)


def _computed(program: bytes, seed: int) -> tuple[tuple[int, ...], list[NDArray[np.float32]]]:
    import torch
    from executorch.runtime import Runtime, Verification

    loaded = Runtime.get().load_program(program, verification=Verification.InternalConsistency)
    if "forward" not in loaded.method_names:
        raise ValueError("it has no method `forward`")
    meta = loaded.metadata("forward")
    if (meta.num_inputs(), meta.num_outputs()) != (1, 1):
        raise ValueError(_ONE_TENSOR)
    shape = tuple(meta.input_tensor_meta(0).sizes())
    if not 0 < np.prod(shape, dtype=np.float64) <= LARGEST_INPUT_VALUES:
        raise ValueError(f"its input has the impossible shape {shape}")
    method = loaded.load_method("forward")
    assert method is not None
    outputs = [method.execute([torch.from_numpy(images)])[0] for images in proof_inputs(shape, seed)]
    if not all(isinstance(output, torch.Tensor) for output in outputs):
        raise TypeError(_ONE_TENSOR)
    return shape, [output.float().numpy() for output in outputs]


def _operators(program: bytes) -> list[str]:
    from executorch.exir._serialize._program import deserialize_pte_binary

    (plan, *_) = deserialize_pte_binary(program).program.execution_plan
    called = (f"{one.name}.{one.overload}" if one.overload else one.name for one in plan.operators)
    return sorted({*called, *(delegate.id for delegate in plan.delegates)})


def _first_line(text: str) -> str:
    lines = text.strip().splitlines() or [""]
    return printable(lines[0]).rstrip(".")[:200]


if __name__ == "__main__":
    main()
