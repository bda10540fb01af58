"""Launches of two models as a noisy phone measures them, thousands of comparisons at once.

The noise is that of the modelled phone (docs/explanation/virtual-phone.md: the constants have its names),
written for arrays. Every time is relative to the baseline's on an unhurried phone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]

ITERATIONS = 50
"""Steady iterations of a launch: the fewest that a plan measures by default."""
CHUNK = 500
"""Comparisons drawn at once: 16 MB of iterations at 40 pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A phone's noise, and how much slower the candidate is."""

    name: str
    change: float = 0.0
    """True change of the candidate: 0.05 is 5 % slower."""
    launch_sd: float = 0.03
    launch_ar: float = 0.0
    iteration_sd: float = 0.015
    iteration_ar: float = 0.0
    drift: float = 0.0
    """Relative slow-down that a comparison of any length approaches."""
    drift_launches: float = 20.0
    """Launches in which 1 - 1/e of it is reached."""
    little_share: float = 0.0
    little_factor: float = 1.6
    throttle_share: float = 0.0
    """Chance that a spell of throttling begins at a launch, in the middle of it."""
    throttle_factor: float = 1.4
    throttle_launches: float = 6.0
    """Mean length of a spell, in launches."""

    def with_change(self, change: float) -> "Scenario":
        """The same phone, another candidate."""
        return replace(self, change=change)


def comparisons(scenario: Scenario, count: int, pairs: int, seed: int) -> Iterator[Floats]:
    """Draw comparisons in chunks.

    Yields:
        Durations of shape (comparisons, pairs, 2, iterations): baseline, then candidate.
    """
    rng = np.random.default_rng(seed)
    for first in range(0, count, CHUNK):
        levels = launch_levels(scenario, min(CHUNK, count - first), pairs, rng)
        noise = rng.standard_normal((*levels.shape, ITERATIONS))
        if scenario.iteration_ar:
            noise = _correlated(noise, scenario.iteration_ar)
        durations = np.exp(levels[..., None] + scenario.iteration_sd * noise)
        yield _throttled(durations, scenario, rng)


def launch_levels(scenario: Scenario, count: int, pairs: int, rng: np.random.Generator) -> Floats:
    """Logarithms of the launches' own levels, shape (comparisons, pairs, 2): baseline, then candidate."""
    slots = 2 * pairs
    level = rng.standard_normal((count, slots))
    if scenario.launch_ar:
        level = _correlated(level, scenario.launch_ar)
    level *= scenario.launch_sd
    level += np.log1p(scenario.drift * -np.expm1(-np.arange(slots) / scenario.drift_launches))
    level += np.log(scenario.little_factor) * (rng.random((count, slots)) < scenario.little_share)
    candidate_first = _candidate_first(count, pairs, rng)
    in_order = level.reshape(count, pairs, 2)
    by_model = np.where(candidate_first[..., None], in_order[..., ::-1], in_order)
    return np.asarray(by_model + np.array([0.0, np.log1p(scenario.change)]))


def _candidate_first(count: int, pairs: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """ABBA with a random start: each second pair is the reverse of the one before it."""
    starts = rng.random((count, (pairs + 1) // 2)) < 0.5
    return np.stack([starts, ~starts], axis=-1).reshape(count, -1)[:, :pairs]


def _correlated(fresh: Floats, ar: float) -> Floats:
    """AR(1) of unit variance along the last axis, from standard normal numbers."""
    scaled = np.concatenate([fresh[..., :1], np.sqrt(1 - ar * ar) * fresh[..., 1:]], axis=-1)
    return np.asarray(lfilter([1.0], [1.0, -ar], scaled, axis=-1))


def launch_medians(scenario: Scenario, count: int, pairs: int, rng: np.random.Generator) -> Floats:
    """Logarithms of the medians of launches, shape (comparisons, pairs, 2), without drawing their iterations.

    The median of so many iterations errs by 1.2533 · sd / √n; of a launch that is throttled from its middle
    on, it lies half way.
    """
    medians = launch_levels(scenario, count, pairs, rng)
    medians += 1.2533 * scenario.iteration_sd / np.sqrt(ITERATIONS) * rng.standard_normal(medians.shape)
    if scenario.throttle_share:
        begins, throttled = _spells(scenario, count, pairs, rng)
        factor = np.where(begins, (1 + scenario.throttle_factor) / 2, 1.0)
        medians += np.log(np.where(throttled, scenario.throttle_factor, factor))
    return medians


def _spells(
    scenario: Scenario, count: int, pairs: int, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Launches in the middle of which a spell of throttling begins, and those within one.

    Returns:
        Two arrays of shape (comparisons, pairs, 2); which of the two models a launch is of does not matter.
    """
    begins = rng.random((count, 2 * pairs)) < scenario.throttle_share
    goes_on = rng.random((count, 2 * pairs)) > 1 / scenario.throttle_launches
    throttled = np.zeros_like(begins)
    for slot in range(1, 2 * pairs):
        throttled[:, slot] = (begins[:, slot - 1] | throttled[:, slot - 1]) & goes_on[:, slot]
    shape = (count, pairs, 2)
    return begins.reshape(shape), throttled.reshape(shape)


def _throttled(durations: Floats, scenario: Scenario, rng: np.random.Generator) -> Floats:
    """Spells in which the phone is slower, whichever model runs; each begins in the middle of a launch."""
    if not scenario.throttle_share:
        return durations
    count, pairs, _, iterations = durations.shape
    begins, throttled = _spells(scenario, count, pairs, rng)
    slow_from = np.where(throttled, 0, np.where(begins, iterations // 2, iterations))
    slow = np.arange(iterations) >= slow_from[..., None]
    return np.where(slow, scenario.throttle_factor * durations, durations)
