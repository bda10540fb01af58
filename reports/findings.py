"""What a reader must know about the launches: findings grouped and counted, and launches left out."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.results.records import Finding, LaunchRecord, Severity
from harness.stats.launches import unusable_reason
from reports.digest import PhoneDigest

_WORST_FIRST: tuple[Severity, ...] = ("invalid", "warning", "note")
_MESSAGES_SHOWN = 3

_OUTCOMES = {
    "crashed": "The app crashed",
    "killed_by_lmk": "Android's low-memory killer ended the app",
    "anr": "Android ended the app since it did not respond",
    "timed_out": "No answer in time",
    "disconnected": "The connection to the phone broke",
    "rejected": "The phone refused the launch",
    "not_ready": "The phone did not get ready, so nothing was launched",
}


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """One kind of finding over the launches of a phone."""

    code: str
    severity: Severity
    launches: int
    """Launches that have it."""
    models: tuple[str, ...]
    """Models that these launches measured."""
    messages: tuple[str, ...]
    """Up to three different texts, each with its remedy."""
    more_messages: int
    """Different texts beyond those."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One launch that enters no statistic."""

    launch: int
    """Position in the schedule, counted from 1."""
    model: str
    threads: int
    attempt: int
    """1 for the first."""
    reason: str
    """What happened, in words."""
    evidence: str
    """What was seen, as the phone said it."""


def outcome_words(reason: str) -> str:
    """What became of a launch or an evaluation that gave no figure, as a sentence without its full stop."""
    return _OUTCOMES.get(reason, f"Not used: {reason}")


def with_findings(phone: PhoneDigest) -> tuple[LaunchRecord, ...]:
    """A phone's launches, with what follows from the journal among their own findings.

    That is what happened in their steady phases, and outputs that differ from launch to launch.
    """
    return tuple(
        replace(launch, findings=(*launch.findings, *_derived(launch.request.launch_id, phone)))
        for launch in phone.launches
    )


def group_findings(launches: Sequence[LaunchRecord]) -> tuple[FindingGroup, ...]:
    """Findings by code and severity; the worst first, then the most frequent."""
    found: dict[tuple[Severity, str], list[tuple[Finding, LaunchRecord]]] = defaultdict(list)
    for launch in launches:
        for finding in launch.findings:
            found[finding.severity, finding.code].append((finding, launch))
    groups = [_group(severity, code, pairs) for (severity, code), pairs in found.items()]
    return tuple(
        sorted(groups, key=lambda group: (_WORST_FIRST.index(group.severity), -group.launches, group.code))
    )


def left_out(launches: Sequence[LaunchRecord]) -> tuple[LeftOut, ...]:
    """The launches that enter no statistic, with the evidence."""
    return tuple(
        _left_out(launch, reason) for launch in launches if (reason := unusable_reason(launch)) is not None
    )


def repeated(earlier: Sequence[LaunchRecord]) -> tuple[LeftOut, ...]:
    """Attempts that another one of the same launch took the place of, with the evidence."""
    return tuple(_left_out(record, unusable_reason(record) or "repeated") for record in earlier)


def _derived(launch_id: str, phone: PhoneDigest) -> Iterator[Finding]:
    if phase := phone.steady.get(launch_id):
        yield from phase.findings
    if finding := phone.outputs.get(launch_id):
        yield finding


def _left_out(launch: LaunchRecord, reason: str) -> LeftOut:
    return LeftOut(
        launch=launch.request.index + 1,
        model=launch.request.model,
        threads=launch.request.threads,
        attempt=launch.attempt,
        reason=outcome_words(reason),
        evidence=launch.evidence,
    )


def _group(severity: Severity, code: str, pairs: Sequence[tuple[Finding, LaunchRecord]]) -> FindingGroup:
    messages = tuple(dict.fromkeys(finding.message for finding, _ in pairs))
    return FindingGroup(
        code=code,
        severity=severity,
        launches=len({launch.request.launch_id for _, launch in pairs}),
        models=tuple(dict.fromkeys(launch.request.model for _, launch in pairs)),
        messages=messages[:_MESSAGES_SHOWN],
        more_messages=max(0, len(messages) - _MESSAGES_SHOWN),
    )
