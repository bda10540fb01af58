"""The input with which every launch proves its output: standard normal, the same wherever it is made."""

import numpy as np
from numpy.typing import NDArray


def fixed_input(shape: tuple[int, ...], seed: int) -> NDArray[np.float32]:
    """Seeded standard normal values in N, C, H, W order, little-endian float32."""
    generator = np.random.Generator(np.random.PCG64(seed))
    return generator.standard_normal(shape, dtype=np.float32).astype("<f4")
