"""Exact comparisons as readers see them: one table, or one JSON object, for each pair of model files.

Made for a comparison's own pair, and for the files of one network that a run holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from harness.results.records import Artifact, PhoneFacts
from harness.stats.exact import compare_exactly
from harness.stats.exact_change import ExactChange, ExactMetric
from harness.units import printable
from reports.digest import RunDigest
from reports.names import phone_kind, phone_names
from reports.shown import DASH, Heading, Shown, Table

METRIC_LABELS: Mapping[ExactMetric, str] = {
    "parameters": "Parameters",
    "macs": "MACs",
    "file_bytes": "File, bytes",
    "allocated_bytes": "Allocated by one forward on the host, bytes",
    "allocations": "Allocations of one forward on the host",
    "operators": "Operators, different ones",
    "output": "Output, digest",
    "instructions": "Instructions of one forward",
}


@dataclass(frozen=True, slots=True)
class ExactComparison:
    """Two model files, and all that is exact about them."""

    baseline: str
    """Name for people."""
    candidate: str
    """Name for people, another one."""
    changes: tuple[ExactChange, ...]
    """Every metric, changed or not."""


def comparisons_within(run: RunDigest) -> tuple[ExactComparison, ...]:
    """Each further file of a network that a run holds, against the first one of the same name."""
    first: dict[str, Artifact] = {}
    found = []
    for artifact in run.artifacts.values():
        baseline = first.setdefault(artifact.model, artifact)
        if baseline is not artifact:
            labels = run.labels[baseline.sha256], run.labels[artifact.sha256]
            found.append(ExactComparison(*labels, _changes(baseline, artifact, run)))
    return tuple(found)


def comparisons_with_first(run: RunDigest) -> tuple[ExactComparison, ...]:
    """Every further file of a run against its first one, as a comparison's verdicts have it."""
    baseline, *candidates = run.artifacts.values()
    return tuple(
        ExactComparison(run.labels[baseline.sha256], run.labels[one.sha256], _changes(baseline, one, run))
        for one in candidates
    )


def exact_comparisons(run: RunDigest) -> tuple[ExactComparison, ...]:
    """What a run compares exactly: with its first file in a comparison, else the files of one network."""
    return comparisons_with_first(run) if run.is_comparison else comparisons_within(run)


def exact_table(comparison: ExactComparison, phones: Sequence[PhoneFacts]) -> Table:
    """A row for each metric, changed or not; `phones` are those that outputs came from."""
    headings = (
        Heading("Metric", is_number=False),
        Heading("Baseline", comparison.baseline),
        Heading("Candidate", comparison.candidate),
        Heading("Change", is_number=False),
    )
    places = _places(phones)
    caption = f"{comparison.candidate} against {comparison.baseline}, exactly"
    return Table(caption, headings, tuple(_row(change, places) for change in comparison.changes))


def exact_line(comparison: ExactComparison) -> str:
    """All that changed, in one line for a terminal."""
    said = "; ".join(change.words for change in comparison.changes if change.changed) or "nothing changed"
    return printable(f"Exactly, {comparison.candidate} against {comparison.baseline}: {said}.")


def exact_json(comparison: ExactComparison, phones: Sequence[PhoneFacts]) -> dict[str, Any]:
    """The same as plain types; every entry says whether it is from a virtual phone."""
    virtual = {phone.phone_id for phone in phones if phone.is_virtual}
    return {
        "baseline": comparison.baseline,
        "candidate": comparison.candidate,
        "changes": [
            {
                **to_jsonable_python(change),
                "changed": change.changed,
                "virtual": change.phone_id in virtual,
            }
            for change in comparison.changes
        ],
    }


def _changes(baseline: Artifact, candidate: Artifact, run: RunDigest) -> tuple[ExactChange, ...]:
    launches = [launch for phone in run.phones for launch in phone.launches]
    counts = list(run.counts.values())
    return compare_exactly(
        baseline,
        candidate,
        baseline_launches=launches,
        candidate_launches=launches,
        baseline_counts=counts,
        candidate_counts=counts,
    )


def _places(phones: Sequence[PhoneFacts]) -> Mapping[str, str]:
    """Each phone by its id: its name, and that it is virtual where it is."""
    names = phone_names(phones)
    kinds = {phone.phone_id: phone_kind(phone) for phone in phones}
    return {
        phone_id: name + (f" ({kinds[phone_id]})" if kinds[phone_id] else "")
        for phone_id, name in names.items()
    }


def _row(change: ExactChange, places: Mapping[str, str]) -> tuple[Shown, ...]:
    where = ", ".join(filter(None, (places.get(change.phone_id, change.phone_id), change.where)))
    return (
        Shown(METRIC_LABELS[change.metric], where),
        _value(change, "baseline"),
        _value(change, "candidate"),
        Shown(change.verdict, change.words),
    )


def _value(change: ExactChange, side: str) -> Shown:
    value: int | tuple[str, ...] | None = getattr(change, side)
    if value is None:
        return Shown(DASH, change.missing[side])
    if isinstance(value, int):
        return Shown(f"{value:,}", sort=float(value))
    if change.metric == "output":
        return Shown(value[0][:12] if len(value) == 1 else f"{len(value)} different")
    return Shown(str(len(value)))
