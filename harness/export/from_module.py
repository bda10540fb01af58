"""Export of a torch module for PyTorch Mobile: rewritten, optimised, and proved against the module itself."""

import importlib.metadata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import fx, nn

from harness.errors import ExportRefused
from harness.export.allocations import measure_allocation
from harness.export.artifact import ProvedModel, input_bytes, reference_bytes, safe_file_name, sha256_of
from harness.export.host_runtime import LiteProgram, load_lite
from harness.export.int8_engine import phone_engine
from harness.export.layers import describe_layers
from harness.export.phone_limits import RUNTIME, missing_operators
from harness.export.pipeline import Expectation, rewritten
from harness.export.proof import TOLERANCE, relative_error
from harness.export.pytorch_mobile import export_pytorch_mobile
from harness.export.settings import ExportSettings
from harness.results.records import Artifact, Quantisation, Runtime, TensorSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What is known of a model beside its network."""

    name: str
    """For people and tables."""
    source: str
    """As in Artifact."""
    weights: str
    """As in Artifact."""
    reference: str
    """What the expectation was computed by, as in Artifact."""
    parameters: int | None
    """Learnable parameters."""
    macs: int | None
    """Multiply-accumulates for one input."""
    note: str = ""
    """What a reader must know."""
    data: str = ""
    """Name of the data that the weights were trained on; empty where there are none."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Why parameters or macs are None."""


ONE_WAY = (
    "torch cannot see it as one graph: the file takes the way that the network takes for its fixed input, and"
    " the network itself may take another for other images"
)
"""The note of a network whose Python was traced, which no proof on a few images can make right for all."""


Exporter = Callable[[nn.Module, Described, Expectation, ExportSettings], ProvedModel]


def exporter(runtime: Runtime) -> Exporter:
    """What exports a network for a runtime."""
    if runtime == "pytorch_mobile":
        return export_module
    from harness.export.executorch import export_executorch

    return export_executorch


def export_module(
    module: nn.Module, described: Described, expected: Expectation, settings: ExportSettings
) -> ProvedModel:
    """Export one network.

    Args:
        module: float32, in eval mode; it is left as it was.
        described: what its record says.
        expected: the inputs of the proof, and what must come out.
        settings: how.

    Raises:
        ExportRefused: the program computes something else than the module, or needs operators that phones
            do not have.
    """
    where = f"{described.name} ({settings.recipe.name})"
    done = rewritten(module, expected, settings.recipe)
    network, reference = done.network, described.reference
    quantisation: tuple[Quantisation, ...] = ()
    if settings.precision == "int8":
        from harness.export.int8_model import quantised

        int8 = quantised(_graph(network, where), expected, described, settings)
        network, expected, reference = int8.network, int8.expected, int8.reference
        quantisation = (int8.quantisation,)
    images = expected.images[0]
    with phone_engine():
        program = export_pytorch_mobile(network, torch.from_numpy(images), settings.recipe)
        loaded = load_lite(program)
        require_operators(loaded, where=where)
        error = prove(loaded, expected, reference=reference, where=where)
        allocation = measure_allocation(loaded, images)
    artifact = Artifact(
        sha256=sha256_of(program),
        file_name=safe_file_name(described.name),
        file_bytes=len(program),
        runtime="pytorch_mobile",
        model=described.name,
        source=described.source,
        parameters=described.parameters,
        macs=described.macs,
        inputs=(TensorSpec(shape=images.shape),),
        input_sha256=sha256_of(input_bytes(images)),
        precision=settings.precision,
        recipe=settings.recipe.name,
        operators=loaded.operators,
        exporter=f"torch {importlib.metadata.version('torch')}",
        weights=described.weights,
        reference=reference,
        reference_sha256=sha256_of(reference_bytes(expected.references[0])),
        export_error=error,
        layers=describe_layers(program),
        rewrites=done.outcomes,
        quantisation=quantisation,
        allocation=allocation,
        note=_note(described, module, done.network),
        missing=described.missing,
    )
    return ProvedModel(artifact, program, images, expected.references[0])


def _note(described: Described, module: nn.Module, network: nn.Module) -> str:
    follows_images = isinstance(network, fx.GraphModule) or isinstance(module, torch.jit.ScriptModule)
    return described.note if follows_images else "; ".join(filter(None, (described.note, ONE_WAY)))


def _graph(network: nn.Module, where: str) -> fx.GraphModule:
    if isinstance(network, fx.GraphModule):
        return network
    raise ExportRefused(
        "cannot be seen as one graph, which int8 needs (elbench export --explain says why)",
        remedy="export it in float32",
        where=where,
    )


def require_operators(program: LiteProgram, *, where: str) -> None:
    """Refuse what the phone's runtime would not load.

    Raises:
        ExportRefused: names every operator that it lacks.
    """
    missing = missing_operators(program.operators)
    if missing:
        raise ExportRefused(
            f"needs operators that {RUNTIME} does not have: {', '.join(missing)}",
            remedy="try --runtime executorch, or a network without them",
            where=where,
        )


def prove(program: LiteProgram, expected: Expectation, *, reference: str, where: str) -> float:
    """Run the program in the lite interpreter on every input and return the largest relative error.

    Raises:
        ExportRefused: an error is above TOLERANCE, or not a number.
    """
    pairs = zip(expected.images, expected.references, strict=True)
    errors = [relative_error(program.compute(images), right) for images, right in pairs]
    wrong = next((error for error in errors if not error <= TOLERANCE), None)
    if wrong is not None:
        raise ExportRefused(
            f"the exported program differs from {reference} by {wrong:.3g} of the largest output,"
            f" {TOLERANCE:g} is allowed",
            remedy="use another recipe; if that one differs too, the network is random in eval mode",
            where=where,
        )
    return max(errors)
