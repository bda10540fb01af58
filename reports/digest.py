"""A run made ready for showing: summaries, headlines and launches by phone, serials left out.

The page, the terminal table and the JSON summary all start here, so that they say the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.results.records import Artifact, Count, Evaluation, Finding, LaunchRecord, PhoneFacts, Run
from harness.stats.accuracy import settled_evaluations
from harness.stats.claims import Claim, is_papers_comparison
from harness.stats.comparison import PhoneComparison, compare, is_comparison
from harness.stats.emulation import is_emulated
from harness.stats.headline import Headline, headline
from harness.stats.judging import judge
from harness.stats.lacking import lacking
from harness.stats.launches import settled, usable
from harness.stats.mode import MeasuringMode, mode_of, mode_words
from harness.stats.outputs import output_findings
from harness.stats.setup import Setup, differing, setup_of, setup_words
from harness.stats.steady import SteadyPhase, observe
from harness.stats.summary import CellSummary, summarise
from harness.stats.wording import comparison_headlines
from reports.names import artifact_labels, phone_names
from reports.palette import SERIES_COUNT
from reports.privacy import without_serials


@dataclass(frozen=True, slots=True)
class Group:
    """Cells of one phone that may be compared: one thread count, one setup."""

    threads: int
    setup: Setup
    words: str
    """What tells the setup from the run's others; empty where it has one."""
    cells: tuple[CellSummary, ...]
    """In the order of the models."""


@dataclass(frozen=True, slots=True)
class PhoneDigest:
    """Everything about one phone of a run."""

    phone: PhoneFacts
    name: str
    """As no other phone of the run is called."""
    cells: tuple[CellSummary, ...]
    """In the order of the schedule."""
    groups: tuple[Group, ...]
    """The cells by what may be compared: fewest threads first, then setups in the order of the models."""
    headlines: tuple[Headline, ...]
    """One a group; of a comparison, one a thread count."""
    comparison: PhoneComparison | None
    """How the models compare with the first; None where the run compares nothing."""
    launches: tuple[LaunchRecord, ...]
    """One record a launch, in the order in which they ran."""
    earlier: tuple[LaunchRecord, ...]
    """Attempts after which the launch was repeated."""
    evaluations: tuple[Evaluation, ...]
    """One a model file and data, in the order of the run's model files."""
    steady: Mapping[str, SteadyPhase]
    """What happened inside the steady phase of each usable launch, by its id; of emulated phones nothing."""
    outputs: Mapping[str, Finding]
    """What is said of each launch whose model computes other bits from launch to launch, by its id."""

    def evaluated(self, artifact_sha256: str) -> tuple[Evaluation, ...]:
        """What is known of one model file's accuracy."""
        return tuple(one for one in self.evaluations if one.artifact_sha256 == artifact_sha256)


@dataclass(frozen=True, slots=True)
class RunDigest:
    """Everything about a run that reports show."""

    run: Run
    phones: tuple[PhoneDigest, ...]
    artifacts: Mapping[str, Artifact]
    """By sha256."""
    labels: Mapping[str, str]
    """Models' names by sha256."""
    colours: Mapping[str, int]
    """Models' places in the palette by sha256, the same in everything that shows the run."""
    mode: MeasuringMode
    """How inferences followed each other."""
    differing: tuple[str, ...]
    """In what the models' setups differ: fields of Setup; empty where all may be compared."""
    counts: Mapping[tuple[str, str], Count]
    """Instruction counts by model file's sha256 and core."""
    claims: tuple[Claim, ...]
    """The verdicts on the paper's claims; none where the run is not about them."""
    planned: int
    """Launches planned."""
    measured: int
    """Planned launches that ran to their end."""
    lacking: int
    """Those that did not and are wanted: a comparison that is decided wants no more."""

    @property
    def is_complete(self) -> bool:
        """Whether every launch that is wanted ran to its end."""
        return not self.lacking

    @property
    def is_comparison(self) -> bool:
        """Whether the run compares its models with the first."""
        return any(phone.comparison for phone in self.phones)

    @property
    def any_virtual(self) -> bool:
        """Whether some numbers come from a virtual phone."""
        return any(digest.phone.is_virtual for digest in self.phones)

    @property
    def all_emulated(self) -> bool:
        """Whether every phone is a virtual one whose processor is emulated."""
        return all(is_emulated(digest.phone) for digest in self.phones)

    @property
    def cores(self) -> tuple[str, ...]:
        """The cores that instructions were counted on, in the order in which they were asked for."""
        return tuple(dict.fromkeys(core for _, core in self.counts))

    @property
    def all_modelled(self) -> bool:
        """Whether every phone is a virtual one that invents its times."""
        return all(digest.phone.engine == "modelled" for digest in self.phones)


