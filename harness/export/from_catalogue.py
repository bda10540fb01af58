"""Export of a model that is built by name: its network, its expectation, and what its record says."""

from harness.export.artifact import ProvedModel
from harness.export.from_module import Described, exporter
from harness.export.one_thread import one_thread
from harness.export.pipeline import expectation
from harness.export.settings import ExportSettings
from harness.models.catalogue import CatalogueEntry, build
from harness.models.complexity import complexity
from harness.models.reference import DATA_SHAPES
from harness.models.weights import weights_identity

EAGER = "eager PyTorch, float64"


@one_thread()
def export_from_catalogue(
    entry: CatalogueEntry, *, settings: ExportSettings, input_shape: tuple[int, ...]
) -> ProvedModel:
    """Export one model.

    Args:
        entry: which model.
        settings: how; its seed is that of weights, calibration and fixed input.
        input_shape: N, C, H, W.

    Raises:
        ExportRefused: the program computes something else than eager PyTorch, or phones lack an operator.
        UsageError: the model cannot be built, or does not take this shape.
    """
    module = build(entry, seed=settings.seed)
    expected = expectation(module, input_shape, seed=settings.seed, where=entry.name)
    cost = complexity(module, input_shape)
    described = Described(
        name=entry.name,
        source=entry.source,
        weights=weights_identity(entry, settings.seed),
        reference=EAGER,
        parameters=cost.parameters,
        macs=cost.macs,
        note=entry.note,
        data=entry.weights if entry.weights in DATA_SHAPES else "",
    )
    return exporter(settings.runtime)(module, described, expected, settings)
