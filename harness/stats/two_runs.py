"""Two runs that were measured one after the other: whether they may be compared, and the verdicts if so.

Nothing is paired, so what changed on the phone between them looks like a difference of the models; a finding
says so. A comparison within one run is `comparison`'s business.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from harness.measure.plan import Plan
from harness.measure.plan_file import read_plan
from harness.measure.plan_sections import Compare
from harness.results.records import Artifact, Finding, LaunchRecord, PhoneFacts, PhoneNoise, Run
from harness.stats.answers import Question, unpaired_verdicts
from harness.stats.comparison import figures_on, margin_on, size_verdict
from harness.stats.setup import differing, setup_of, setup_words
from harness.stats.verdict import Verdict

NOT_INTERLEAVED = Finding(
    code="not_interleaved",
    severity="warning",
    message="The runs were measured one after the other, so a phone that was warmer, busier or changed in "
    "between looks like a difference; only one that lies wholly beyond the margin counts. Better compare the "
    "models in one run (elbench compare A B).",
)
_KEYS = (
    "mode",
    "sustained_minutes",
    "foreground",
    "duet",
    "duet_block",
    "warmup",
    "measure",
    "memory",
    "settings",
)
"""Of a plan, what decides a launch's numbers."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A run and its journal."""

    run: Run
    launches: Sequence[LaunchRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One model of both runs on one phone with one thread count."""

    phone: PhoneFacts
    threads: int
    baseline: Artifact
    candidate: Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One question and its answer."""

    match: Match
    verdict: Verdict
    question: Question | None
    """The launches that it rests on; None of the size of a file, which needs none."""


def matches(baseline: Run, candidate: Run) -> tuple[Match, ...]:
    """What both runs measured: models of one name, or the only model of each, on the same phones.

    Args:
        baseline: the earlier run.
        candidate: the run that is judged.
    """
    phones = {phone.phone_id for phone in baseline.phones}
    before = {request.threads for request in baseline.schedule}
    threads = sorted(before & {request.threads for request in candidate.schedule})
    return tuple(
        Match(phone=phone, threads=count, baseline=old, candidate=new)
        for phone in candidate.phones
        if phone.phone_id in phones
        for count in threads
        for old, new in _same_models(baseline.artifacts, candidate.artifacts)
    )


def obstacles(baseline: Measured, candidate: Measured) -> tuple[str, ...]:
    """Each reason why the runs may not be compared; none where they may."""
    if baseline.run.run_id == candidate.run.run_id:
        return ("both are the same run",)
    found = matches(baseline.run, candidate.run)
    if not found:
        return tuple(_nothing_shared(baseline.run, candidate.run))
    plans = [read_plan(one.run.plan, where=one.run.run_id) for one in (baseline, candidate)]
    return (
        *_plan_differences(*plans),
        *dict.fromkeys(_setup_differences(found)),
        *_runner_differences(baseline, candidate, found),
    )


def compare_two_runs(
    baseline: Measured, candidate: Measured, wanted: Compare, *, noise: Sequence[PhoneNoise] = ()
) -> tuple[Answered, ...]:
    """The verdicts on everything that both runs measured, by phone, threads, model and metric.

    Args:
        baseline: the earlier run.
        candidate: the run that is judged; `obstacles` found none.
        wanted: metrics and margin; the rule is always the strict one.
        noise: what is known of the phones' noise now.
    """
    known = replace(candidate.run, noise=(*candidate.run.noise, *noise))
    figures = [
        {phone.phone_id: figures_on(phone, _on(phone, one.launches)) for phone in one.run.phones}
        for one in (baseline, candidate)
    ]
    found = matches(baseline.run, candidate.run)
    asked = [
        (
            match,
            Question(
                phone_id=match.phone.phone_id,
                threads=match.threads,
                baseline_sha256=match.baseline.sha256,
                candidate_sha256=match.candidate.sha256,
                metric=metric,
                margin=margin_on(match.phone.phone_id, known, metric, match.threads, wanted.margin),
                above=figures[1][match.phone.phone_id].get((match.candidate.sha256, match.threads), ()),
                below=figures[0][match.phone.phone_id].get((match.baseline.sha256, match.threads), ()),
            ),
        )
        for match in found
        for metric in wanted.metrics
    ]
    verdicts = unpaired_verdicts([question for _, question in asked])
    sizes = (
        (
            match,
            size_verdict(match.phone.phone_id, match.threads, match.baseline, match.candidate, wanted.margin),
        )
        for match in _first_of_each_pair(found)
    )
    return (
        *(
            Answered(
                match=match,
                verdict=replace(verdict, findings=(*verdict.findings, NOT_INTERLEAVED)),
                question=question,
            )
            for (match, question), verdict in zip(asked, verdicts, strict=True)
        ),
        *(Answered(match=match, verdict=verdict, question=None) for match, verdict in sizes),
    )


def _first_of_each_pair(found: Sequence[Match]) -> Collection[Match]:
    """A match for each pair of files, whose sizes are the same on every phone with every thread count."""
    first: dict[tuple[str, str], Match] = {}
    for one in found:
        first.setdefault((one.baseline.sha256, one.candidate.sha256), one)
    return first.values()


def _on(phone: PhoneFacts, launches: Sequence[LaunchRecord]) -> list[LaunchRecord]:
    return [launch for launch in launches if launch.request.phone_id == phone.phone_id]


def _same_models(before: Sequence[Artifact], now: Sequence[Artifact]) -> Iterator[tuple[Artifact, Artifact]]:
    """Of several files of one network, those that were made ready alike."""
    if len(before) == len(now) == 1:
        yield before[0], now[0]
        return
    for new in now:
        named = [old for old in before if old.model == new.model]
        alike = [old for old in named if setup_of(old) == setup_of(new)]
        yield from ((old, new) for old in (alike or named)[:1])


def _nothing_shared(baseline: Run, candidate: Run) -> Iterator[str]:
    phones = [{phone.phone_id: phone.name for phone in run.phones} for run in (baseline, candidate)]
    if not phones[0].keys() & phones[1].keys():
        names = [", ".join(f"{name} ({phone_id})" for phone_id, name in one.items()) for one in phones]
        yield f"no phone is in both: {' and '.join(names)}"
    threads = [sorted({request.threads for request in run.schedule}) for run in (baseline, candidate)]
    if not set(threads[0]) & set(threads[1]):
        yield f"no thread count is in both: {' and '.join(', '.join(map(str, one)) for one in threads)}"
    models = [", ".join(artifact.model for artifact in run.artifacts) for run in (baseline, candidate)]
    if not any(True for _ in _same_models(baseline.artifacts, candidate.artifacts)):
        yield f"no model is in both: {' and '.join(models)}"


def _plan_differences(before: Plan, now: Plan) -> Iterator[str]:
    for key in _KEYS:
        old, new = _flat(key, getattr(before, key)), _flat(key, getattr(now, key))
        yield from (f"{name} is {value} and {new[name]}" for name, value in old.items() if new[name] != value)


def _flat(key: str, value: object) -> dict[str, Any]:
    if not isinstance(value, BaseModel):
        return {key: value}
    return {f"{key}.{name}": one for name, one in value.model_dump().items()}


def _setup_differences(found: Sequence[Match]) -> Iterator[str]:
    for match in found:
        setups = setup_of(match.baseline), setup_of(match.candidate)
        if names := differing(setups):
            old, new = (setup_words(one, names) for one in setups)
            yield f"{match.candidate.model} has {old} and {new}"


def _runner_differences(baseline: Measured, candidate: Measured, found: Sequence[Match]) -> Iterator[str]:
    """What ran the models on each phone, as its launches say."""
    for phone in {match.phone.phone_id: match.phone for match in found}.values():
        before, now = (_ran_by(phone, one) for one in (baseline, candidate))
        for name, old in before.items():
            if old and now[name] and old != now[name]:
                yield f"{name} on {phone.name} is {old} and {now[name]}"


def _ran_by(phone: PhoneFacts, measured: Measured) -> Mapping[str, str]:
    runners = [launch.runner for launch in _on(phone, measured.launches) if launch.runner]
    facts = next(one for one in measured.run.phones if one.phone_id == phone.phone_id)
    return {
        "the runtime": ", ".join(sorted({one.runtime for one in runners})),
        "the runner": ", ".join(sorted({one.version for one in runners})),
        "the ABI": ", ".join(sorted({one.abi for one in runners})),
        "the engine": facts.engine or "",
    }
