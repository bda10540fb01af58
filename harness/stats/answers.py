"""Verdicts from launches: pairs are made, the rule is applied, and what disturbed one side only is weighed.

Which questions a run asks, and when it may stop, is `comparison`'s business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from harness.results.records import Finding, MetricName
from harness.stats.difference import Differences, Floats, bootstrap_interval, paired, unpaired
from harness.stats.estimate import Estimate
from harness.stats.launches import LaunchFigures
from harness.stats.metrics import METRICS
from harness.stats.rule import FEWEST_PAIRS, Decisions, Design, decide
from harness.stats.verdict import VERDICTS, Verdict
from harness.units import format_share

HOPELESS_AFTER = 8
"""Pairs after which an answer that rests on a disturbance of one side is given up."""
HOPELESS_SHARE = 0.75
"""Share of lopsided pairs at which it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One metric of one candidate beside the baseline, on one phone with one thread count."""

    phone_id: str
    threads: int
    baseline_sha256: str
    candidate_sha256: str
    metric: MetricName
    margin: float
    above: Sequence[LaunchFigures]
    """The candidate's usable launches."""
    below: Sequence[LaunchFigures]
    """The baseline's."""


class _Wording(NamedTuple):
    """How a lack of observations is said."""

    observations: str
    nothing: str


_PAIRS = _Wording("pairs", "no block holds a usable launch of both")
_LAUNCHES = _Wording("launches of each", "one of the runs has no usable launch of it")


def paired_verdicts(questions: Sequence[Question], design: Design, blocks: int) -> tuple[Verdict, ...]:
    """Answer questions of one run, whose launches are paired by block.

    Args:
        questions: all that are asked of one phone.
        design: the looks that were planned.
        blocks: how many of the first blocks have ended; the last look among them counts.
    """
    look = sum(count <= blocks for count in design.looks) - 1
    pairs = design.looks[look] if look >= 0 else blocks
    table = np.array([_log_ratios(one, pairs) for one in questions]).reshape(len(questions), pairs)
    found = paired(table)
    decisions = decide(
        found,
        design,
        max(look, 0),
        np.array([one.margin for one in questions]),
        resampled=_resampled(questions, table, design.interval_p(max(look, 0))),
    )
    verdicts = [_verdict(one, found, decisions, place, _PAIRS) for place, one in enumerate(questions)]
    if look < 0:
        return tuple(map(_too_early, verdicts))
    return tuple(
        _weighed(question, verdict, pairs, strict=design.strict)
        for question, verdict in zip(questions, verdicts, strict=True)
    )


def unpaired_verdicts(questions: Sequence[Question]) -> tuple[Verdict, ...]:
    """Answer questions about two runs that were measured one after the other: a single look, Welch's t.

    Only the strict rule is used. What changed on the phone between the runs is in the difference and in no
    interval, so a difference counts only if the whole interval lies beyond the margin.
    """
    each = [unpaired(_figures(one.above, one.metric), _figures(one.below, one.metric)) for one in questions]
    names = ("count", "mean", "standard_error", "freedom")
    found = Differences(**{name: np.array([getattr(one, name) for one in each]) for name in names})
    design = Design.fixed(FEWEST_PAIRS, cells=len(questions), strict=True)
    decisions = decide(found, design, 0, np.array([one.margin for one in questions]))
    verdicts = (_verdict(one, found, decisions, place, _LAUNCHES) for place, one in enumerate(questions))
    return tuple(_told(question, verdict) for question, verdict in zip(questions, verdicts, strict=True))


def _told(question: Question, verdict: Verdict) -> Verdict:
    """The verdict with a word on disturbed launches where one run had a larger share of them."""
    above, below = ([one.disturbed for one in side] for side in (question.above, question.below))
    if not METRICS[question.metric].is_time or sum(above) * len(below) == sum(below) * len(above):
        return verdict
    finding = Finding(
        code="disturbed_unevenly",
        severity="warning",
        message=f"The phone throttled itself or was not ready in {sum(above)} of {len(above)} launches of "
        f"the candidate's run and in {sum(below)} of {len(below)} of the baseline's; measure both in one "
        "run.",
    )
    return replace(verdict, findings=(*verdict.findings, finding))


def _log_ratios(question: Question, pairs: int) -> Floats:
    """ln(candidate / baseline) of each block, shape (pairs,); NaN where a figure is lacking."""
    above, below = _by_block(question.above, question.metric), _by_block(question.below, question.metric)
    ratios = np.full(pairs, np.nan)
    for block in above.keys() & below.keys():
        if block < pairs:
            ratios[block] = np.log(above[block] / below[block])
    return ratios


def _by_block(launches: Sequence[LaunchFigures], metric: MetricName) -> Mapping[int, float]:
    figure = METRICS[metric].figure
    return {one.block: value for one in launches if (value := getattr(one, figure))}


def _figures(launches: Sequence[LaunchFigures], metric: MetricName) -> Floats:
    return np.array([value for one in launches if (value := getattr(one, METRICS[metric].figure))])


