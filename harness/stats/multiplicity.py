"""Many questions at once: p-values corrected so that few of the answers "they differ" are wrong."""

import numpy as np
from numpy.typing import NDArray


def adjusted(p: NDArray[np.float64], cells: int | None = None) -> NDArray[np.float64]:
    """p-values adjusted for the false discovery rate (Benjamini and Hochberg 1995).

    Rejecting where the result is at most q keeps the expected share of wrong rejections at most q, for tests
    that are independent or positively dependent (Benjamini and Yekutieli 2001). Where nothing differs, it
    is the chance of any rejection.

    Args:
        p: along the last axis, the questions asked together.
        cells: how many questions there are; more than `p` holds if others are answered elsewhere, which
            then count as not rejected.

    Returns:
        Shape of `p`.
    """
    questions = p.shape[-1] if cells is None else cells
    order = np.argsort(p, axis=-1)
    ranked = np.take_along_axis(p, order, axis=-1) * questions / np.arange(1, p.shape[-1] + 1)
    falling = np.minimum.accumulate(ranked[..., ::-1], axis=-1)[..., ::-1]
    result = np.empty_like(p)
    np.put_along_axis(result, order, np.minimum(falling, 1.0), axis=-1)
    return result
