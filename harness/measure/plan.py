"""What to measure and how long: the plan, as people write it in TOML or on the command line.

Every limit of a run stands here with its default. Which model names exist is the catalogue's business,
which phones exist is discovery's.
"""

import difflib
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.errors import BadPlan, UsageError
from harness.export.recipes import DEFAULT_RECIPE, find_recipe
from harness.export.settings import Precision
from harness.export.stated_input import LARGEST_INPUT_VALUES
from harness.models.catalogue import DEFAULT_MODELS
from harness.results.records import Runtime

Threads = Annotated[int, Field(ge=1, le=64)]
Seconds = Annotated[float, Field(ge=0, le=3600)]
Core = Literal["a53", "a55", "a72", "a73", "a75", "a76", "a78", "x1"]
"""Arm cores whose kernels can be counted, as android_runner/arm64/cores.py describes them."""


def _known_recipe(name: str) -> str:
    try:
        find_recipe(name)
    except UsageError as error:
        raise ValueError(f"{error.cause}; {error.remedy}") from error
    return name


MOST_ITERATIONS = 1_000_000
"""16 MB of times, which the app sets aside before it measures."""

LARGEST_FILE_BYTES = 1 << 20
LARGEST_SEED = (1 << 63) - 1
"""Where TOML's integers end."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


def _require_in_order(unit: str, minimum: float, maximum: float) -> None:
    if minimum > maximum:
        raise ValueError(f"min_{unit} {minimum} > max_{unit} {maximum}")


class Warmup(_Section):
    """When warm-up ends: two moving averages agree (`ema`), or both minima are met (`fixed`).

    The defaults are AndroidX Benchmark's (WarmupManager): at least 30 iterations and 250 ms, at most 8 s.
    """

    rule: Literal["ema", "fixed"] = "ema"
    min_iterations: Annotated[int, Field(ge=0, le=MOST_ITERATIONS)] = 30
    min_seconds: Seconds = 0.25
    max_seconds: Seconds = 8.0

    @model_validator(mode="after")
    def _minimum_below_maximum(self) -> Self:
        _require_in_order("seconds", self.min_seconds, self.max_seconds)
        return self


class Measure(_Section):
    """How long the steady phase lasts: both minima are met, or either maximum is reached."""

    min_iterations: Annotated[int, Field(ge=1, le=MOST_ITERATIONS)] = 50
    min_seconds: Seconds = 1.0
    max_iterations: Annotated[int, Field(ge=1, le=MOST_ITERATIONS)] = 5000
    max_seconds: Seconds = 60.0
    pause_ms: Annotated[int, Field(ge=0, le=60_000)] = 0

    @model_validator(mode="after")
    def _minima_below_maxima(self) -> Self:
        _require_in_order("iterations", self.min_iterations, self.max_iterations)
        _require_in_order("seconds", self.min_seconds, self.max_seconds)
        return self


class Memory(_Section):
    """How often the app samples its own memory; 0 means only between phases."""

    period_ms: Annotated[int, Field(ge=0, le=10_000)] = 100

    @model_validator(mode="after")
    def _not_faster_than_100_ms(self) -> Self:
        if 0 < self.period_ms < 100:
            raise ValueError("faster than 100 ms disturbs what is measured; use 0 or at least 100")
        return self


class Ready(_Section):
    """What must be so before a launch starts, how long to wait for it, and what to do if it never is.

    Status 0 is AndroidX Benchmark's rule (any throttling spoils a time), 25 % its low battery; 37 °C is the
    entry gate of react-native-executorch's benchmarks.
    """

    battery_percent: Annotated[int, Field(ge=0, le=100)] = 25
    battery_celsius: Annotated[float, Field(gt=0, le=100)] = 37.0
    thermal_status: Annotated[int, Field(ge=0, le=6)] = 0
    cap_share: Annotated[float, Field(ge=0, le=1)] = 0.95
    screen: bool = True
    power_saver_off: bool = True
    available_mib: Annotated[int, Field(ge=0, le=1 << 20)] = 200
    busy_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    wait_seconds: Seconds = 180.0
    poll_seconds: Annotated[float, Field(ge=0.1, le=60)] = 2.0
    on_timeout: Literal["mark", "refuse"] = "mark"


class Settings(_Section):
    """What a run changes on the phone, and restores."""

    stay_awake: bool = True
    animations_off: bool = True
    brightness: Annotated[int, Field(ge=0, le=255)] | None = None
    fixed_performance: bool = False
    airplane: bool = False


class Telemetry(_Section):
    """How often clocks and temperatures are sampled beside a launch; 0 samples nothing."""

    hertz: Annotated[float, Field(ge=0, le=10)] = 4.0


class Limits(_Section):
    """When a launch is given up, how often it is repeated, and how long a phone may stay away."""

    launch_seconds: Annotated[float, Field(gt=0, le=24 * 3600)] = 300.0
    silence_seconds: Annotated[float, Field(gt=0, le=3600)] = 120.0
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    reconnect_seconds: Seconds = 60.0


class Plan(_Section):
    """A whole run. Unknown keys are refused by name."""

    models: Annotated[tuple[str, ...], Field(min_length=1)] = DEFAULT_MODELS
    devices: tuple[str, ...] = ()
    virtual: bool = False
    engine: Literal["auto", "android", "lite", "arm64", "executorch"] = "auto"
    threads: Annotated[tuple[Threads, ...], Field(min_length=1)] = (1,)
    launches: Annotated[int, Field(ge=1, le=10_000)] = 10
    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED)] = 0
    recipe: Annotated[str, AfterValidator(_known_recipe)] = DEFAULT_RECIPE
    precision: Precision = "float32"
    calibrate: str = "auto"
    runtime: Runtime = "pytorch_mobile"
    evaluate: str = "auto"
    evaluate_images: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    count: tuple[Core, ...] = ()
    input_shape: tuple[Annotated[int, Field(ge=1)], ...] | None = None
    foreground: bool = True
    warmup: Warmup = Warmup()
    measure: Measure = Measure()
    memory: Memory = Memory()
    ready: Ready = Ready()
    settings: Settings = Settings()
    telemetry: Telemetry = Telemetry()
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        for key, values in (("threads", self.threads), ("count", self.count)):
            twice = next((value for value in values if values.count(value) > 1), None)
            if twice is not None:
                raise ValueError(f"{key} names {twice} twice")
        return self

    @model_validator(mode="after")
    def _phones_real_or_virtual(self) -> Self:
        if self.virtual and self.devices:
            raise ValueError(f"a virtual phone and the phone {self.devices[0]!r} cannot both be meant")
        return self

    @model_validator(mode="after")
    def _engine_for_virtual_phones(self) -> Self:
        if self.engine != "auto" and self.devices:
            raise ValueError(
                f"engine {self.engine} is for a virtual phone; the phone {self.devices[0]!r} has its own"
            )
        return self

    @model_validator(mode="after")
    def _input_fits_into_a_phone(self) -> Self:
        if self.input_shape and math.prod(self.input_shape) > LARGEST_INPUT_VALUES:
            raise ValueError(f"input_shape holds more than {LARGEST_INPUT_VALUES} values")
        return self


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

    With the engine `arm64` the defaults are UNTIMED, and `--quick` has nothing to shorten.

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
        values = _merged(values, layer)
    return read_plan(values, where=str(file) if file else "command line")


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


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        result[key] = _merged(under, value) if isinstance(value, dict) and isinstance(under, dict) else value
    return result


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
