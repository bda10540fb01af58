"""Latency over minutes: what a launch begins with, what the phone keeps up, and when it first throttles.

Pure: from a launch's times, and the caps that were sampled beside it. Whether a single step is one at all is
`changepoint`'s question.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.results.records import Explained, LaunchRecord, Telemetry
from harness.stats.estimate import Estimate, geometric_mean
from harness.stats.evidence import CAP_SHARE

Array = NDArray[np.float64]

BURST_SECONDS = 10.0
"""Of the steady phase that count as burst, or a fifth of it where that is less."""
SUSTAINED_SHARE = 0.2
"""Of the steady phase, its end, that counts as sustained."""
THROTTLED_SHARE = 0.05
"""So much slower than the burst is throttled; more than a phone's drift while it warms."""
THROTTLED_BINS = 3
"""So many bins in a row must be slower: a shorter disturbance is none of the phone's heat."""
MOST_BINS = 60
"""Bins are a second or more, and at most so many."""
BIN_ITERATIONS = 5
"""Iterations in a bin, at least, of a model that is slow."""
LEAST_ITERATIONS = 25
"""Fewer do not tell a burst from what follows it: a fifth of them is five."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SustainedCourse(Explained):
    """One launch over its steady phase; seconds count from that phase's first iteration."""

    launch_id: str
    """The launch."""
    seconds: float
    """From the start of the first steady iteration to the end of the last."""
    bin_seconds: float
    """Width of a bin."""
    bin_start_s: tuple[float, ...]
    """Where each bin begins; bins without an iteration are left out."""
    bin_ns: tuple[float, ...]
    """Median duration of the iterations that begin in each bin."""
    burst_ns: float | None
    """Median of the first BURST_SECONDS."""
    sustained_ns: float | None
    """Median of the last fifth of the time."""
    ratio: float | None
    """`sustained_ns` over `burst_ns`: at 1.3 an inference takes 1.3 times as long in the end."""
    throttled_after_s: float | None
    """Start of the first THROTTLED_BINS bins in a row that are more than THROTTLED_SHARE above the burst."""
    cap_fell_after_s: float | None
    """When a cluster's cap first fell, in seconds since the launch was started, on the phone's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SustainedSummary(Explained):
    """Launches of one model on one phone with one thread count."""

    courses: tuple[SustainedCourse, ...]
    """Each launch, in the order in which they ran."""
    burst_ns: Estimate
    """Geometric mean over launches."""
    sustained_ns: Estimate
    """Geometric mean over launches."""
    ratio: Estimate
    """Geometric mean over launches of each launch's own ratio."""
    throttled: int
    """Launches that throttled, by their latency."""
    throttled_after_s: float | None
    """Median over these."""
    cap_fell_after_s: float | None
    """Median over the launches in which a cap fell."""


def summarise_sustained(launches: Sequence[LaunchRecord]) -> SustainedSummary:
    """Summarise usable launches of one cell; at least one."""
    courses = tuple(map(sustained_course, launches))
    throttled, fell = _known(courses, "throttled_after_s"), _known(courses, "cap_fell_after_s")
    moments = {"throttled_after_s": throttled, "cap_fell_after_s": fell}
    return SustainedSummary(
        courses=courses,
        burst_ns=_estimate(courses, "burst_ns"),
        sustained_ns=_estimate(courses, "sustained_ns"),
        ratio=_estimate(courses, "ratio"),
        throttled=len(throttled),
        throttled_after_s=float(np.median(throttled)) if throttled else None,
        cap_fell_after_s=float(np.median(fell)) if fell else None,
        missing={name: courses[0].missing[name] for name, known in moments.items() if not known},
    )


def _estimate(courses: Sequence[SustainedCourse], name: str) -> Estimate:
    known = _known(courses, name)
    return geometric_mean(known, nothing="" if known else courses[0].missing[name])


def _known(courses: Sequence[SustainedCourse], name: str) -> list[float]:
    return [value for one in courses if (value := getattr(one, name)) is not None]


