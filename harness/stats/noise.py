"""A phone compared with itself: how far apart two neighbouring launches of the very same file lie.

What a comparison makes of it stands in `comparison` (margins) and `power` (how many launches are needed);
where it is kept, in `harness.results.noise_store`.
"""

import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import get_args

import numpy as np

from harness.errors import BadRunDirectory
from harness.measure.plan_sections import MAX_PAIRS
from harness.results.records import (
    Finding,
    LaunchRecord,
    MetricName,
    MetricNoise,
    PhoneFacts,
    PhoneNoise,
    Run,
)
from harness.stats.difference import Floats, paired
from harness.stats.emulation import is_emulated, without_costs
from harness.stats.launches import LaunchFigures, reduce_launch, settled, usable
from harness.stats.metrics import METRICS
from harness.stats.mode import mode_of
from harness.stats.multiplicity import adjusted
from harness.units import format_share

FLOOR_LEVEL = 0.01
"""How often the interval of the floor misses: 99 % of comparisons of equal files lie below it."""
SPREAD_LEVEL = 0.2
"""How often the true spread lies above the one that the floor assumes. Browne (1995, Statistics in Medicine
14) shows that plans made with this upper limit of a pilot's spread keep their promise in 80 % of cases; with
the point estimate it is half of them, and a stricter limit makes floors of few pairs needlessly high."""
HIGHEST_FLOOR = 0.9
"""A margin of 1 would leave no ratio to call improved; a phone so noisy is of no use for verdicts anyway."""
SURE = 0.01
"""Adjusted p-value at which a phone tells a file from itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What a run of one model tells of a phone."""

    phone: PhoneFacts
    """The phone."""
    noise: PhoneNoise
    """How much it differs from itself."""
    findings: tuple[Finding, ...]
    """What a reader must know of it."""


def calibrations(run: Run, launches: Sequence[LaunchRecord]) -> tuple[Calibration, ...]:
    """What a run of one model with one thread count tells of its phones' noise.

    Launches 2i and 2i + 1 of a phone are pair i. A pair of which a launch cannot be used is left out, and so
    is a phone without any pair.

    Args:
        run: the run.
        launches: its journal.

    Raises:
        BadRunDirectory: the run measured several models or thread counts, whose launches are no neighbours.
    """
    if len({(one.artifact_sha256, one.threads, one.beside) for one in run.schedule}) != 1:
        raise BadRunDirectory(
            "its launches are not of one model with one thread count, so no neighbours can be compared",
            remedy="measure one model against itself: elbench calibrate",
            where=run.run_id,
        )
    ended = settled(launches)
    found = (
        _calibration(phone, run, [one for one in ended if one.request.phone_id == phone.phone_id])
        for phone in run.phones
    )
    return tuple(one for one in found if one is not None)


def pair_log_sd(log_ratios: Floats) -> float:
    """Standard deviation of the log ratio of two launches that differ in nothing, √(Σ d² / n).

    The true mean is 0, as it is chance which of the two is called the candidate; so no degree of freedom goes
    into a mean, and a phone that slows down from launch to launch is counted as noisy, which it is: in a
    comparison, whose order alternates, that slowing stands in the pairs with changing sign.

    Args:
        log_ratios: d of each pair, shape (pairs,), at least one.
    """
    return math.sqrt(float((log_ratios**2).mean()))


def launch_sd(noise: MetricNoise) -> float | None:
    """Standard deviation of the log of one launch's figure: that of a pair's log ratio, divided by √2."""
    return None if noise.pair_log_sd is None else noise.pair_log_sd / math.sqrt(2)


def noise_floor(sd: float, pairs: int | None, *, comparison: int = MAX_PAIRS) -> float:
    """The smallest difference, as a share, that a comparison tells from none.

    Half the width of its 99 % interval, taken back from the log scale: exp(t(m-1, 0.995) · s / √m) - 1, with
    m pairs of the comparison and, for s, the upper limit of the spread: sd · √(n / χ²(n, 0.2)). At most
    HIGHEST_FLOOR.

    Args:
        sd: from `pair_log_sd`.
        pairs: n, of which it was made; None: the spread is taken as known.
        comparison: m.
    """
    from scipy.special import chdtri, stdtrit

    doubt = 1.0 if pairs is None else math.sqrt(pairs / float(chdtri(pairs, 1 - SPREAD_LEVEL)))
    reach = float(stdtrit(comparison - 1, 1 - FLOOR_LEVEL / 2)) * doubt * sd / math.sqrt(comparison)
    return min(math.expm1(reach), HIGHEST_FLOOR)


