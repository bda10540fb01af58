"""What a mode changes in the defaults of a plan: how long the steady phase lasts, and what has to follow.

`burst` changes nothing. `sustained` measures for minutes; `sparse` pauses between iterations, as an app does
that calls its model now and then. Whether a plan then agrees with its mode is `plan`'s question.
"""

from collections.abc import Mapping
from typing import Any, Literal

Mode = Literal["burst", "sustained", "sparse"]

MOST_ITERATIONS = 1_000_000
"""16 MB of times, which the app sets aside before it measures."""
LONGEST_MINUTES = 60
LONGEST_PAUSE_MS = 60_000
PAUSE_MS = 1000
"""Of the sparse mode, where a plan names none."""
_SUSTAINED_LAUNCHES = 3
"""A launch of minutes is many times as long as a burst; three still give an interval."""
_ITERATIONS_PER_S = 4000
"""Times for which the app sets memory aside: of a model of a quarter of a millisecond."""
_SPARSE_ITERATIONS = 20
_BEFORE_STEADY_S = 300
"""For start, load and warm-up, which is what a burst has for all."""
_SILENCE_S = 120
"""Beyond the steady phase, in which the app says nothing."""
_COOLING_S = 600
"""For a phone that has worked for minutes until the next launch."""


def mode_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults that the mode of a plan brings along, as nested plan values.

    A plan that names no mode is sustained where it names `sustained_minutes`, sparse where it names a pause.

    Args:
        values: a plan as it was written, not yet checked.
    """
    minutes, pause_ms = values.get("sustained_minutes"), _pause_ms(values.get("measure"))
    implied = "sustained" if minutes is not None else "sparse" if pause_ms else "burst"
    match values.get("mode", implied):
        case "sustained" if isinstance(minutes, int | float) and 0 < minutes <= LONGEST_MINUTES:
            return {"mode": implied, **_sustained(60.0 * minutes)}
        case "sparse":
            return {"mode": implied, **_sparse(pause_ms or PAUSE_MS)}
    return {}


def _pause_ms(measure: object) -> int:
    written = measure.get("pause_ms") if isinstance(measure, Mapping) else None
    return written if isinstance(written, int) and 0 < written <= LONGEST_PAUSE_MS else 0


def _sustained(seconds: float) -> dict[str, Any]:
    return {
        "launches": _SUSTAINED_LAUNCHES,
        "measure": {
            "min_iterations": 1,
            "min_seconds": seconds,
            "max_seconds": seconds,
            "max_iterations": max(1, min(MOST_ITERATIONS, round(_ITERATIONS_PER_S * seconds))),
        },
        "memory": {"period_ms": 1000},
        "ready": {"wait_seconds": _COOLING_S},
        "limits": _limits(seconds),
    }


def _sparse(pause_ms: int) -> dict[str, Any]:
    seconds = 60.0 + 1.5 * _SPARSE_ITERATIONS * pause_ms / 1000
    return {
        "measure": {"pause_ms": PAUSE_MS, "min_iterations": _SPARSE_ITERATIONS, "max_seconds": seconds},
        "limits": _limits(seconds),
    }


def _limits(steady_s: float) -> dict[str, float]:
    return {"launch_seconds": _BEFORE_STEADY_S + steady_s, "silence_seconds": _SILENCE_S + steady_s}