def sustained_course(launch: LaunchRecord) -> SustainedCourse:
    """What a usable launch shows over its steady phase.

    The phone's work is back to back only without pauses, so the caller passes launches of sustained mode.
    """
    start_s = (np.asarray(launch.start_ns, dtype=np.float64) - launch.start_ns[0]) / 1e9
    durations_ns = np.asarray(launch.duration_ns, dtype=np.float64)
    seconds = float(start_s[-1] + durations_ns[-1] / 1e9)
    width_s = max(1.0, seconds / MOST_BINS, BIN_ITERATIONS * float(np.median(durations_ns)) / 1e9)
    bin_start_s, bin_ns = _bins(start_s, durations_ns, width_s)
    levels, few = _levels(start_s, durations_ns, seconds)
    throttled = _throttled(bin_start_s, bin_ns, levels["burst_ns"], few)
    fell = _cap_fell(launch)
    return SustainedCourse(
        launch_id=launch.request.launch_id,
        seconds=seconds,
        bin_seconds=width_s,
        bin_start_s=tuple(bin_start_s.tolist()),
        bin_ns=tuple(bin_ns.tolist()),
        **levels,
        throttled_after_s=throttled if isinstance(throttled, float) else None,
        cap_fell_after_s=fell if isinstance(fell, float) else None,
        missing={
            **{name: few for name, value in levels.items() if value is None},
            **({"throttled_after_s": throttled} if isinstance(throttled, str) else {}),
            **({"cap_fell_after_s": fell} if isinstance(fell, str) else {}),
        },
    )


def _bins(start_s: Array, durations_ns: Array, width_s: float) -> tuple[Array, Array]:
    """Start and median of each bin that holds an iteration."""
    places = np.floor(start_s / width_s).astype(np.int64)
    borders = np.flatnonzero(np.diff(places)) + 1
    medians = [float(np.median(part)) for part in np.split(durations_ns, borders)]
    return places[np.concatenate([[0], borders])] * width_s, np.array(medians)


def _levels(start_s: Array, durations_ns: Array, seconds: float) -> tuple[dict[str, float | None], str]:
    """Burst, sustained and their ratio, or why there is none."""
    names = ("burst_ns", "sustained_ns", "ratio")
    if durations_ns.size < LEAST_ITERATIONS:
        few = f"{durations_ns.size} iterations do not tell a burst from what follows, {LEAST_ITERATIONS} do"
        return dict.fromkeys(names, None), few
    burst = durations_ns[start_s <= min(BURST_SECONDS, seconds * SUSTAINED_SHARE)]
    sustained = durations_ns[start_s >= seconds * (1 - SUSTAINED_SHARE)]
    if not sustained.size:
        return dict.fromkeys(names, None), "one inference took the whole last fifth of the time"
    burst_ns, sustained_ns = float(np.median(burst)), float(np.median(sustained))
    return dict(zip(names, (burst_ns, sustained_ns, sustained_ns / burst_ns), strict=True)), ""


def _throttled(bin_start_s: Array, bin_ns: Array, burst_ns: float | None, few: str) -> float | str:
    """Seconds to the first lasting slow-down, or why there is none."""
    if burst_ns is None:
        return few
    slow = bin_ns > burst_ns * (1 + THROTTLED_SHARE)
    lasting = np.convolve(slow, np.ones(THROTTLED_BINS), mode="valid") == THROTTLED_BINS
    if not lasting.any():
        return f"the latency never stayed more than {100 * THROTTLED_SHARE:g} % above the burst"
    return float(bin_start_s[int(np.argmax(lasting))])


def _cap_fell(launch: LaunchRecord) -> float | str:
    """Seconds from the launch's start to the first cap below its first value, or why there is none."""
    telemetry = launch.telemetry
    if telemetry is None:
        return launch.missing["telemetry"]
    caps = [one.values for one in telemetry.series if one.quantity == "cap_khz"]
    falls = [fall for values in caps for fall in _falls(telemetry, values)]
    if falls:
        return min(falls)
    known = any(value for values in caps for value in values)
    return "no cluster's cap fell" if known else "the phone does not tell its caps"


def _falls(telemetry: Telemetry, values: Sequence[int | None]) -> Iterator[float]:
    """When one cluster was first held back, if it was."""
    known = [(place, cap_khz) for place, cap_khz in enumerate(values) if cap_khz]
    for place, cap_khz in known:
        if cap_khz < CAP_SHARE * known[0][1]:
            yield max(0.0, (telemetry.uptime_ns[place] - telemetry.launch_ns) / 1e9)
            return
