"""Whether a launch computed the right thing: the output that came back against the artifact's reference."""

import base64
import binascii

import numpy as np
from numpy.typing import NDArray

from android_runner.contract import Output
from harness.errors import ContractViolation
from harness.export.proof import relative_error
from harness.results.records import OutputProof


def prove(output: Output, reference: NDArray[np.float64]) -> OutputProof:
    """Compare the values that came back with the reference (same shape, float64).

    Raises:
        ContractViolation: the values are no float32 data of the shape that the event states.
    """
    error, reason = _compared(output, reference)
    return OutputProof(
        sha256=output.sha256,
        shape=output.shape,
        argmax=output.argmax,
        relative_error=error,
        missing={"relative_error": reason} if reason else {},
    )


def _compared(output: Output, reference: NDArray[np.float64]) -> tuple[float | None, str]:
    """max|Δ| / max|y|, or None and why there is none."""
    if output.values_f32 is None:
        return None, "only a digest was asked for"
    if output.shape != reference.shape:
        return None, f"the output has shape {output.shape}, the reference {reference.shape}"
    values = _values(output)
    if not np.isfinite(values).all():
        return None, "the output holds values that are not finite"
    return relative_error(values, reference), ""


def _values(output: Output) -> NDArray[np.float32]:
    try:
        data = base64.b64decode(output.values_f32 or "", validate=True)
        return np.frombuffer(data, dtype="<f4").reshape(output.shape)
    except (binascii.Error, ValueError) as error:
        raise ContractViolation(
            f"the output is no float32 data of shape {output.shape} ({error})",
            remedy="use a runner and a harness of the same elbench version",
            where=output.model,
        ) from error
