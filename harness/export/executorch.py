"""ExecuTorch programs that provably compute what they must: of networks, and of files of the caller's.

The recipe is PyTorch Mobile's as far as it makes sense there: the XNNPACK delegate lays images out for
itself, so a conversion to channels-last in front of it only costs (docs/explanation/executorch.md).
"""

import importlib.metadata

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.export import ExportedProgram

from harness.errors import ExportRefused, UnreadableModel, UsageError
from harness.export.artifact import ProvedModel, input_bytes, reference_bytes, safe_file_name, sha256_of
from harness.export.executorch_process import ExecutorchProgram, describe_failure, lower, run_program
from harness.export.fixed_input import fixed_input
from harness.export.from_module import Described
from harness.export.identify import ModelFile
from harness.export.pipeline import Expectation, rewritten
from harness.export.proof import TOLERANCE, relative_error
from harness.export.recipes import Recipe
from harness.export.settings import ExportSettings
from harness.export.stated_input import require_agreement
from harness.results.records import Allocation, Artifact, TensorSpec

SUFFIX = ".pte"
AS_IN_FILE = "as in the file"
WITHOUT_MEANING = frozenset({"channels_last", "add_relu_apart"})
"""Rewrites for PyTorch Mobile's kernels and passes alone."""


def export_executorch(
    module: nn.Module, described: Described, expected: Expectation, settings: ExportSettings
) -> ProvedModel:
    """Export one network, lowered to XNNPACK.

    Args:
        module: float32, in eval mode; it is left as it was.
        described: what its record says.
        expected: the inputs of the proof, and what must come out.
        settings: how; rewrites without a meaning for ExecuTorch are left out.

    Raises:
        SetupIncomplete: ExecuTorch is not set up.
        UsageError: another precision than float32.
        ExportRefused: torch sees no one graph in it, ExecuTorch cannot lower it, or the program computes
            something else.
    """
    where = f"{described.name} ({settings.recipe.name}, ExecuTorch)"
    if settings.precision != "float32":
        raise UsageError(
            f"elbench exports {settings.precision} for PyTorch Mobile only",
            remedy="leave --precision out, or use --runtime pytorch_mobile",
            where=described.name,
        )
    done = rewritten(module, expected, Recipe(settings.recipe.chosen - WITHOUT_MEANING))
    captured = _captured(done.network, expected, where)
    lowered = lower(captured, seed=settings.seed, where=where)
    images, reference = expected.images[0], expected.references[0]
    artifact = Artifact(
        sha256=sha256_of(lowered.program),
        file_name=file_name(described.name),
        file_bytes=len(lowered.program),
        runtime="executorch",
        model=described.name,
        source=described.source,
        parameters=described.parameters,
        macs=described.macs,
        inputs=(TensorSpec(shape=images.shape),),
        input_sha256=sha256_of(input_bytes(images)),
        precision="float32",
        recipe=settings.recipe.name,
        operators=lowered.operators,
        exporter=f"{lowered.versions}, captured by torch {importlib.metadata.version('torch')}",
        weights=described.weights,
        reference=described.reference,
        reference_sha256=sha256_of(reference_bytes(reference)),
        export_error=_proved(lowered, expected, described.reference, where),
        rewrites=done.outcomes,
        allocation=_PLANNED,
        note=described.note,
        missing=described.missing,
    )
    return ProvedModel(artifact, lowered.program, images, reference)


def adopt_executorch(file: ModelFile, *, seed: int, asked_shape: tuple[int, ...] | None) -> ProvedModel:
    """Run a caller's `.pte` in a process of its own, and describe it; what it computes is its reference.

    Args:
        file: what the caller brought.
        seed: of the fixed input.
        asked_shape: of its one float32 input, where the caller says it; the program states it too.

    Raises:
        SetupIncomplete: ExecuTorch is not set up.
        UnreadableModel: it does not load or run, or its output is empty or not finite.
        UsageError: it takes another shape than the caller says.
    """
    where = str(file.path)
    ran = run_program(file.program, seed=seed, where=where)
    require_agreement(ran.shape, asked_shape, where=where)
    images, reference = fixed_input(ran.shape, seed), _finite(ran.outputs[0], where)
    artifact = Artifact(
        sha256=sha256_of(file.program),
        file_name=file_name(file.name),
        file_bytes=len(file.program),
        runtime="executorch",
        model=file.name,
        source="file",
        parameters=None,
        macs=None,
        inputs=(TensorSpec(shape=ran.shape),),
        input_sha256=sha256_of(input_bytes(images)),
        precision="float32",
        recipe=AS_IN_FILE,
        operators=ran.operators,
        exporter="unknown: the caller's file",
        weights=AS_IN_FILE,
        reference="host ExecuTorch runtime",
        reference_sha256=sha256_of(reference_bytes(reference)),
        export_error=None,
        allocation=_PLANNED,
        missing=_UNKNOWN,
    )
    return ProvedModel(artifact, file.program, images, reference)


def file_name(model: str) -> str:
    """`NAME.pte`, as safe as the names of other models."""
    return safe_file_name(model).removesuffix(".ptl") + SUFFIX


_UNKNOWN = {
    "parameters": "a lowered file does not show them",
    "macs": "a lowered file does not show them",
    "export_error": "the file has nothing else to be compared with",
}
_PLANNED = Allocation.unknown("ExecuTorch plans its memory ahead and takes none from PyTorch's allocator")


def _captured(network: nn.Module, expected: Expectation, where: str) -> ExportedProgram:
    try:
        with torch.no_grad():
            return torch.export.export(network, (torch.from_numpy(expected.images[0]),))
    except Exception as error:  # torch.export raises what it likes, torch's own and Python's errors alike
        raise ExportRefused(
            f"torch cannot see it as one graph, which ExecuTorch needs ({describe_failure(error)})",
            remedy="export it for PyTorch Mobile",
            where=where,
        ) from error


def _proved(lowered: ExecutorchProgram, expected: Expectation, reference: str, where: str) -> float:
    """The largest relative error over all inputs of the proof, which must be small."""
    pairs = zip(lowered.outputs, expected.references, strict=True)
    error = float(np.max([relative_error(output, right) for output, right in pairs]))
    if not error <= TOLERANCE:
        raise ExportRefused(
            f"the exported program differs from {reference} by {error:.3g} of the largest output,"
            f" {TOLERANCE:g} is allowed",
            remedy="use another recipe; this one is not right for this model",
            where=where,
        )
    return error


def _finite(output: NDArray[np.float32], where: str) -> NDArray[np.float64]:
    if not (output.size and np.isfinite(output).all()):
        raise UnreadableModel(
            "its output for a standard normal input is empty or not finite",
            remedy="check the weights",
            where=where,
        )
    return output.astype(np.float64)
