"""The random numbers of a modelled launch: each belongs to a phone, a run and a place in it, to nothing else.

So a run that was interrupted and continued, a launch that was repeated, and a second phone with the same seed
see the same numbers, whatever their launches are called. What those do to times is the engine's business.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from harness.virtual.app.timing import Timing

BLOCK = 1024
"""Iterations that are drawn at once."""


class Stream(IntEnum):
    """Which number of a launch is drawn; no two streams share one."""

    LAUNCH = 0
    ITERATIONS = 1
    OUTLIERS = 2
    LOAD = 3
    FIRST = 4
    MEMORY = 5
    PLACEMENT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """The random numbers of one launch."""

    seed: int
    """The phone's."""
    run: int
    """How many other runs the phone saw before that of the launch."""
    number: int
    """The launch's number in its run."""

    def generator(self, stream: Stream, model: int = 0) -> np.random.Generator:
        """Fresh numbers of one stream, for a model by its place in the process."""
        return np.random.default_rng([self.seed, self.run, stream, model, self.number])

    def normal(self, stream: Stream, model: int) -> float:
        """One standard normal number."""
        return float(self.generator(stream, model).standard_normal())

    def of_launch(self, model: int, ar: float) -> float:
        """A standard normal number, correlated over the launches of a run: AR(1), z₀ = e₀ and

            zₙ = ar · zₙ₋₁ + √(1 − ar²) · eₙ

        It is computed from the run's first launch on, so no launch before needs to have happened here.
        """
        draws = np.random.default_rng([self.seed, self.run, Stream.LAUNCH, model]).standard_normal(
            self.number + 1
        )
        weights = ar ** np.arange(self.number, -1.0, -1.0)
        weights[1:] *= math.sqrt(1 - ar * ar)
        return float(np.sum(weights * draws))


def iteration_factors(noise: Noise, model: int, timing: Timing) -> Iterator[float]:
    """Log-normal factors without end, median 1, whose logarithms are AR(1); some are outliers."""
    normal, uniform = noise.generator(Stream.ITERATIONS, model), noise.generator(Stream.OUTLIERS, model)
    ar, fresh = timing.iteration_ar, math.sqrt(1 - timing.iteration_ar**2)
    state = float(normal.standard_normal())
    while True:
        states = []
        for draw in normal.standard_normal(BLOCK).tolist():
            states.append(state)
            state = ar * state + fresh * draw
        is_outlier = uniform.random(BLOCK) < timing.outlier_share
        factors = np.exp(timing.iteration_sd * np.array(states))
        yield from np.where(is_outlier, timing.outlier_factor * factors, factors).tolist()
