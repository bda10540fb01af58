"""A run made ready for showing: summaries, headlines and launches by phone, serials left out.

The page, the terminal table and the JSON summary all start here, so that they say the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.results.records import Artifact, Count, LaunchRecord, PhoneFacts, Run
from harness.stats.emulation import is_emulated
from harness.stats.headline import Headline, headline
from harness.stats.launches import settled
from harness.stats.summary import CellSummary, summarise
from reports.names import artifact_labels, phone_names
from reports.palette import SERIES_COUNT
from reports.privacy import without_serials


@dataclass(frozen=True, slots=True)
class PhoneDigest:
    """Everything about one phone of a run."""

    phone: PhoneFacts
    name: str
    """As no other phone of the run is called."""
    cells: tuple[CellSummary, ...]
    """In the order of the schedule."""
    by_threads: Mapping[int, tuple[CellSummary, ...]]
    """The cells by thread count, fewest threads first."""
    headlines: tuple[Headline, ...]
    """One a thread count."""
    launches: tuple[LaunchRecord, ...]
    """One record a launch, in the order in which they ran."""
    earlier: tuple[LaunchRecord, ...]
    """Attempts after which the launch was repeated."""


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
    counts: Mapping[tuple[str, str], Count]
    """Instruction counts by model file's sha256 and core."""
    planned: int
    """Launches planned."""
    measured: int
    """Planned launches that ran to their end."""

    @property
    def is_complete(self) -> bool:
        """Whether every planned launch ran to its end."""
        return self.measured >= self.planned

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


def digest_run(run: Run, launches: Sequence[LaunchRecord]) -> RunDigest:
    """Summarise a run, complete or not."""
    run, launches = without_serials(run, launches)
    cells = summarise(run, launches)
    names = phone_names(run.phones)
    return RunDigest(
        run=run,
        phones=tuple(_digest_phone(phone, names[phone.phone_id], cells, launches) for phone in run.phones),
        artifacts={artifact.sha256: artifact for artifact in run.artifacts},
        labels=artifact_labels(run.artifacts),
        colours={artifact.sha256: place % SERIES_COUNT for place, artifact in enumerate(run.artifacts)},
        counts={(count.artifact_sha256, count.core): count for count in run.counts},
        planned=len(run.schedule),
        measured=len({launch.request.launch_id for launch in launches if launch.outcome == "ok"}),
    )


def _digest_phone(
    phone: PhoneFacts, name: str, cells: Sequence[CellSummary], launches: Sequence[LaunchRecord]
) -> PhoneDigest:
    own_cells = tuple(cell for cell in cells if cell.key.phone_id == phone.phone_id)
    records = [launch for launch in launches if launch.request.phone_id == phone.phone_id]
    counted = settled(records)
    counted_ids = {id(launch) for launch in counted}
    counts = sorted({cell.key.threads for cell in own_cells})
    by_threads = {count: tuple(c for c in own_cells if c.key.threads == count) for count in counts}
    return PhoneDigest(
        phone=phone,
        name=name,
        cells=own_cells,
        by_threads=by_threads,
        headlines=tuple(headline(phone, count, group) for count, group in by_threads.items()),
        launches=counted,
        earlier=tuple(record for record in records if id(record) not in counted_ids),
    )
