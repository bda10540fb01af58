"""Each claim of the abstract judged on one run: ELNet-1.0 against every baseline of the same setup.

What is counted (MACs, parameters) is judged exactly, latency by the interval of the paired ratio, accuracy by
the interval of the difference. An interval that leaves it open decides nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.results.records import Artifact, Evaluation, PhoneFacts, Run
from harness.stats.accuracy import difference, top1
from harness.stats.claims import (
    Claim,
    ClaimKey,
    Comparison,
    Verdict,
    compared,
    is_baseline,
    is_subject,
    not_compared,
    verdict_on,
)
from harness.stats.ratio import paired_ratio
from harness.stats.setup import setup_of
from harness.stats.summary import CellSummary

KEPT_WITHIN = 0.01
"""Accuracy counts as kept where less than one point of top-1 is lost; the abstract gives no figure."""

_NO_RIVAL = "no baseline of the same input, recipe, precision and runtime"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a claim was judged; None: it is the same everywhere."""

    phone_id: str | None = None
    threads: int | None = None
    data: str | None = None

    def missing(self, key: ClaimKey) -> dict[str, str]:
        """Why each part that is None is."""
        reasons = {
            "phone_id": "the same on every phone",
            "threads": "the same with any number of threads",
            "data": "no model was evaluated" if key == "accuracy" else "not about accuracy",
        }
        return {name: why for name, why in reasons.items() if getattr(self, name) is None}


@dataclass(frozen=True, slots=True)
class _Contest:
    """One file of ELNet-1.0 and every baseline that it may be compared with."""

    subject: Artifact
    rivals: tuple[Artifact, ...]

    def claim(self, key: ClaimKey, place: _Place, compare: Callable[[Artifact], Comparison]) -> Claim:
        """The claim with the verdict that comparing with each baseline gives."""
        comparisons = tuple(map(compare, self.rivals))
        return self.decided(key, place, *verdict_on(comparisons, _NO_RIVAL), comparisons)

    def decided(
        self,
        key: ClaimKey,
        place: _Place,
        verdict: Verdict,
        text: str,
        comparisons: tuple[Comparison, ...] = (),
    ) -> Claim:
        """The claim with a verdict that is known."""
        return Claim(
            key=key,
            subject_sha256=self.subject.sha256,
            subject=self.subject.model,
            setup=setup_of(self.subject),
            phone_id=place.phone_id,
            threads=place.threads,
            data=place.data,
            verdict=verdict,
            text=text,
            comparisons=comparisons,
            missing=place.missing(key),
        )


def judge(run: Run, cells: Sequence[CellSummary], evaluations: Sequence[Evaluation]) -> tuple[Claim, ...]:
    """Judge every claim, in the abstract's order; nothing where the run holds no ELNet-1.0.

    Args:
        run: the run.
        cells: its summaries.
        evaluations: settled, one a phone, model file and data.
    """
    every = [_Contest(one, _rivals(one, run.artifacts)) for one in run.artifacts if is_subject(one)]
    contests = [contest for contest in every if contest.rivals] or every
    return (
        *(_counted("computation", "macs", contest) for contest in contests),
        *(_counted("parameters", "parameters", contest) for contest in contests),
        *(claim for contest in contests for claim in _latency(contest, run.phones, cells)),
        *(claim for phone in run.phones for claim in _accuracy(every, phone, evaluations)),
        *(_on_phone(every, phone, cells) for phone in run.phones if every),
    )


def _rivals(subject: Artifact, artifacts: Sequence[Artifact]) -> tuple[Artifact, ...]:
    return tuple(one for one in artifacts if is_baseline(one) and setup_of(one) == setup_of(subject))


def _counted(key: ClaimKey, name: Literal["macs", "parameters"], contest: _Contest) -> Claim:
    def compare(rival: Artifact) -> Comparison:
        ours, theirs = getattr(contest.subject, name), getattr(rival, name)
        if not ours or not theirs:
            lacking = rival if ours else contest.subject
            return not_compared(rival, lacking.missing.get(name, f"{lacking.model} has none"))
        ratio = ours / theirs
        return compared(rival, ratio, ratio, ratio, "for" if ratio < 1 else "against")

    return contest.claim(key, _Place(), compare)


