"""A plan as people write it: in TOML, on the command line, or both."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from harness.errors import BadPlan
from harness.measure.plan import Plan
from harness.measure.plan_layers import merged

LARGEST_FILE_BYTES = 1 << 20

QUICK: dict[str, Any] = {
    "launches": 3,
    "warmup": {"rule": "fixed", "min_iterations": 10, "min_seconds": 0.3},
    "measure": {"min_iterations": 20, "min_seconds": 0.2, "max_seconds": 5.0},
}
"""What `--quick` changes: a look in seconds, with intervals too wide for a verdict."""


UNTIMED: dict[str, Any] = {
    "launches": 2,
    "warmup": {"rule": "fixed", "min_iterations": 1, "min_seconds": 0.0},
    "measure": {"min_iterations": 1, "min_seconds": 0.0},
}
"""What is enough for the engine `arm64`, of which nobody sees a time; every forward takes a second there."""


def make_plan(file: Path | None, *, quick: bool, overrides: dict[str, Any]) -> Plan:
    """Build the plan: the command line goes before `--quick`, that before the file, that before the defaults.

    With the engine `arm64` the defaults are UNTIMED, and `--quick` has nothing to shorten. A comparison has a
    launch of each model for each of its pairs, whatever `launches` says.

    Args:
        file: a TOML plan, or None.
        quick: apply QUICK.
        overrides: top-level keys given on the command line.

    Raises:
        BadPlan: the file cannot be read, or a key or value is not understood.
    """
    written = _read_toml(file) if file else {}
    is_untimed = overrides.get("engine", written.get("engine")) == "arm64"
    values: dict[str, Any] = {}
    for layer in (
        UNTIMED if is_untimed else {},
        written,
        QUICK if quick and not is_untimed else {},
        overrides,
    ):
        values = merged(values, layer)
    try:
        plan = Plan.model_validate(values)
    except ValidationError as error:
        is_in_file = file and not _holds(overrides, error.errors(include_url=False)[0]["loc"])
        raise _bad_plan(error, str(file) if is_in_file else "command line") from error
    return plan.model_copy(update={"launches": plan.compare.max_pairs}) if plan.compare else plan


def read_plan(values: Mapping[str, object], *, where: str) -> Plan:
    """The plan that these values are, such as those of an earlier run.

    Raises:
        BadPlan: a key or value is not understood.
    """
    try:
        return Plan.model_validate(dict(values))
    except ValidationError as error:
        raise _bad_plan(error, where) from error


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read_bounded(file).decode())
    except OSError as error:
        raise BadPlan(
            f"cannot be read ({error.strerror})", remedy="check the path and its permissions", where=str(file)
        ) from error
    except (ValueError, RecursionError) as error:  # broken TOML or UTF-8, absurd numbers, absurd nesting
        raise BadPlan(
            f"is not TOML ({error})", remedy="see docs/reference/plan.md for an example", where=str(file)
        ) from error


def _read_bounded(file: Path) -> bytes:
    """The file's bytes; a device that never ends, or what is surely no plan, is not read to its end."""
    with file.open("rb") as opened:
        content = opened.read(LARGEST_FILE_BYTES + 1)
    if len(content) > LARGEST_FILE_BYTES:
        raise ValueError(f"it is larger than {LARGEST_FILE_BYTES} bytes")
    return content


def _holds(values: object, place: Sequence[str | int]) -> bool:
    """Whether the value that a plan has at this place comes from these values, which are part of it."""
    for key in place:
        if not isinstance(values, Mapping):
            break
        values = values.get(str(key), {})
    return not isinstance(values, Mapping)


def _bad_plan(error: ValidationError, where: str) -> BadPlan:
    first: Any = error.errors(include_url=False)[0]
    path = [str(part) for part in first["loc"]]
    key = ".".join(path)
    if first["type"] == "extra_forbidden":
        return BadPlan(f"unknown key {key}", remedy=_known_keys(path), where=where)
    if first["type"] == "model_type":
        return BadPlan(f"{key} is no table", remedy=f"write [{key}] and its keys below it", where=where)
    message = str(first["msg"]).removeprefix("Value error, ")
    given = "" if isinstance(first["input"], dict) else f", got {first['input']!r}"
    cause = f"{key}: {message[:1].lower()}{message[1:]}{given}" if key else message
    return BadPlan(cause, remedy="see docs/reference/plan.md for what each key takes", where=where)


def _known_keys(path: list[str]) -> str:
    section: type[BaseModel] = Plan
    for name in path[:-1]:
        annotation = section.model_fields[name].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            section = annotation
    names = list(section.model_fields)
    nearest = difflib.get_close_matches(path[-1], names, n=1)
    return f"did you mean {nearest[0]}" if nearest else f"known here: {', '.join(names)}"
