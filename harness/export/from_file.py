"""A caller's `.ptl`, adopted as it is: its reference is what this machine computes from it.

Nothing of it is loaded here: what it does in a process of its own is all that is needed.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import UnreadableModel
from harness.export.artifact import ProvedModel, input_bytes, reference_bytes, safe_file_name, sha256_of
from harness.export.bytecode import read_bytecode
from harness.export.fixed_input import fixed_input
from harness.export.identify import ModelFile
from harness.export.proof import TOLERANCE, relative_error
from harness.export.stated_input import written
from harness.export.trial import BiasCount, Trial, try_out
from harness.results.records import Artifact, TensorSpec

AS_IN_FILE = "as in the file"


def adopt_file(file: ModelFile, *, seed: int, input_shape: tuple[int, ...]) -> ProvedModel:
    """Run a `.ptl` once, in a process of its own, and describe it.

    Args:
        file: what the caller brought.
        seed: of the fixed input.
        input_shape: shape of its one float32 input.

    Raises:
        UnreadableModel: it does not load, does not take this input, or computes something else each time.
    """
    where = str(file.path)
    operators = read_bytecode(file.program, where=where).operators
    tried = try_out(file.program, input_shape, seed=seed, where=where)
    output = _output(file.path, tried, input_shape)
    described, reference, error = _reference(file.path, tried, output)
    images = fixed_input(input_shape, seed)
    artifact = Artifact(
        sha256=sha256_of(file.program),
        file_name=safe_file_name(file.name),
        file_bytes=len(file.program),
        runtime="pytorch_mobile",
        model=file.name,
        source="file",
        parameters=None,
        macs=None,
        inputs=(TensorSpec(shape=input_shape),),
        input_sha256=sha256_of(input_bytes(images)),
        precision="int8" if any(op.startswith("quantized::") for op in operators) else "float32",
        recipe=AS_IN_FILE,
        operators=operators,
        exporter="unknown: the caller's file",
        weights=AS_IN_FILE,
        reference=described,
        reference_sha256=sha256_of(reference_bytes(reference)),
        export_error=error,
        layers=tried.layers,
        allocation=tried.allocation,
        note=_note(tried.biases),
        missing=_UNKNOWN if error is not None else _UNKNOWN | _UNCHECKED,
    )
    return ProvedModel(artifact, file.program, images, reference)


_UNKNOWN = {
    "parameters": "a prepacked file does not show them",
    "macs": "a prepacked file does not show them",
}
_UNCHECKED = {"export_error": "the file has only its own bytecode to be compared with"}


def _note(biases: BiasCount | None) -> str:
    if biases is None or not biases.suspicious:
        return ""
    return (
        f"{biases.suspicious} of its {biases.convolutions} convolutions look as if they lost their bias in"
        " the export, so it may compute something else than its model: `elbench preflight` says more"
    )


def _output(path: Path, tried: Trial, shape: tuple[int, ...]) -> NDArray[np.float64]:
    output = tried.lite.output
    if output is None:
        raise _refusal(
            path,
            f"does not compute one output from one float32 input of shape {written(shape)}"
            f" ({tried.lite.failure})",
            "if its input has another shape, give it with --input-shape",
        )
    if not (output.size and np.isfinite(output).all()):
        raise _refusal(
            path, "its output for a standard normal input is empty or not finite", "check the weights"
        )
    return output


def _reference(
    path: Path, tried: Trial, output: NDArray[np.float64]
) -> tuple[str, NDArray[np.float64], float | None]:
    """Full TorchScript where it can run the file: another interpreter tells more than the same one again."""
    reference = tried.script.output
    if reference is None:
        return "host lite interpreter", output, None
    return "host TorchScript interpreter", reference, _agreement(path, output, reference)


def _agreement(path: Path, output: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    error = relative_error(output, reference)
    if not error <= TOLERANCE:
        raise _refusal(
            path,
            f"two runs on this machine differ by {error:.3g} of the largest output, {TOLERANCE:g} is allowed",
            "export it in eval mode, without randomness",
        )
    return error


def _refusal(path: Path, cause: str, remedy: str) -> UnreadableModel:
    return UnreadableModel(cause, remedy=remedy, where=str(path))
