"""How others decide that a model got slower, on the data that elbench's rule sees.

Each takes durations of shape (comparisons, launches, 2, iterations), baseline and candidate, and says for
each comparison whether it would report a change.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]
Rule = Callable[[Floats], NDArray[np.bool_]]

LAUNCHES = 10
"""Launches of each model that these rules are given."""


def mean_of_one_run(durations: Floats) -> NDArray[np.bool_]:
    """Mean of one launch each, 10 % apart: the usual table of a benchmark binary."""
    means = durations[:, 0].mean(axis=-1)
    return np.asarray(np.abs(means[:, 1] / means[:, 0] - 1) > 0.10)


def pooled_mann_whitney(durations: Floats) -> NDArray[np.bool_]:
    """Mann-Whitney over all iterations of all launches, p < 0.002: asv compare's test."""
    count = len(durations)
    baseline, candidate = (durations[:, :LAUNCHES, side].reshape(count, -1) for side in (0, 1))
    return np.asarray(_mann_whitney(baseline, candidate) < 0.002)


def mann_whitney_of_medians(durations: Floats) -> NDArray[np.bool_]:
    """Mann-Whitney over the launches' medians, p < 0.05: benchstat's test, given launches."""
    medians = np.median(durations[:, :LAUNCHES], axis=-1)
    return np.asarray(_mann_whitney(medians[:, :, 0], medians[:, :, 1]) < 0.05)


def last_median_against_p90(durations: Floats) -> NDArray[np.bool_]:
    """FAI-PEP's alarm: twice running, the median exceeds the p90 of all p90s by a tenth of their range."""
    p90 = np.quantile(durations[:, :LAUNCHES, 0], 0.9, axis=-1)
    limit = np.quantile(p90, 0.9, axis=-1) + 0.1 * np.ptp(p90, axis=-1)
    latest = np.median(durations[:, :2, 1], axis=-1)
    return np.asarray((latest > limit[:, None]).all(axis=-1))


RULES: Mapping[str, Rule] = {
    "mean of one run, 10 %": mean_of_one_run,
    "Mann-Whitney over iterations": pooled_mann_whitney,
    "Mann-Whitney over launches": mann_whitney_of_medians,
    "last median against p90": last_median_against_p90,
}


def _mann_whitney(baseline: Floats, candidate: Floats) -> Floats:
    """Two-sided p-values row by row, normal approximation; continuous data have no ties."""
    m, n = baseline.shape[1], candidate.shape[1]
    joined = np.concatenate([baseline, candidate], axis=1)
    ranks = np.empty_like(joined)
    order = np.argsort(joined, axis=1)
    np.put_along_axis(ranks, order, np.arange(1.0, m + n + 1)[None], axis=1)
    u = ranks[:, m:].sum(axis=1) - n * (n + 1) / 2
    z = (u - m * n / 2) / np.sqrt(m * n * (m + n + 1) / 12)
    return np.asarray(2 * ndtr(-np.abs(z)))
