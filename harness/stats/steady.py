"""What happened inside the steady phase of one launch, as one record with the findings that follow from it.

Derived from the journal, like every statistic: the launch's own findings stay as they were recorded.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.results.records import Explained, Finding, LaunchRecord
from harness.stats.changepoint import LevelChange, SteadyCourse, steady_course
from harness.stats.evidence import Cause, Evidence, collect
from harness.stats.outliers import UNEXPLAINED, LaunchOutliers, find_outliers
from harness.units import format_duration_ns

CAUSE_WORDS: Mapping[str, str] = {
    "cap_drop": "the phone lowered a clock's cap",
    "little_cores": "work went over to slower cores, as the clocks show",
    "clock_drop": "a clock fell",
    "memory_sample": "elbench read the app's memory just before",
    "garbage_collection": "the Java heap shrank, so garbage was collected",
    "background_load": "the cores were busy with other things before the launch",
    UNEXPLAINED: UNEXPLAINED,
}
"""Each cause as a clause."""
_REMEDIES: dict[Cause, str] = {
    "cap_drop": "let the phone cool, or measure for less time at once",
    "little_cores": "keep the screen on and end what else runs",
    "clock_drop": "let the phone cool, and keep it on one power source",
}
_OTHER_REMEDY = "see the launch's line in the chart, and repeat it on a phone at rest"
_MORE_WARMUP = "if launches do so again and again, raise warmup.min_seconds"
_CLEARLY_MORE = 0.5
"""By so much of their iterations must the slower stretch have more of a cause than the faster. Ours."""
_CHANGES_TOLD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyPhase:
    """One launch's steady phase."""

    iterations: int
    """How many it has."""
    course: SteadyCourse
    """How its level went."""
    outliers: LaunchOutliers
    """Its slow iterations."""
    findings: tuple[Finding, ...]
    """What a reader must know of it, each with its remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSteady(Explained):
    """The steady phases of one cell's usable launches."""

    launches: int
    """How many there are."""
    changed: int
    """Of them, launches whose level changed within."""
    drifted: int
    """Of them, launches that drifted."""
    too_short: int
    """Of them, launches of too few iterations to tell."""
    largest_change: float | None
    """The largest `extent` of those that changed or drifted: 0.12 is 12 %."""
    iterations: int
    """Steady iterations of all launches."""
    outliers: int
    """Of them, outliers."""
    largest_outlier: float | None
    """The farthest, as a multiple of the level around it."""
    causes: Mapping[str, int]
    """Outliers by cause, the most frequent first, `unexplained` among them; they sum up to all."""
    also_seen: Mapping[Cause, int]
    """Launches that have outliers and in which this was so without a moment that could be told."""


def observe(launch: LaunchRecord) -> SteadyPhase:
    """Look into the steady phase of a usable launch."""
    course = steady_course(launch.start_ns, launch.duration_ns)
    evidence = collect(launch)
    return SteadyPhase(
        iterations=len(launch.duration_ns),
        course=course,
        outliers=find_outliers(launch.duration_ns, course, evidence),
        findings=_findings(launch, course, evidence),
    )


def summarise_steady(phases: Iterable[SteadyPhase]) -> CellSteady:
    """Count what happened inside the steady phases of one cell's launches."""
    phases = tuple(phases)
    shapes = Counter(phase.course.shape for phase in phases)
    causes: Counter[str] = Counter()
    also_seen: Counter[Cause] = Counter()
    for phase in phases:
        causes.update(phase.outliers.causes)
        also_seen.update(phase.outliers.also_seen)
    extents = [phase.course.extent for phase in phases if phase.findings]
    factors = [factor for phase in phases if (factor := phase.outliers.largest) is not None]
    missing = {"largest_change": not extents, "largest_outlier": not factors}
    return CellSteady(
        launches=len(phases),
        changed=shapes["stepped"],
        drifted=shapes["drifting"],
        too_short=shapes["too short"],
        largest_change=max(extents, default=None),
        iterations=sum(phase.iterations for phase in phases),
        outliers=causes.total(),
        largest_outlier=max(factors, default=None),
        causes=dict(causes.most_common()),
        also_seen=dict(also_seen.most_common()),
        missing={name: "none was found" for name, is_missing in missing.items() if is_missing},
    )


def _findings(
    launch: LaunchRecord, course: SteadyCourse, evidence: Sequence[Evidence]
) -> tuple[Finding, ...]:
    if course.shape == "stepped":
        return (_level_changed(launch, course, evidence),)
    if course.shape == "drifting":
        return (_level_drifted(launch, course, evidence),)
    return ()


def _level_changed(launch: LaunchRecord, course: SteadyCourse, evidence: Sequence[Evidence]) -> Finding:
    borders = [0, *(change.index for change in course.changes), len(launch.duration_ns)]
    causes = [
        _cause(
            evidence, slice(*borders[step : step + 2]), slice(*borders[step + 1 : step + 3]), change.relative
        )
        for step, change in enumerate(course.changes)
    ]
    told = ", ".join(_told(change, launch.start_ns[0]) for change in course.changes[:_CHANGES_TOLD])
    more = len(course.changes) - _CHANGES_TOLD
    besides = "" if more <= 0 else " and once more" if more == 1 else f" and {more} times more"
    levels = " → ".join(format_duration_ns(level) for level in course.levels_ns[: _CHANGES_TOLD + 1])
    return Finding(
        code="level_changed",
        severity="warning",
        message=f"The steady phase changed level by {told}{besides} "
        f"({levels}): {_why(launch, next(filter(None, causes), None), course)}.",
    )


def _told(change: LevelChange, begin_ns: int) -> str:
    return f"{_signed_percent(change.relative)} after {(change.start_ns - begin_ns) / 1e9:.1f} s"


def _level_drifted(launch: LaunchRecord, course: SteadyCourse, evidence: Sequence[Evidence]) -> Finding:
    begin_ns, end_ns = course.levels_ns
    relative, fifth = end_ns / begin_ns - 1, len(launch.duration_ns) // 5
    cause = _cause(evidence, slice(None, fifth), slice(-fifth, None), relative)
    return Finding(
        code="level_drifted",
        severity="warning",
        message=f"The steady phase drifted by {_signed_percent(relative)} from its begin to its end "
        f"({format_duration_ns(begin_ns)} → {format_duration_ns(end_ns)}): {_why(launch, cause, course)}.",
    )


def _cause(evidence: Sequence[Evidence], before: slice, after: slice, relative: float) -> Cause | None:
    """What the slower of two neighbouring stretches has and the faster has not."""
    slower, faster = (after, before) if relative > 0 else (before, after)
    return next(
        (
            one.cause
            for one in evidence
            if one.cause in _REMEDIES
            and one.during[slower].mean() - one.during[faster].mean() >= _CLEARLY_MORE
        ),
        None,
    )


def _why(launch: LaunchRecord, cause: Cause | None, course: SteadyCourse) -> str:
    """The cause, or what else the record says, and the remedy."""
    if cause is not None:
        return f"{CAUSE_WORDS[cause]}; {_REMEDIES[cause]}"
    if any(finding.code == "throttled" for finding in launch.findings):
        return f"the phone throttled itself during this launch; {_REMEDIES['cap_drop']}"
    fell = course.levels_ns[-1] == min(course.levels_ns)
    return f"nothing on record tells why; {_MORE_WARMUP if fell else _OTHER_REMEDY}"


def _signed_percent(relative: float) -> str:
    return f"{100 * relative:+.1f} %".replace("-", "\N{MINUS SIGN}")
