"""A caller's `.ptl`, adopted as it is: its reference is what this machine computes from it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import UnreadableModel
from harness.export.artifact import ProvedModel, input_bytes, reference_bytes, safe_file_name, sha256_of
from harness.export.fixed_input import fixed_input
from harness.export.host_runtime import LiteProgram, load_lite, load_torchscript
from harness.export.identify import ModelFile
from harness.export.one_thread import one_thread
from harness.export.proof import TOLERANCE, relative_error
from harness.export.trial import BiasCount, try_out
from harness.results.records import Artifact, TensorSpec

AS_IN_FILE = "as in the file"


@one_thread()
def adopt_file(file: ModelFile, *, seed: int, input_shape: tuple[int, ...]) -> ProvedModel:
    """Load a `.ptl`, run it once and describe it.

    Args:
        file: what the caller brought.
        seed: of the fixed input.
        input_shape: shape of its one float32 input.

    Raises:
        UnreadableModel: it does not load, does not take this input, or computes something else each time.
    """
    tried = try_out(file.program, input_shape, where=str(file.path))
    lite = _load(file)
    images = fixed_input(input_shape, seed)
    output = _compute(file.path, lite, images)
    described, reference, error = _reference(file, images, output)
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
        precision="int8" if any(op.startswith("quantized::") for op in lite.operators) else "float32",
        recipe=AS_IN_FILE,
        operators=lite.operators,
        exporter="unknown: the caller's file",
        weights=AS_IN_FILE,
        reference=described,
        reference_sha256=sha256_of(reference_bytes(reference)),
        export_error=error,
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


def _load(file: ModelFile) -> LiteProgram:
    try:
        return load_lite(file.program)
    except (RuntimeError, UnicodeDecodeError) as error:  # torch may quote the file's bytes in its message
        raise _refusal(
            file.path, f"the lite interpreter does not load it: {_first_line(error)}", "export it again"
        ) from error


def _compute(path: Path, program: LiteProgram, images: NDArray[np.float32]) -> NDArray[np.float64]:
    try:
        output = program.compute(images).astype(np.float64)
    except (RuntimeError, TypeError) as error:
        shape = "x".join(map(str, images.shape))
        raise _refusal(
            path,
            f"does not compute one output from one float32 input of shape {shape}: {_first_line(error)}",
            "if its input has another shape, give it with --input-shape",
        ) from error
    if not (output.size and np.isfinite(output).all()):
        raise _refusal(
            path, "its output for a standard normal input is empty or not finite", "check the weights"
        )
    return output


def _reference(
    file: ModelFile, images: NDArray[np.float32], lite_output: NDArray[np.float64]
) -> tuple[str, NDArray[np.float64], float | None]:
    """Full TorchScript where it can run the file: another interpreter tells more than the same one again."""
    try:
        reference = load_torchscript(file.program).compute(images).astype(np.float64)
    except (RuntimeError, TypeError):
        return "host lite interpreter", lite_output, None
    return "host TorchScript interpreter", reference, _agreement(file.path, lite_output, reference)


def _agreement(path: Path, output: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    error = relative_error(output, reference)
    if not error <= TOLERANCE:
        raise _refusal(
            path,
            f"two runs on this machine differ by {error:.3g} of the largest output, {TOLERANCE:g} is allowed",
            "export it in eval mode, without randomness",
        )
    return error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:200]


def _refusal(path: Path, cause: str, remedy: str) -> UnreadableModel:
    return UnreadableModel(cause, remedy=remedy, where=str(path))