def _latency(
    contest: _Contest, phones: Sequence[PhoneFacts], cells: Sequence[CellSummary]
) -> Iterator[Claim]:
    for phone in phones:
        own = [cell for cell in cells if cell.key.phone_id == phone.phone_id]
        for cell in own:
            if cell.key.artifact_sha256 == contest.subject.sha256:
                place = _Place(phone_id=phone.phone_id, threads=cell.key.threads)
                beside = _latency_beside(cell, own, invented=phone.engine == "modelled")
                yield contest.claim("latency", place, beside)


def _latency_beside(
    cell: CellSummary, cells: Sequence[CellSummary], *, invented: bool
) -> Callable[[Artifact], Comparison]:
    by_key = {other.key: other for other in cells}

    def compare(rival: Artifact) -> Comparison:
        other = by_key.get(cell.key._replace(artifact_sha256=rival.sha256))
        if invented or other is None:
            reason = "this virtual phone invents its times" if invented else "not planned"
            return not_compared(rival, reason)
        ratio = paired_ratio(cell.launches, other.launches)
        for estimate in (cell.latency_ns, other.latency_ns, ratio):
            if estimate.value is None:
                return not_compared(rival, estimate.missing["value"])
        if ratio.value is None or ratio.low is None or ratio.high is None:
            return not_compared(rival, ratio.missing["low"])
        standing = _standing(is_for=ratio.high < 1, is_against=ratio.low > 1)
        return compared(rival, ratio.value, ratio.low, ratio.high, standing)

    return compare


def _accuracy(
    contests: Sequence[_Contest], phone: PhoneFacts, evaluations: Sequence[Evaluation]
) -> Iterator[Claim]:
    own = [one for one in evaluations if one.phone_id == phone.phone_id]
    evaluated = [
        (contest, evaluation)
        for contest in contests
        for evaluation in own
        if evaluation.artifact_sha256 == contest.subject.sha256
    ]
    for contest, evaluation in evaluated:
        place = _Place(phone_id=phone.phone_id, data=evaluation.data.name)
        yield contest.claim("accuracy", place, _accuracy_beside(evaluation, own))
    if contests and not evaluated:
        text = "not measured (no ELNet-1.0 with trained weights was evaluated)"
        yield contests[0].decided("accuracy", _Place(phone_id=phone.phone_id), "not measured", text)


def _accuracy_beside(
    evaluation: Evaluation, evaluations: Sequence[Evaluation]
) -> Callable[[Artifact], Comparison]:
    same_data = {one.artifact_sha256: one for one in evaluations if one.data.sha256 == evaluation.data.sha256}

    def compare(rival: Artifact) -> Comparison:
        other = same_data.get(rival.sha256)
        if other is None:
            return not_compared(rival, "not evaluated on these images")
        (ours, why), (theirs, why_not) = top1(evaluation), top1(other)
        if ours is None or theirs is None:
            return not_compared(rival, why or why_not)
        lead = difference(ours, theirs)
        standing = _standing(is_for=lead.low > -KEPT_WITHIN, is_against=lead.high < -KEPT_WITHIN)
        return compared(rival, lead.value, lead.low, lead.high, standing)

    return compare


def _standing(*, is_for: bool, is_against: bool) -> Literal["for", "against", "undecided"]:
    return "for" if is_for else "against" if is_against else "undecided"


def _on_phone(contests: Sequence[_Contest], phone: PhoneFacts, cells: Sequence[CellSummary]) -> Claim:
    """That ELNet ran, and computed what it should, in every launch on a real phone."""
    files = {contest.subject.sha256 for contest in contests}
    own = [c for c in cells if c.key.phone_id == phone.phone_id and c.key.artifact_sha256 in files]
    verdict, text = _verdict_on_launches(
        phone, launched=sum(cell.attempted for cell in own), usable=sum(cell.ok for cell in own)
    )
    return contests[0].decided("phones", _Place(phone_id=phone.phone_id), verdict, text)


def _verdict_on_launches(phone: PhoneFacts, *, launched: int, usable: int) -> tuple[Verdict, str]:
    if phone.is_virtual:
        return "not measured", "not measured (a virtual phone is no Android phone)"
    if not launched:
        return "not measured", "not measured (nothing was launched)"
    if usable < launched:
        lost = f"{launched - usable} of {launched} launches failed or were invalid"
        return "does not hold", f"does not hold ({lost})"
    return "holds", "holds"
