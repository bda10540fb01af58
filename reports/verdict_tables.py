"""The verdicts of a comparison as a table of figures, and as JSON.

What the figures mean is `harness.stats.verdict`'s, the picture of them `verdict_chart`'s.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import to_jsonable_python

from harness.results.records import Artifact, Finding, MetricName
from harness.stats.estimate import Estimate, geometric_mean
from harness.stats.launches import LaunchFigures
from harness.stats.metrics import METRICS
from harness.stats.verdict import Verdict
from harness.stats.wording import metric_words
from harness.units import format_bytes, format_duration_ns, format_kib, format_share
from reports.digest import PhoneDigest, RunDigest
from reports.shown import DASH, Heading, Shown, Table, shown

_FORMS: Mapping[MetricName, Callable[[float], str]] = {"peak_memory": format_kib}
"""How a metric's figures are written that are no times."""


def verdict_table(verdicts: Sequence[Verdict], phone: PhoneDigest, run: RunDigest) -> Table:
    """A row for each metric of each candidate with each thread count.

    Args:
        verdicts: on that phone.
        phone: the phone.
        run: its run, whose first model is the baseline.
    """
    candidates = {one.candidate_sha256 for one in verdicts}
    threads = {one.threads for one in verdicts}
    headings = (
        Heading("Metric", is_number=False, in_terminal="metric"),
        *_where(len(candidates) > 1, len(threads) > 1),
        Heading("Baseline", _label(verdicts[0].baseline_sha256, run), in_terminal="baseline"),
        Heading(
            "Candidate", "" if len(candidates) > 1 else _label(min(candidates), run), in_terminal="candidate"
        ),
        Heading("Ratio", in_terminal="ratio"),
        Heading("95 % interval", in_terminal="95 % interval"),
        Heading("Margin", in_terminal="margin"),
        Heading("Pairs", in_terminal="pairs"),
        Heading("Verdict", is_number=False, in_terminal="verdict"),
    )
    rows = tuple(
        (
            Shown(metric_words(one)),
            *([Shown(_label(one.candidate_sha256, run))] if len(candidates) > 1 else []),
            *([shown(one.threads, "{:.0f}".format)] if len(threads) > 1 else []),
            _figure(one, one.baseline_sha256, phone, run),
            _figure(one, one.candidate_sha256, phone, run),
            *ratio_cells(one),
        )
        for one in verdicts
    )
    return Table("Verdicts", headings, rows)


def ratio_cells(verdict: Verdict) -> tuple[Shown, ...]:
    """Ratio, interval, margin, pairs and verdict of one row."""
    ratio = verdict.ratio
    is_exact = verdict.metric == "size"
    return (
        shown(ratio.value, "{:.3f}".format, ratio.missing.get("value", "")),
        Shown("exact") if is_exact else _interval(ratio),
        Shown(format_share(verdict.margin)),
        Shown(DASH, "a size is exact") if is_exact else Shown(str(ratio.count)),
        Shown(", ".join(filter(None, (verdict.verdict, verdict.shift))), verdict.reason),
    )


def mean_cell(metric: MetricName, launches: Sequence[LaunchFigures]) -> Shown:
    """A model's own figure: the geometric mean over its usable launches, of which ratios are made too."""
    name = METRICS[metric].figure
    reasons = [launch.missing[name] for launch in launches if name in launch.missing]
    values = [value for launch in launches if (value := getattr(launch, name)) is not None]
    mean = geometric_mean(values, nothing=next(iter(reasons), "no usable launch"))
    return shown(mean.value, _FORMS.get(metric, format_duration_ns), mean.missing.get("value", ""))


def size_cell(artifact: Artifact) -> Shown:
    """The size of a model file."""
    return shown(artifact.file_bytes, format_bytes)


def verdict_findings(verdicts: Sequence[Verdict]) -> tuple[Finding, ...]:
    """What a reader must know before believing them, each once."""
    return tuple(dict.fromkeys(finding for one in verdicts for finding in one.findings))


def comparison_json(run: RunDigest) -> dict[str, Any] | None:
    """How a comparison stands on each phone; None of a run that compares nothing."""
    if not run.is_comparison:
        return None
    baseline = next(iter(run.artifacts.values()))
    return {
        "baseline": run.labels[baseline.sha256],
        "baseline_sha256": baseline.sha256,
        "plan": to_jsonable_python(run.run.plan["compare"]),
        "phones": [_phone_json(phone, run) for phone in run.phones],
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """One verdict as plain types."""
    return {**to_jsonable_python(verdict), "words": verdict.words}


def _label(sha256: str, run: RunDigest) -> str:
    """A model's name, with the sign of the note that stands below its results."""
    return f"{run.labels[sha256]} †" if run.artifacts[sha256].note else run.labels[sha256]


def _where(many_candidates: bool, many_threads: bool) -> Iterator[Heading]:
    if many_candidates:
        yield Heading("Model", is_number=False, in_terminal="model")
    if many_threads:
        yield Heading("Threads", in_terminal="threads")


def _figure(verdict: Verdict, sha256: str, phone: PhoneDigest, run: RunDigest) -> Shown:
    """A model's own figure."""
    if verdict.metric == "size":
        return size_cell(run.artifacts[sha256])
    key = (verdict.phone_id, sha256, verdict.threads)
    return mean_cell(
        verdict.metric, [one for cell in phone.cells if cell.key == key for one in cell.launches]
    )


def _interval(ratio: Estimate) -> Shown:
    if ratio.low is None or ratio.high is None:
        return Shown(DASH, ratio.missing["low"])
    return Shown(f"{ratio.low:.3f} to {ratio.high:.3f}")


def _phone_json(phone: PhoneDigest, run: RunDigest) -> dict[str, Any]:
    comparison = phone.comparison
    assert comparison
    return {
        "phone_id": comparison.phone_id,
        "virtual": phone.phone.is_virtual,
        "pairs": comparison.pairs,
        "max_pairs": comparison.max_pairs,
        "minutes": comparison.minutes,
        "decided": comparison.is_decided,
        "over": comparison.is_over,
        "words": comparison.words,
        "verdicts": [
            {
                **verdict_json(one),
                "candidate": run.labels[one.candidate_sha256],
                "virtual": phone.phone.is_virtual,
                "baseline_value": _figure(one, one.baseline_sha256, phone, run).sort,
                "candidate_value": _figure(one, one.candidate_sha256, phone, run).sort,
            }
            for one in comparison.verdicts
        ],
    }
