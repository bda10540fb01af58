"""The verdicts of a run that compares models with its first one, and when it may stop.

A verdict is a function of the run's plan and of the launches in its journal, nothing else: a comparison that
was interrupted and continued ends as it would have ended at once. Looks are taken at planned pair counts
only; pairs beyond the last look reached wait for the next one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from harness.errors import BadRunDirectory
from harness.measure.plan_sections import Compare
from harness.results.records import Artifact, LaunchRecord, MetricName, PhoneFacts, Run
from harness.stats.answers import Question, paired_verdicts
from harness.stats.emulation import is_emulated, without_costs
from harness.stats.estimate import Estimate
from harness.stats.launches import LaunchFigures, reduce_launch, settled, usable
from harness.stats.rule import Design
from harness.stats.verdict import Verdict, VerdictName


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneComparison:
    """How a comparison stands on one phone."""

    phone_id: str
    """The phone."""
    pairs: int
    """Pairs measured so far, failed ones too; the verdicts rest on those up to the last look."""
    max_pairs: int
    """The most that are planned."""
    verdicts: tuple[Verdict, ...]
    """By thread count, candidate and metric; then the sizes of the files."""
    minutes: float
    """Host time that its finished blocks took, every attempt and the gates before them."""
    max_minutes: float | None
    """After which no further block begins; None: no limit."""

    @property
    def is_decided(self) -> bool:
        """Whether every cell has its verdict."""
        return all(one.is_decided for one in self.verdicts)

    @property
    def is_settled(self) -> bool:
        """Whether it may stop: every cell is decided or will hardly ever be."""
        return all(one.is_decided or one.futile for one in self.verdicts)

    @property
    def is_out_of_time(self) -> bool:
        """Whether the minutes that were planned are over."""
        return self.max_minutes is not None and self.minutes >= self.max_minutes

    @property
    def is_over(self) -> bool:
        """Whether no further block is wanted."""
        return self.is_settled or self.is_out_of_time

    @property
    def words(self) -> str:
        """How it stopped: `decided after 9 of at most 40 pairs`."""
        of = f"{self.pairs} of at most {self.max_pairs} pairs"
        if self.is_decided:
            return f"decided after {of}"
        if self.pairs < self.max_pairs and self.is_settled:
            return f"stopped after {of}: {self._hopeless}"
        if self.pairs < self.max_pairs and self.is_out_of_time:
            return f"{self._undecided} after {of}: its {self.max_minutes:g} minutes are over"
        return f"{self._undecided} after {of}"

    @property
    def _hopeless(self) -> str:
        """Why more pairs would not help."""
        if any(one.ratio.count for one in self.verdicts if not one.is_decided):
            return "more would hardly decide the rest"
        return "none of them could be used"

    @property
    def _undecided(self) -> str:
        """The size of a file is known without a pair."""
        some = any(one.is_decided for one in self.verdicts if one.metric != "size")
        return "partly decided" if some else "undecided"


def is_comparison(run: Run) -> bool:
    """Whether a run compares its models with its first one; an older elbench's run does not."""
    return run.plan.get("compare") is not None


def compare(run: Run, launches: Sequence[LaunchRecord]) -> tuple[PhoneComparison, ...]:
    """The verdicts of a comparison, complete or not, one entry a phone.

    Args:
        run: a run whose plan has `compare`; its first artifact is the baseline.
        launches: its journal so far.
    """
    return tuple(compare_on(phone, run, launches) for phone in run.phones)


def compare_on(phone: PhoneFacts, run: Run, launches: Iterable[LaunchRecord]) -> PhoneComparison:
    """How the comparison stands on one phone, whatever the others do.

    The correction counts the cells of all phones and takes those of the others as not different, so that no
    phone's verdict waits for another phone.
    """
    plan = _plan(run)
    every = [one for one in launches if one.request.phone_id == phone.phone_id]
    own = settled(every)
    questions = tuple(_questions(phone, run, plan, own))
    design = Design.sequential(plan.max_pairs, cells=len(questions) * len(run.phones), strict=plan.strict)
    blocks = _finished_blocks(phone, run, own)
    return PhoneComparison(
        phone_id=phone.phone_id,
        pairs=blocks,
        max_pairs=plan.max_pairs,
        verdicts=(*paired_verdicts(questions, design, blocks), *_sizes(phone, run, plan)),
        minutes=_minutes(one for one in every if one.request.block < blocks),
        max_minutes=plan.max_minutes,
    )


