"""What two models are compared by, and where each figure of a launch is found."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.results.records import MetricName


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure per launch that is compared."""

    figure: str
    """Attribute of `launches.LaunchFigures`."""
    words: str
    """What people call it."""
    larger: str
    """What a model is that has more of it, `slower`."""
    smaller: str
    """What it is with less."""
    resampled: bool
    """Whether its interval is also taken by resampling: no normal curve describes tails and memory."""
    is_time: bool = True
    """Whether a phone that throttles itself changes it."""


METRICS: Mapping[MetricName, Metric] = {
    "steady": Metric(
        figure="median_ns", words="steady median", larger="slower", smaller="faster", resampled=False
    ),
    "p95": Metric(figure="p95_ns", words="p95", larger="slower", smaller="faster", resampled=True),
    "first": Metric(figure="first_ns", words="first", larger="slower", smaller="faster", resampled=False),
    "load": Metric(figure="load_ns", words="load", larger="slower", smaller="faster", resampled=False),
    "peak_memory": Metric(
        figure="peak_kib",
        words="peak memory",
        larger="larger",
        smaller="smaller",
        resampled=True,
        is_time=False,
    ),
}