def digest_run(
    run: Run,
    launches: Sequence[LaunchRecord],
    evaluations: Sequence[Evaluation] = (),
    *,
    with_claims: bool = False,
) -> RunDigest:
    """Summarise a run, complete or not.

    Args:
        run: the run.
        launches: its journal so far.
        evaluations: its accuracies so far.
        with_claims: judge the paper's claims also where the run is not its whole comparison.
    """
    run, launches, evaluations = without_serials(run, launches, evaluations)
    cells = summarise(run, launches)
    accuracies = _in_order(run.artifacts, evaluations)
    names = phone_names(run.phones)
    comparisons = compare(run, launches) if is_comparison(run) else ()
    standing = {one.phone_id: one for one in comparisons}
    return RunDigest(
        run=run,
        phones=tuple(
            _digest_phone(
                phone,
                names[phone.phone_id],
                run,
                cells,
                launches,
                accuracies,
                standing.get(phone.phone_id),
            )
            for phone in run.phones
        ),
        artifacts={artifact.sha256: artifact for artifact in run.artifacts},
        labels=artifact_labels(run.artifacts),
        colours={artifact.sha256: place % SERIES_COUNT for place, artifact in enumerate(run.artifacts)},
        mode=mode_of(run.plan),
        differing=differing(map(setup_of, run.artifacts)),
        counts={(count.artifact_sha256, count.core): count for count in run.counts},
        claims=judge(run, cells, accuracies) if with_claims or is_papers_comparison(run) else (),
        planned=len(run.schedule),
        measured=len({launch.request.launch_id for launch in launches if launch.outcome == "ok"}),
        lacking=len(lacking(run, launches, comparisons)),
    )


def _in_order(artifacts: Sequence[Artifact], evaluations: Sequence[Evaluation]) -> tuple[Evaluation, ...]:
    """The evaluations that count, in the order of the model files."""
    places = {artifact.sha256: place for place, artifact in enumerate(artifacts)}
    known = (one for one in settled_evaluations(evaluations) if one.artifact_sha256 in places)
    return tuple(sorted(known, key=lambda one: places[one.artifact_sha256]))


def _digest_phone(
    phone: PhoneFacts,
    name: str,
    run: Run,
    cells: Sequence[CellSummary],
    launches: Sequence[LaunchRecord],
    evaluations: Sequence[Evaluation],
    comparison: PhoneComparison | None,
) -> PhoneDigest:
    own_cells = tuple(cell for cell in cells if cell.key.phone_id == phone.phone_id)
    records = [launch for launch in launches if launch.request.phone_id == phone.phone_id]
    counted = settled(records)
    counted_ids = {id(launch) for launch in counted}
    groups = _groups(own_cells, run)
    mode = mode_words(mode_of(run.plan))
    return PhoneDigest(
        phone=phone,
        name=name,
        cells=own_cells,
        groups=groups,
        headlines=comparison_headlines(phone, comparison, artifact_labels(run.artifacts), mode=mode)
        if comparison
        else tuple(
            headline(phone, group.threads, group.cells, setup=", ".join(filter(None, (group.words, mode))))
            for group in groups
        ),
        comparison=comparison,
        launches=counted,
        earlier=tuple(record for record in records if id(record) not in counted_ids),
        evaluations=tuple(one for one in evaluations if one.phone_id == phone.phone_id),
        steady={} if is_emulated(phone) else {one.request.launch_id: observe(one) for one in usable(counted)},
        outputs=output_findings(counted),
    )


def _groups(cells: Sequence[CellSummary], run: Run) -> tuple[Group, ...]:
    setups = {artifact.sha256: setup_of(artifact) for artifact in run.artifacts}
    different = differing(setups.values())
    grouped: dict[tuple[int, Setup], list[CellSummary]] = {}
    places = {sha256: place for place, sha256 in enumerate(setups)}
    for cell in sorted(cells, key=lambda cell: (cell.key.threads, places[cell.key.artifact_sha256])):
        grouped.setdefault((cell.key.threads, setups[cell.key.artifact_sha256]), []).append(cell)
    return tuple(
        Group(threads, setup, setup_words(setup, different), tuple(own))
        for (threads, setup), own in grouped.items()
    )
