"""On which inputs a program is proved, and how far its outputs may be from their references."""

import numpy as np
from numpy.typing import NDArray

from harness.export.fixed_input import fixed_input

TOLERANCE = 1e-5
"""max|Δ| / max|y|: right exports stay below 2e-6, wrong ones above 0.1 (docs/explanation/export.md)."""

INT8_TOLERANCE = 0.05
"""The same for int8: its layers agree to the bit, but the last digit of a sigmoid in float32 may move a value
by one of its 256 steps, of which the largest output has at least 127."""


def tolerance(precision: str) -> float:
    """How far an output may be from its reference, max|Δ| / max|y|, by an artifact's precision."""
    return INT8_TOLERANCE if precision == "int8" else TOLERANCE


def proof_inputs(shape: tuple[int, ...], seed: int) -> tuple[NDArray[np.float32], ...]:
    """The fixed input, another one, and one of a third of its contrast, around 0.5.

    A network of ReLUs without biases is linear in its input's scale; the third input, which is neither
    centred nor of unit variance, opens and closes other activations than the first two.
    """
    dull = np.float32(0.5) + fixed_input(shape, seed + 2) / np.float32(3)
    return fixed_input(shape, seed), fixed_input(shape, seed + 1), dull


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
