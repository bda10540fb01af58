"""In which mode a run measured. Clocks fall in pauses, phones throttle under load: modes never compare."""

from collections.abc import Mapping
from typing import NamedTuple


class MeasuringMode(NamedTuple):
    """How inferences followed each other; runs that differ in it are not compared."""

    mode: str
    """`burst`, `sustained` or `sparse`."""
    pause_ms: int
    """After each inference; 0 but in sparse mode."""
    minutes: float | None
    """How long each launch measured in sustained mode; None in the others, which end by iterations."""


def mode_of(plan: Mapping[str, object]) -> MeasuringMode:
    """The mode of a stored plan; of a run that is older than modes, by its pause."""
    measure, minutes = plan.get("measure"), plan.get("sustained_minutes")
    pause = measure.get("pause_ms") if isinstance(measure, Mapping) else None
    pause_ms = pause if isinstance(pause, int) else 0
    return MeasuringMode(
        mode=str(plan.get("mode") or ("sparse" if pause_ms else "burst")),
        pause_ms=pause_ms,
        minutes=float(minutes) if isinstance(minutes, int | float) else None,
    )


def mode_words(mode: MeasuringMode) -> str:
    """The mode as a reader must know it beside every number; empty for a burst."""
    if mode.mode == "sparse":
        return f"sparse: {mode.pause_ms:,} ms of pause after each inference"
    if mode.minutes is not None:
        return f"sustained: {mode.minutes:g} minute{'s' if mode.minutes != 1 else ''} each launch"
    return ""
