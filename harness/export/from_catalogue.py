"""Export of a catalogue model: built, exported by a recipe, and proved against eager PyTorch in float64."""

import copy
import importlib.metadata

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from harness.errors import ExportRefused, UsageError
from harness.export.artifact import ProvedModel, input_bytes, reference_bytes, safe_file_name, sha256_of
from harness.export.fixed_input import fixed_input
from harness.export.host_runtime import LiteProgram, load_lite
from harness.export.layers import describe_layers
from harness.export.one_thread import one_thread
from harness.export.proof import TOLERANCE, relative_error
from harness.export.pytorch_mobile import export_pytorch_mobile
from harness.export.recipes import Recipe
from harness.models.catalogue import CatalogueEntry, build
from harness.models.complexity import complexity
from harness.results.records import Artifact, TensorSpec


@one_thread()
def export_from_catalogue(
    entry: CatalogueEntry, *, recipe: Recipe, seed: int, input_shape: tuple[int, ...]
) -> ProvedModel:
    """Export one model.

    Args:
        entry: which model.
        recipe: how.
        seed: of weights, calibration and fixed input.
        input_shape: N, C, H, W.

    Raises:
        ExportRefused: the exported program computes something else than eager PyTorch.
        UsageError: the model does not take this shape.
    """
    module = build(entry.name, seed=seed)
    images = fixed_input(input_shape, seed)
    reference = eager_reference(module, images, where=entry.name)
    program = export_pytorch_mobile(module, torch.from_numpy(images), recipe)
    loaded = load_lite(program)
    error = prove(loaded, images, reference, where=f"{entry.name} ({recipe.name})")
    cost = complexity(module, input_shape)
    artifact = Artifact(
        sha256=sha256_of(program),
        file_name=safe_file_name(entry.name),
        file_bytes=len(program),
        runtime="pytorch_mobile",
        model=entry.name,
        source="catalogue",
        parameters=cost.parameters,
        macs=cost.macs,
        inputs=(TensorSpec(shape=input_shape),),
        input_sha256=sha256_of(input_bytes(images)),
        precision="float32",
        recipe=recipe.name,
        operators=loaded.operators,
        exporter=f"torch {importlib.metadata.version('torch')}",
        weights=f"calibrated-random:{seed}",
        reference="eager PyTorch, float64",
        reference_sha256=sha256_of(reference_bytes(reference)),
        export_error=error,
        layers=describe_layers(program),
        note=entry.note,
    )
    return ProvedModel(artifact, program, images, reference)


def eager_reference(module: nn.Module, images: NDArray[np.float32], *, where: str) -> NDArray[np.float64]:
    """What the module itself computes, in float64; the module is left as it was.

    Raises:
        UsageError: it does not take images of this shape.
    """
    try:
        with torch.no_grad():
            output: torch.Tensor = copy.deepcopy(module).double()(torch.from_numpy(images).double())
    except RuntimeError as error:
        shape = "x".join(map(str, images.shape))
        raise UsageError(
            f"does not take an input of shape {shape}", remedy="use one like 1x3x224x224", where=where
        ) from error
    return output.numpy()


def prove(
    program: LiteProgram, images: NDArray[np.float32], reference: NDArray[np.float64], *, where: str
) -> float:
    """Run the program in the lite interpreter and return its relative error.

    Raises:
        ExportRefused: the error is above TOLERANCE, or not a number.
    """
    output = program.compute(images)
    error = relative_error(output, reference)
    if not error <= TOLERANCE:
        raise ExportRefused(
            f"the exported program differs from eager PyTorch by {error:.3g} of the largest output,"
            f" {TOLERANCE:g} is allowed",
            remedy="use another recipe; this one is not right for this model",
            where=where,
        )
    return error