def _plan(run: Run) -> Compare:
    """What the run compares.

    Raises:
        BadRunDirectory: this elbench does not understand it.
    """
    try:
        return Compare.model_validate(run.plan["compare"])
    except ValidationError as error:
        raise BadRunDirectory(
            f"what it compares is not understood ({error.errors()[0]['msg']})",
            remedy="use the elbench that measured it, or compare again",
            where=run.run_id,
        ) from error


def margin_on(phone_id: str, run: Run, metric: MetricName, threads: int, margin: float) -> float:
    """δ of a metric on a phone: the plan's, or the noise floor measured there where that is larger."""
    floors = [
        one.floor
        for noise in run.noise
        if noise.phone_id == phone_id and noise.threads == threads
        for one in noise.metrics
        if one.metric == metric and one.floor is not None
    ]
    return max((margin, *floors))


def _finished_blocks(phone: PhoneFacts, run: Run, launches: Iterable[LaunchRecord]) -> int:
    """Leading blocks of which every launch has ended, well or badly."""
    ended = {launch.request.launch_id for launch in launches}
    planned = [request for request in run.schedule if request.phone_id == phone.phone_id]
    lacking = [request.block for request in planned if request.launch_id not in ended]
    return min(lacking, default=1 + max((request.block for request in planned), default=-1))


def _minutes(launches: Iterable[LaunchRecord]) -> float:
    """Host time of launches and of the gates before them; either launch of a duet took half of it."""
    spent_ns = (
        (one.wall_ns + (one.readiness.waited_ns if one.readiness else 0)) / (2 if one.request.beside else 1)
        for one in launches
    )
    return sum(spent_ns) / 60e9


def _questions(
    phone: PhoneFacts, run: Run, plan: Compare, launches: Iterable[LaunchRecord]
) -> Iterator[Question]:
    figures = figures_on(phone, launches)
    baseline, *candidates = run.artifacts
    for threads in sorted({request.threads for request in run.schedule}):
        for candidate in candidates:
            for metric in plan.metrics:
                yield Question(
                    phone_id=phone.phone_id,
                    threads=threads,
                    baseline_sha256=baseline.sha256,
                    candidate_sha256=candidate.sha256,
                    metric=metric,
                    margin=margin_on(phone.phone_id, run, metric, threads, plan.margin),
                    above=figures.get((candidate.sha256, threads), ()),
                    below=figures.get((baseline.sha256, threads), ()),
                )


def figures_on(
    phone: PhoneFacts, launches: Iterable[LaunchRecord]
) -> Mapping[tuple[str, int], Sequence[LaunchFigures]]:
    """What enters comparisons of a phone's usable launches, by model file and thread count."""
    figures: dict[tuple[str, int], list[LaunchFigures]] = defaultdict(list)
    for launch in usable(launches):
        reduced = reduce_launch(launch)
        own = without_costs(reduced) if is_emulated(phone) else reduced
        figures[launch.request.artifact_sha256, launch.request.threads].append(own)
    return figures


def _sizes(phone: PhoneFacts, run: Run, plan: Compare) -> Iterator[Verdict]:
    baseline, *candidates = run.artifacts
    threads = min((request.threads for request in run.schedule), default=1)
    return (size_verdict(phone.phone_id, threads, baseline, one, plan.margin) for one in candidates)


def size_verdict(
    phone_id: str, threads: int, baseline: Artifact, candidate: Artifact, margin: float
) -> Verdict:
    """The verdict on the size of a file, which is exact."""
    ratio = candidate.file_bytes / baseline.file_bytes
    name: VerdictName = "equivalent"
    if ratio > 1 + margin:
        name = "regressed"
    elif ratio < 1 - margin:
        name = "improved"
    return Verdict(
        phone_id=phone_id,
        threads=threads,
        baseline_sha256=baseline.sha256,
        candidate_sha256=candidate.sha256,
        metric="size",
        verdict=name,
        ratio=Estimate(count=1, value=ratio, low=ratio, high=ratio),
        margin=margin,
        p=None,
        futile=False,
        reason="",
        missing={"p": "a size is exact"},
    )
