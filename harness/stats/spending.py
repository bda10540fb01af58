"""How a comparison that is looked at many times keeps its error rate: alpha spending.

A test at level α that is looked at after each of several planned pair counts may spend α(t) = α · f(t) of its
errors by the time that the share t of all pairs is in. The family of Hwang, Shih and DeCani (1990) is used,

    f(t) = (1 - exp(-γt)) / (1 - exp(-γ)),  f(t) = t for γ = 0,

γ > 0 spending early, γ < 0 late. The critical values follow from the recursion of Armitage, McPherson and
Rowe (1969) as Lan and DeMets (1983) apply it. What is tested, and at which level, is `rule`'s business.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST_LEVEL = 1e-7
"""Repeated p-values below it are given as it."""
PAIRS_FOR_THE_SPREAD = 3.5
"""Pairs that tell nothing of the mean, since the spread is estimated too: statistics of few pairs are less
alike from look to look than those of a known spread, and cross more often. With this many, tests of 6 to 40
pairs at 1 and 5 % keep their level; with none they exceed it by a tenth (benchmarks/error_rates.py)."""
_LEVELS = 33
_NODES = 96
_BISECTIONS = 50


def spent(share: float, level: float, shape: float) -> float:
    """The error that may be spent by the time that `share` (0 to 1) of all pairs is in."""
    if shape == 0:
        return level * share
    return level * float(np.expm1(-shape * share) / np.expm1(-shape))


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundaries:
    """Critical values of two-sided sequential tests, one column per level.

    Attributes:
        looks: pair counts, ascending; the last is the largest that is planned.
        levels: two-sided levels, ascending, shape (levels,).
        critical: |z| at or beyond which the test of that level rejects, shape (looks, levels).
    """

    looks: tuple[int, ...]
    levels: Floats
    critical: Floats

    def repeated_p(self, look: int, p: Floats) -> Floats:
        """The smallest level at which the sequential test rejects (Jennison and Turnbull 2000, section 9.2).

        Whenever one stops, it is below α with probability α at most if there is no difference.

        Args:
            look: index into `looks`.
            p: two-sided p-values of the data so far, each as if it were the only look.

        Returns:
            Shape of `p`; from `SMALLEST_LEVEL` to 1.
        """
        from scipy.special import ndtri

        z = -ndtri(np.clip(p, 1e-300, 1) / 2)
        # log α is nearly linear in z², which is what normal tails do.
        squares = self.critical[look, ::-1] ** 2
        found = np.interp(z**2, squares, np.log(self.levels[::-1]), left=0.0)
        return np.exp(found)

    def nominal_p(self, look: int) -> Floats:
        """The two-sided p-value that each level asks for at a look, shape (levels,)."""
        from scipy.special import ndtr

        return np.asarray(2 * ndtr(-self.critical[look]))


@lru_cache(maxsize=64)
def boundaries(looks: tuple[int, ...], *, shape: float, level: float | None = None) -> Boundaries:
    """The critical values of a plan of looks.

    Args:
        looks: pair counts, ascending.
        shape: γ of the spending function.
        level: the one level wanted; None: a grid from `SMALLEST_LEVEL` to 0.8, for repeated p-values.
    """
    levels = np.geomspace(SMALLEST_LEVEL, 0.8, _LEVELS) if level is None else np.array([level])
    shares = np.array(looks) / looks[-1]
    by_look = np.array([[spent(share, one, shape) for one in levels] for share in shares])
    increments = np.diff(by_look, axis=0, prepend=0.0)
    return Boundaries(looks=looks, levels=levels, critical=_critical(_information(looks), increments))


def _information(looks: tuple[int, ...]) -> Floats:
    """What each look knows of the mean, as a share of what the last one does."""
    telling = np.array(looks, dtype=np.float64) - PAIRS_FOR_THE_SPREAD
    return telling / telling[-1] if len(looks) > 1 else np.ones(1)


def _critical(shares: Floats, increments: Floats) -> Floats:
    """Critical |z| by look and level: the chance to cross first at a look is what may be spent there.

    The score S(t) is a Brownian motion; its density on paths that have not crossed is carried from look to
    look on Gauss-Legendre nodes.

    Args:
        shares: of the information at each look, shape (looks,).
        increments: errors to spend at each look, shape (looks, levels).
    """
    from scipy.special import ndtri

    x, w = np.polynomial.legendre.leggauss(_NODES)
    critical = np.empty_like(increments)
    critical[0] = -ndtri(increments[0] / 2)
    limit = critical[0] * np.sqrt(shares[0])
    nodes, mass = _first_mass(limit, shares[0], x, w)
    for look in range(1, len(shares)):
        step = float(np.sqrt(shares[look] - shares[look - 1]))
        limit = _limit(nodes, mass, step, increments[look], 12 * float(np.sqrt(shares[look])))
        critical[look] = limit / np.sqrt(shares[look])
        following = limit[:, None] * x
        kernel = np.exp(-(((following[:, :, None] - nodes[:, None, :]) / step) ** 2) / 2)
        density = np.einsum("lij,lj->li", kernel, mass) / (step * np.sqrt(2 * np.pi))
        nodes, mass = following, density * limit[:, None] * w
    return critical


def _first_mass(limit: Floats, share: float, x: Floats, w: Floats) -> tuple[Floats, Floats]:
    nodes = limit[:, None] * x
    density = np.exp(-(nodes**2) / (2 * share)) / np.sqrt(2 * np.pi * share)
    return nodes, density * limit[:, None] * w


def _limit(nodes: Floats, mass: Floats, step: float, increment: Floats, highest: float) -> Floats:
    """The |S| beyond which a path ends with probability `increment`, per level, by bisection."""
    from scipy.special import ndtr

    low, high = np.zeros_like(increment), np.full_like(increment, highest)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        beyond = ndtr((nodes - middle[:, None]) / step) + ndtr((-nodes - middle[:, None]) / step)
        too_low = (mass * beyond).sum(axis=1) > increment
        low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
    return high
