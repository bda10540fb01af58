"""The sections of a plan: each table of its TOML, with its defaults and what its keys must agree on."""

from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from harness.errors import UsageError
from harness.export.recipes import find_recipe
from harness.measure.modes import LONGEST_PAUSE_MS, MOST_ITERATIONS
from harness.results.records import MetricName

MARGIN = 0.03
"""Differences up to it do not matter unless a plan says otherwise: what the field takes for phones' noise."""
MAX_PAIRS = 40
"""How long a comparison goes on at most, unless a plan says otherwise."""
Seconds = Annotated[float, Field(ge=0, le=3600)]


def known_recipe(name: str) -> str:
    """The name itself, for a field that holds one.

    Raises:
        ValueError: no recipe has it.
    """
    try:
        find_recipe(name)
    except UsageError as error:
        raise ValueError(f"{error.cause}; {error.remedy}") from error
    return name


def _each_once(metrics: tuple[MetricName, ...]) -> tuple[MetricName, ...]:
    return tuple(dict.fromkeys(metrics))


class Section(BaseModel):
    """Unknown keys are refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


def _require_in_order(unit: str, minimum: float, maximum: float) -> None:
    if minimum > maximum:
        raise ValueError(f"min_{unit} {minimum} > max_{unit} {maximum}")


class Warmup(Section):
    """When warm-up ends: two moving averages agree (`ema`), or both minima are met (`fixed`).

    250 ms at least and 8 s at most are AndroidX Benchmark's (WarmupManager). Its 30 iterations would be 90 s
    of a model of 3 s; the averages need 14. How the limit follows slow models stands in CONTRACT.md.
    """

    rule: Literal["ema", "fixed"] = "ema"
    min_iterations: Annotated[int, Field(ge=0, le=MOST_ITERATIONS)] = 10
    min_seconds: Seconds = 0.25
    max_seconds: Seconds = 8.0

    @model_validator(mode="after")
    def _minimum_below_maximum(self) -> Self:
        _require_in_order("seconds", self.min_seconds, self.max_seconds)
        return self


class Measure(Section):
    """How long the steady phase lasts: both minima are met, or either maximum is reached."""

    min_iterations: Annotated[int, Field(ge=1, le=MOST_ITERATIONS)] = 50
    min_seconds: Seconds = 1.0
    max_iterations: Annotated[int, Field(ge=1, le=MOST_ITERATIONS)] = 5000
    max_seconds: Seconds = 60.0
    pause_ms: Annotated[int, Field(ge=0, le=LONGEST_PAUSE_MS)] = 0

    @model_validator(mode="after")
    def _minima_below_maxima(self) -> Self:
        _require_in_order("iterations", self.min_iterations, self.max_iterations)
        _require_in_order("seconds", self.min_seconds, self.max_seconds)
        return self

    @property
    def least_seconds(self) -> float:
        """How long the steady phase lasts at least, its pauses included, unless a maximum ends it."""
        return min(self.max_seconds, max(self.min_seconds, self.min_iterations * self.pause_ms / 1000))


class Memory(Section):
    """How often the app samples its own memory; 0 means only between phases."""

    period_ms: Annotated[int, Field(ge=0, le=10_000)] = 100

    @model_validator(mode="after")
    def _not_faster_than_100_ms(self) -> Self:
        if 0 < self.period_ms < 100:
            raise ValueError("faster than 100 ms disturbs what is measured; use 0 or at least 100")
        return self


class Ready(Section):
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


class Settings(Section):
    """What a run changes on the phone, and restores."""

    stay_awake: bool = True
    animations_off: bool = True
    brightness: Annotated[int, Field(ge=0, le=255)] | None = None
    fixed_performance: bool = False
    airplane: bool = False


class Telemetry(Section):
    """How often clocks and temperatures are sampled beside a launch; 0 samples nothing."""

    hertz: Annotated[float, Field(ge=0, le=10)] = 4.0


class Limits(Section):
    """When a launch is given up, how often it is repeated, and how long a phone may stay away."""

    launch_seconds: Annotated[float, Field(gt=0, le=24 * 3600)] = 300.0
    silence_seconds: Annotated[float, Field(gt=0, le=2 * 3600)] = 120.0
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    reconnect_seconds: Seconds = 60.0


class Compare(Section):
    """How a comparison decides: what it asks, how small a difference matters, when it stops.

    docs/explanation/method.md tells what each key costs.
    """

    metrics: Annotated[tuple[MetricName, ...], Field(min_length=1), AfterValidator(_each_once)] = get_args(
        MetricName
    )
    margin: Annotated[float, Field(gt=0, lt=0.5)] = MARGIN
    max_pairs: Annotated[int, Field(ge=1, le=10_000)] = MAX_PAIRS
    max_minutes: Annotated[float, Field(gt=0)] | None = None
    strict: bool = False
    recipes: tuple[Annotated[str, AfterValidator(known_recipe)], ...] = ()

    @model_validator(mode="after")
    def _two_recipes_or_none(self) -> Self:
        if self.recipes and len(set(self.recipes)) < max(2, len(self.recipes)):
            raise ValueError(f"recipes are compared with each other, got {', '.join(self.recipes)}")
        return self
