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
    iteration_sd: float = 0.015
    """Standard deviation of log time between iterations."""
    drift: float = 0.04
    """Relative slow-down of a phone that has been busy for ever."""
    drift_seconds: float = 120.0
    """Busy seconds in which 1 - 1/e of the drift is reached."""
    thread_exponent: float = 0.7
    """Time falls with threads to minus this power."""

    def steady_ms(self, file_bytes: int) -> float:
        """The steady median on a phone of speed 1 with one thread."""
        return (
            self.base_ms + self.ms_per_megabyte * file_bytes / 1e6 if self.cost_ms is None else self.cost_ms
        )


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
    by_model = {name: _changed(default, _table(name, table)) for name, table in models.items()}
    return by_model.get(model, default)


def _table(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{name} must be a table")
    return value


def _changed(timing: Timing, table: dict[str, Any]) -> Timing:
    names = {field.name for field in fields(Timing)}
    for key, value in table.items():
        if key not in names:
            raise ValueError(f"unknown key {key}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise ValueError(f"{key} is {value!r}, it must be a number of at least 0")
    return replace(timing, **table)
