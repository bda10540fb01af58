"""What to measure and how long: the plan.

Its sections, with every limit of a run, are in `plan_sections`; how it is read from TOML and the command line
is `plan_file`'s. Which model names exist is the catalogue's business, which phones exist is discovery's.
"""

import math
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from harness.export.recipes import DEFAULT_RECIPE
from harness.export.settings import Precision
from harness.export.stated_input import LARGEST_INPUT_VALUES
from harness.measure.modes import LONGEST_MINUTES, MOST_ITERATIONS, Mode, mode_defaults
from harness.measure.plan_layers import merged
from harness.measure.plan_sections import (
    Compare,
    Limits,
    Measure,
    Memory,
    Ready,
    Section,
    Settings,
    Telemetry,
    Warmup,
    known_recipe,
)
from harness.models.catalogue import DEFAULT_MODELS
from harness.results.records import MetricName, Runtime

Threads = Annotated[int, Field(ge=1, le=64)]
Core = Literal["a53", "a55", "a72", "a73", "a75", "a76", "a78", "x1"]
"""Arm cores whose kernels can be counted, as android_runner/arm64/cores.py describes them."""
LARGEST_SEED = (1 << 63) - 1
"""Where TOML's integers end."""
OF_A_DUET: tuple[MetricName, ...] = ("steady", "p95")
"""What a process that measures two models tells of each; which of them comes first decides the rest."""


class Plan(Section):
    """A whole run. Unknown keys are refused by name."""

    models: Annotated[tuple[str, ...], Field(min_length=1)] = DEFAULT_MODELS
    devices: tuple[str, ...] = ()
    virtual: bool = False
    engine: Literal["auto", "android", "lite", "arm64", "executorch"] = "auto"
    threads: Annotated[tuple[Threads, ...], Field(min_length=1)] = (1,)
    launches: Annotated[int, Field(ge=1, le=10_000)] = 10
    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED)] = 0
    recipe: Annotated[str, AfterValidator(known_recipe)] = DEFAULT_RECIPE
    precision: Precision = "float32"
    calibrate: str = "auto"
    runtime: Runtime = "pytorch_mobile"
    evaluate: str = "auto"
    evaluate_images: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    count: tuple[Core, ...] = ()
    input_shape: tuple[Annotated[int, Field(ge=1)], ...] | None = None
    foreground: bool = True
    mode: Mode = "burst"
    sustained_minutes: Annotated[float, Field(gt=0, le=LONGEST_MINUTES)] | None = None
    duet: bool = False
    duet_block: Annotated[int, Field(ge=1, le=MOST_ITERATIONS)] = 10
    warmup: Warmup = Warmup()
    measure: Measure = Measure()
    memory: Memory = Memory()
    ready: Ready = Ready()
    settings: Settings = Settings()
    telemetry: Telemetry = Telemetry()
    limits: Limits = Limits()
    compare: Compare | None = None

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_mode(cls, values: object) -> object:
        return merged(mode_defaults(values), values) if isinstance(values, dict) else values

    @model_validator(mode="before")
    @classmethod
    def _metrics_of_a_duet(cls, values: object) -> object:
        if isinstance(values, dict) and values.get("duet") and isinstance(values.get("compare"), dict):
            return merged({"compare": {"metrics": OF_A_DUET}}, values)
        return values

    @model_validator(mode="after")
    def _sustained_for_its_minutes(self) -> Self:
        minutes = self.sustained_minutes
        if (self.mode == "sustained") != (minutes is not None):
            raise ValueError("mode sustained and sustained_minutes belong together")
        if minutes is not None and {self.measure.min_seconds, self.measure.max_seconds} != {60.0 * minutes}:
            raise ValueError(
                f"mode sustained measures for {minutes:g} minutes; leave out measure.min_seconds, "
                "measure.max_seconds and --quick"
            )
        return self

    @model_validator(mode="after")
    def _pauses_in_sparse_mode(self) -> Self:
        pause_ms = self.measure.pause_ms
        if self.mode == "sparse" and not pause_ms:
            raise ValueError("mode sparse needs a pause: measure.pause_ms is 0")
        if self.mode != "sparse" and pause_ms:
            raise ValueError(f"measure.pause_ms {pause_ms} is for mode sparse, and the mode is {self.mode}")
        return self

    @model_validator(mode="after")
    def _limits_leave_time_to_measure(self) -> Self:
        for name in ("launch_seconds", "silence_seconds"):
            limit, least = getattr(self.limits, name), self.measure.least_seconds
            if limit <= least:
                raise ValueError(f"limits.{name} {limit:g} ends a launch that measures for {least:g} s")
        return self

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        for key, values in (("threads", self.threads), ("count", self.count)):
            twice = next((value for value in values if values.count(value) > 1), None)
            if twice is not None:
                raise ValueError(f"{key} names {twice} twice")
        return self

    @model_validator(mode="after")
    def _recipes_of_one_model(self) -> Self:
        if self.compare and self.compare.recipes and len(self.models) != 1:
            raise ValueError(f"compare.recipes are of one model, the plan has {len(self.models)}")
        return self

    @model_validator(mode="after")
    def _duet_of_two(self) -> Self:
        files = len(self.models) * len(self.recipes)
        if self.duet and files != 2:
            raise ValueError(f"a duet measures two models in turn, the plan has {files}")
        if self.duet and self.mode != "burst":
            raise ValueError(f"a duet is measured in bursts, and the mode is {self.mode}")
        return self

    @model_validator(mode="after")
    def _compare_what_is_measured(self) -> Self:
        if self.compare and self.engine == "arm64":
            raise ValueError("engine arm64 has no times to compare; elbench count compares instructions")
        untold = set(self.compare.metrics) - set(OF_A_DUET) if self.compare and self.duet else set()
        if untold:
            raise ValueError(f"a duet tells nothing of {', '.join(sorted(untold))}")
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

    @property
    def recipes(self) -> tuple[str, ...]:
        """How each model is exported: in one way, or in each of those that are compared."""
        return (self.compare and self.compare.recipes) or (self.recipe,)

    @property
    def process_limits(self) -> Limits:
        """The limits of one process: a duet has the time of two launches."""
        models = 2 if self.duet else 1
        times = {name: models * getattr(self.limits, name) for name in ("launch_seconds", "silence_seconds")}
        return self.limits.model_copy(update=times)
