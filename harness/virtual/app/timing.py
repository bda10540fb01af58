"""How long things take on a phone that computes nothing: the constants of the `modelled` engine.

The formula is in docs/explanation/virtual-phone.md. A timing file (TOML) changes constants for all models in
`[default]` and for one model in `[model.NAME]`.
"""

import math
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from harness.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Constants for one model."""

    cost_ms: float | None = None
    """Steady median on a phone of speed 1 with one thread; None: from the file's size."""
    base_ms: float = 0.5
    """Cost of an empty model."""
    ms_per_megabyte: float = 0.55
    """Cost of a megabyte of weights; with `base_ms` close to small CNNs on one core of a desktop."""
    slower: float = 1.0
    """How many times longer a forward takes than the above says: tells equal files apart."""
    load_ms_per_megabyte: float = 6.0
    """Loading."""
    first_factor: float = 4.0
    """First forward over the steady median."""
    warmup_excess: float = 0.5
    """Relative excess of the first warm-up iteration."""
    warmup_iterations: float = 8.0
    """Iterations in which the excess falls to 1/e."""
    phone_sd: float = 0.1
    """Standard deviation of log speed between phones."""
    launch_sd: float = 0.03
    """Standard deviation of log time between launches."""
    launch_ar: float = 0.0
    """Correlation of a launch's noise with that of the launch before."""
    iteration_sd: float = 0.015
    """Standard deviation of log time between iterations."""
    iteration_ar: float = 0.0
    """Correlation of an iteration's noise with that of the iteration before."""
    outlier_share: float = 0.0
    """Share of iterations that something else holds up: a collected heap, another app."""
    outlier_factor: float = 3.0
    """How many times longer those take."""
    little_share: float = 0.0
    """Share of launches that land on the little cores and stay there."""
    little_factor: float = 2.5
    """How many times longer everything takes on little cores."""
    migration_share: float = 0.0
    """Share of launches that move to a little core in the steady phase, and back."""
    migration_seconds: float = 0.4
    """How long they stay there; they move within as many seconds from the beginning of the phase."""
    load_sd: float = 0.03
    """Standard deviation of log load time between launches, beside that of `launch_sd`."""
    first_sd: float = 0.05
    """The same of the first forward."""
    memory_sd: float = 0.005
    """Standard deviation of log memory between launches."""
    drift: float = 0.04
    """Relative slow-down of a phone that has been busy for ever."""
    drift_seconds: float = 120.0
    """Busy seconds in which 1 - 1/e of the drift is reached."""
    idle_seconds: float = 0.0
    """How long the phone idles before each launch."""
    idle_cooling_seconds: float = 0.0
    """Idle seconds in which the busy ones that still warm the phone fall to 1/e; 0: it never cools."""
    thread_exponent: float = 0.7
    """Time falls with threads to minus this power."""

    def steady_ms(self, file_bytes: int) -> float:
        """The steady median on a phone of speed 1 with one thread."""
        by_size_ms = self.base_ms + self.ms_per_megabyte * file_bytes / 1e6
        return self.slower * (by_size_ms if self.cost_ms is None else self.cost_ms)


OF_THE_PHONE = ("idle_seconds", "idle_cooling_seconds")
"""Keys that stand in `[default]` alone, since between two launches no model runs."""
HIGHEST = {
    "launch_ar": 0.99,
    "iteration_ar": 0.99,
    "outlier_share": 1.0,
    "little_share": 1.0,
    "migration_share": 1.0,
}
"""Of keys that may not be just any number from 0 on."""


def read_timing(file: Path | None, model: str) -> Timing:
    """The constants for a model.

    Raises:
        UsageError: the file cannot be read, or has a key or value that is not understood.
    """
    if file is None:
        return Timing()
    try:
        return _resolve(tomllib.loads(file.read_text(encoding="utf-8")), model)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"the timing file is not understood: {error}",
            remedy="see docs/explanation/virtual-phone.md for its keys",
            where=str(file),
        ) from error


def _resolve(tables: dict[str, Any], model: str) -> Timing:
    if unknown := tables.keys() - {"default", "model"}:
        raise ValueError(f"unknown table {sorted(unknown)[0]}")
    default = _changed(Timing(), _table("default", tables.get("default", {})))
    models = _table("model", tables.get("model", {}))
    by_model = {name: _of_model(default, _table(name, table)) for name, table in models.items()}
    return by_model.get(model, default)


def _table(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{name} must be a table")
    return value


def _of_model(default: Timing, table: dict[str, Any]) -> Timing:
    if key := next((key for key in OF_THE_PHONE if key in table), None):
        raise ValueError(f"{key} belongs to the phone: set it in [default]")
    return _changed(default, table)


def _changed(timing: Timing, table: dict[str, Any]) -> Timing:
    names = {field.name for field in fields(Timing)}
    for key, value in table.items():
        if key not in names:
            raise ValueError(f"unknown key {key}")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value < math.inf:
            raise ValueError(f"{key} is {value!r}, it must be a number of at least 0")
        if value > HIGHEST.get(key, value):
            raise ValueError(f"{key} is {value!r}, it must be at most {HIGHEST[key]:g}")
    return replace(timing, **table)