def _calibration(phone: PhoneFacts, run: Run, launches: Sequence[LaunchRecord]) -> Calibration | None:
    pairs = _pairs(phone, launches)
    if not pairs:
        return None
    request = run.schedule[0]
    by_metric = {metric: _log_ratios(pairs, metric) for metric in get_args(MetricName)}
    return Calibration(
        phone=phone,
        noise=PhoneNoise(
            phone_id=phone.phone_id,
            engine=phone.engine,
            model=request.model,
            artifact_sha256=request.artifact_sha256,
            threads=request.threads,
            mode=mode_of(run.plan).mode,
            measured_at=run.created_at,
            pairs=len(pairs),
            seconds_per_launch=_seconds_per_launch(launches),
            metrics=tuple(_metric_noise(metric, *found) for metric, found in by_metric.items()),
            missing={} if phone.engine else {"engine": phone.missing["engine"]},
        ),
        findings=(
            *_disturbances([one for pair in pairs for one in pair]),
            *_trends({metric: ratios for metric, (ratios, _) in by_metric.items()}),
        ),
    )


def _pairs(
    phone: PhoneFacts, launches: Iterable[LaunchRecord]
) -> tuple[tuple[LaunchFigures, LaunchFigures], ...]:
    """Neighbours of which both can be used, the earlier one first."""
    reduced = {launch.request.index: reduce_launch(launch) for launch in usable(launches)}
    if is_emulated(phone):
        reduced = {index: without_costs(one) for index, one in reduced.items()}
    firsts = sorted(index for index in reduced if index % 2 == 0 and index + 1 in reduced)
    return tuple((reduced[index], reduced[index + 1]) for index in firsts)


def _log_ratios(
    pairs: Iterable[tuple[LaunchFigures, LaunchFigures]], metric: MetricName
) -> tuple[Floats, str]:
    """ln(later / earlier) of the pairs that have the figure, and why others have not."""
    name = METRICS[metric].figure
    ratios, reason = [], ""
    for pair in pairs:
        earlier, later = (getattr(one, name) for one in pair)
        if earlier and later:
            ratios.append(math.log(later / earlier))
        else:
            reason = next((one.missing[name] for one in pair if name in one.missing), "it is 0")
    return np.array(ratios), reason


def _metric_noise(metric: MetricName, ratios: Floats, reason: str) -> MetricNoise:
    if not ratios.size:
        missing = dict.fromkeys(("pair_log_sd", "floor"), reason)
        return MetricNoise(metric=metric, pair_log_sd=None, floor=None, missing=missing)
    sd = pair_log_sd(ratios)
    return MetricNoise(metric=metric, pair_log_sd=sd, floor=noise_floor(sd, ratios.size))


def _seconds_per_launch(launches: Iterable[LaunchRecord]) -> float:
    """Median host time from the start of one launch, before its gate, to that of the next."""
    starts = sorted(datetime.fromisoformat(launch.started_at) for launch in launches)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(starts)]
    return statistics.median(gaps)


def _disturbances(launches: Sequence[LaunchFigures]) -> Iterator[Finding]:
    disturbed = sum(one.disturbed for one in launches)
    if disturbed:
        yield Finding(
            code="disturbed",
            severity="warning",
            message=f"The phone throttled itself or was not ready in {disturbed} of {len(launches)} "
            "launches; its noise, and so the margin of comparisons on it, may come from that. Let it cool "
            "down between launches (ready.battery_celsius), then calibrate again.",
        )


def _trends(by_metric: Mapping[MetricName, Floats]) -> tuple[Finding, ...]:
    """Metrics by which the later launch of a pair is surely another than the earlier one."""
    known = {metric: ratios for metric, ratios in by_metric.items() if ratios.size}
    p = adjusted(np.array([float(paired(ratios).p()) for ratios in known.values()]))
    return tuple(
        _trend(metric, math.expm1(float(ratios.mean())))
        for (metric, ratios), one in zip(known.items(), p, strict=True)
        if one <= SURE
    )


def _trend(metric: MetricName, difference: float) -> Finding:
    named = METRICS[metric]
    direction = named.larger if difference > 0 else named.smaller
    return Finding(
        code="differs_from_itself",
        severity="warning",
        message=f"The {named.words} of the second launch of a pair was {format_share(abs(difference))} "
        f"{direction} than of the first, of the same file: the phone changes from launch to launch. Let it "
        "cool down between them (ready.battery_celsius), then calibrate again.",
    )
