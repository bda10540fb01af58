"""Launches on an emulated processor: what they computed counts; how long it took and what it held does not.

The journal keeps what such a process said of itself. Here it ends: no table, chart, verdict or comparison
that is made from figures can show it.
"""

from dataclasses import replace
from typing import Any, Final

from harness.results.records import PhoneFacts
from harness.stats.launches import LaunchFigures

_NO_LATENCY: Final = "emulated: no latency"
_NO_MEMORY: Final = "emulated: not the phone's"


def is_emulated(phone: PhoneFacts) -> bool:
    """Whether software executes the phone's instructions one by one."""
    return phone.engine == "arm64"


def without_costs(figures: LaunchFigures) -> LaunchFigures:
    """The figures of a launch on an emulated processor: no time and no memory, with the reason."""
    times = dict.fromkeys(("median_ns", "p95_ns", "log_variance", "load_ns", "first_ns"), _NO_LATENCY)
    memory = dict.fromkeys(("peak_kib", "peak_above_start_kib"), _NO_MEMORY)
    costs = times | memory
    nothing: dict[str, Any] = dict.fromkeys(costs, None)
    return replace(figures, **nothing, missing={**figures.missing, **costs})
