"""Export of a caller's TorchScript file: the script itself says what must come out.

It is loaded and run in a process of its own first, since some damaged files end the process that loads them.
"""

import torch

from harness.errors import UnreadableModel, UsageError
from harness.export.artifact import ProvedModel
from harness.export.from_module import Described, exporter
from harness.export.host_runtime import load_script
from harness.export.identify import TorchScriptFile
from harness.export.one_thread import one_thread
from harness.export.pipeline import Expectation, observed
from harness.export.settings import ExportSettings
from harness.export.stated_input import written
from harness.export.trial import try_out
from harness.models.complexity import complexity

AS_IN_FILE = "as in the file"
SCRIPT = "host TorchScript interpreter"


@one_thread()
def export_torchscript(
    file: TorchScriptFile, *, settings: ExportSettings, input_shape: tuple[int, ...]
) -> ProvedModel:
    """Export one file.

    Args:
        file: what the caller brought.
        settings: how.
        input_shape: N, C, H, W of its one float32 input.

    Raises:
        UnreadableModel: it does not load, or does not compute one output from this input.
        ExportRefused: the program computes something else than the script, or phones lack an operator.
    """
    _require_output(file, input_shape)
    script = load_script(file.program).eval()
    reference, expected = _expectation(file, input_shape, settings.seed)
    cost = complexity(script, input_shape)
    described = Described(
        name=file.name,
        source="torchscript",
        weights=AS_IN_FILE,
        reference=reference,
        parameters=cost.parameters or None,
        macs=cost.macs,
        missing={} if cost.parameters else {"parameters": "the file has frozen them into constants"},
    )
    return exporter(settings.runtime)(script, described, expected, settings)


def _require_output(file: TorchScriptFile, input_shape: tuple[int, ...]) -> None:
    tried = try_out(file.program, input_shape, where=str(file.path))
    if tried.script.output is None:
        raise UnreadableModel(
            f"does not compute one output from one float32 input of shape {written(input_shape)}"
            f" ({tried.script.failure})",
            remedy="if its input has another shape, give it with --input-shape",
            where=str(file.path),
        )


def _expectation(file: TorchScriptFile, shape: tuple[int, ...], seed: int) -> tuple[str, Expectation]:
    """In float64 where the script can be had in it: constants that were frozen into it stay float32."""
    where = str(file.path)
    try:
        precise = load_script(file.program).eval().double()
        expected = observed(precise, torch.float64, shape, seed=seed, where=where)
    except (RuntimeError, UsageError):
        script = load_script(file.program).eval()
        return SCRIPT, observed(script, torch.float32, shape, seed=seed, where=where)
    return f"{SCRIPT}, float64", expected
