"""How far an output may be from its reference."""

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 1e-5
"""max|Δ| / max|y|: right exports stay below 2e-6, wrong ones above 0.1 (docs/explanation/export.md)."""


def relative_error(output: NDArray[np.generic], reference: NDArray[np.float64]) -> float:
    """max|Δ| / max|y|.

    NaN where the output holds one; infinity where the shapes differ or only the reference is all zero.
    """
    if output.shape != reference.shape:
        return float("inf")
    difference = float(np.max(np.abs(output.astype(np.float64) - reference)))
    scale = float(np.max(np.abs(reference)))
    if scale == 0:
        return 0.0 if difference == 0 else float("inf")
    return difference / scale