def _resampled(questions: Sequence[Question], table: Floats, level: float) -> tuple[Floats, Floats]:
    """Ends of the bootstrap intervals of the metrics that have one; NaN for the others."""
    ends = np.full((2, len(questions)), np.nan)
    for place, one in enumerate(questions):
        known = table[place][np.isfinite(table[place])]
        if METRICS[one.metric].resampled and known.size > 1:
            ends[:, place] = bootstrap_interval(known, level)
    return ends[0], ends[1]


def _verdict(
    question: Question, found: Differences, decisions: Decisions, place: int, wording: _Wording
) -> Verdict:
    count = int(found.count[place])
    name = VERDICTS[decisions.verdict[place]]
    ratio = _ratio(question, found, decisions, place, wording)
    futile = bool(decisions.futile[place])
    reason = _reason(question, ratio, wording, futile=futile) if name == "inconclusive" else ""
    p = float(decisions.adjusted_p[place]) if count > 1 else None
    return Verdict(
        phone_id=question.phone_id,
        threads=question.threads,
        baseline_sha256=question.baseline_sha256,
        candidate_sha256=question.candidate_sha256,
        metric=question.metric,
        verdict=name,
        ratio=ratio,
        margin=question.margin,
        p=p,
        futile=futile,
        reason=reason,
        missing={} if p is not None else {"p": ratio.missing.get("low", "no interval")},
    )


def _ratio(
    question: Question, found: Differences, decisions: Decisions, place: int, wording: _Wording
) -> Estimate:
    count = int(found.count[place])
    if count == 0:
        reason = _why_nothing(question, wording)
        return Estimate(
            count=0, value=None, low=None, high=None, missing=dict.fromkeys(("value", "low", "high"), reason)
        )
    value = float(np.exp(found.mean[place]))
    if count == 1:
        few = f"an interval needs at least 2 {wording.observations}, there is 1"
        return Estimate(count=1, value=value, low=None, high=None, missing={"low": few, "high": few})
    low, high = float(np.exp(decisions.low[place])), float(np.exp(decisions.high[place]))
    return Estimate(count=count, value=value, low=low, high=high)


def _why_nothing(question: Question, wording: _Wording) -> str:
    for one in (*question.above, *question.below):
        if reason := one.missing.get(METRICS[question.metric].figure):
            return reason
    return wording.nothing


def _reason(question: Question, ratio: Estimate, wording: _Wording, *, futile: bool) -> str:
    if ratio.value is None or ratio.low is None or ratio.high is None:
        return ratio.missing.get("value", ratio.missing["low"])
    if ratio.count < FEWEST_PAIRS:
        return _too_few(ratio.count, wording)
    interval = f"the ratio lies between {ratio.low:.3f} and {ratio.high:.3f}"
    hopeless = "; more pairs would hardly decide" if futile else ""
    return f"{interval}, the margin is {format_share(question.margin)}{hopeless}"


def _too_few(count: int, wording: _Wording) -> str:
    return f"a verdict needs at least {FEWEST_PAIRS} {wording.observations}, there are {count}"


def _too_early(verdict: Verdict) -> Verdict:
    """Before the first look there is no verdict, whatever the numbers are."""
    reason = verdict.reason or _too_few(verdict.ratio.count, _PAIRS)
    return replace(verdict, verdict="inconclusive", futile=False, reason=reason)


def _weighed(question: Question, verdict: Verdict, pairs: int, *, strict: bool) -> Verdict:
    """An answer on a time must also hold without the pairs of which one side alone was disturbed."""
    if not METRICS[question.metric].is_time:
        return verdict
    above, below = ({one.block: one.disturbed for one in side} for side in (question.above, question.below))
    both = [block for block in above.keys() & below.keys() if block < pairs]
    lopsided = {block for block in both if above[block] != below[block]}
    if not lopsided:
        return verdict
    finding = _finding(sum(above[block] for block in both), sum(below[block] for block in both), len(both))
    told = replace(verdict, findings=(*verdict.findings, finding))
    ratios = _log_ratios(question, pairs)
    ratios[list(lopsided)] = np.nan
    if not verdict.is_decided or _holds(ratios, question, verdict, strict=strict):
        return told
    hopeless = pairs >= HOPELESS_AFTER and len(lopsided) >= HOPELESS_SHARE * len(both)
    return replace(
        told,
        verdict="inconclusive",
        futile=hopeless,
        reason=f"{verdict.words} would rest on launches during which the phone was disturbed",
    )


def _holds(ratios: Floats, question: Question, verdict: Verdict, *, strict: bool) -> bool:
    """Whether the pairs that are left, taken as a fixed plan, say the same."""
    count = int(np.isfinite(ratios).sum())
    if count < FEWEST_PAIRS:
        return False
    kept = decide(paired(ratios[None]), Design.fixed(count, strict=strict), 0, question.margin)
    return bool(VERDICTS[kept.verdict[0]] == verdict.verdict)


def _finding(above: int, below: int, pairs: int) -> Finding:
    return Finding(
        code="disturbed_unevenly",
        severity="warning",
        message=f"The phone throttled itself or was not ready in {above} of {pairs} launches of the "
        f"candidate and in {below} of the baseline; let it cool between launches (ready.battery_celsius), or "
        "find out whether the candidate heats it more.",
    )
