"""The loop of a run: launch after launch on every phone, each in the journal before the next one starts.

Real phones are measured side by side, each in its own lane. Virtual phones that compute share the host's
processor, so they share one lane and never run at the same time. A launch that failed in a way that may pass
is repeated at once; a phone that keeps failing is set aside, and the others go on. Before each block of a
phone somebody else may say that it has measured enough. What models see in images is asked after a lane's
last launch, so that it heats nothing before.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from android_runner.contract import PACKAGE
from harness.errors import Interrupted, NoUsablePhone, PhoneError
from harness.measure.evaluation import PlannedEvaluation, tidy
from harness.measure.launch import Subject, run_launch, take_up
from harness.measure.phone_under_test import PhoneUnderTest, leave
from harness.measure.plan import Plan
from harness.measure.preparation import ReadyPhone
from harness.measure.progress import Progress
from harness.measure.recovery import copies_left
from harness.measure.repetition import is_worth_repeating, may_pass
from harness.measure.schedule import processes
from harness.phone.server import AdbServer
from harness.phone.transport import quoted
from harness.results.records import Evaluation, LaunchRecord, LaunchRequest

FAILURES_IN_A_ROW = 3
"""After so many failed launches in a row a phone is set aside for this run."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Phones of which one at a time is measured, and their launches in order, by process."""

    phone_ids: tuple[str, ...]
    processes: Sequence[Sequence[LaunchRequest]]


class Journal(Protocol):
    """Makes the records of one process durable, all of them or none."""

    def __call__(self, *records: LaunchRecord) -> None:
        """Return when the disk has them."""


def _forget(_: Evaluation) -> None:
    pass


def _never(_phone_id: str, _block: int) -> bool:
    return False


@dataclass(slots=True, kw_only=True)
class Session:
    """One run being measured.

    Args:
        phones: ready phones by phone id.
        server: the adb server that sees them.
        subjects: what to measure, by the artifact's sha256.
        journal: called before the next launch of that phone starts.
        evaluations: what is to be asked after the launches, by phone id.
        journal_evaluation: makes one of their records durable.
        is_over: whether a phone need not measure a block, and nothing after it; asked by its id and the
            block's number, when everything before is in the journal.
    """

    plan: Plan
    phones: Mapping[str, ReadyPhone]
    server: AdbServer
    subjects: Mapping[str, Subject]
    journal: Journal
    evaluations: Mapping[str, Sequence[PlannedEvaluation]] = field(default_factory=dict)
    journal_evaluation: Callable[[Evaluation], None] = _forget
    is_over: Callable[[str, int], bool] = _never
    set_aside: dict[str, str] = field(default_factory=dict)
    """Phones that failed too often, with the reason."""
    _blocks: dict[str, int] = field(default_factory=dict)
    """The block that each phone has come to."""
    _over: set[str] = field(default_factory=set)
    """Phones that need not measure any more."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _failures: Counter[str] = field(default_factory=Counter)

    def measure(self, schedule: Sequence[LaunchRequest], done: Collection[str], progress: Progress) -> None:
        """Run every launch of `schedule` whose id is not in `done`; `progress` sees each after the journal.

        The two of a duet are run again unless both are done.

        Raises:
            Interrupted: Ctrl-C; the launch under way is dropped, all earlier ones are in the journal.
            OutputFolderUnusable: the journal cannot be written any more.
        """
        due = [one for one in processes(schedule) if not all(request.launch_id in done for request in one)]
        lanes = self._lanes(due)
        with ThreadPoolExecutor(max(1, len(lanes)), thread_name_prefix="lane") as pool:
            futures = [pool.submit(self._run_lane, lane, progress) for lane in lanes]
            try:
                ended = wait(futures, return_when=FIRST_EXCEPTION).done
                if any(future.exception() for future in ended):
                    self._end_launches()
            except KeyboardInterrupt as interrupt:
                self._end_launches()
                raise Interrupted("interrupted", remedy="continue with --resume") from interrupt
            finally:
                self._stop.set()
        _raise_first(futures)

    def _lanes(self, due: Sequence[Sequence[LaunchRequest]]) -> list[Lane]:
        busy = {process[0].phone_id for process in due} | self.evaluations.keys()
        computing = tuple(one for one in self.phones if one in busy and self._computes_here(one))
        others = [(one,) for one in self.phones if one in busy and not self._computes_here(one)]
        return [
            Lane(
                phone_ids,
                sorted(
                    (process for process in due if process[0].phone_id in phone_ids),
                    key=lambda process: process[0].index,
                ),
            )
            for phone_ids in (computing, *others)
            if phone_ids
        ]

    def _computes_here(self, phone_id: str) -> bool:
        facts = self.phones[phone_id].facts
        return facts.is_virtual and facts.engine != "modelled"

    def _run_lane(self, lane: Lane, progress: Progress) -> None:
        under_test = {
            phone_id: PhoneUnderTest(
                phone=self.phones[phone_id],
                server=self.server,
                plan=self.plan,
                waiting=self._waiting(phone_id, progress),
                stop=self._stop.is_set,
            )
            for phone_id in lane.phone_ids
        }
        taken_up = self._take_up(lane, under_test, progress)
        for process in lane.processes:
            if self._stop.is_set():
                return
            first = process[0]
            if first.launch_id not in taken_up and self._is_wanted(first):
                self._run_process(under_test[first.phone_id], process, progress)
        for phone_id, phone in under_test.items():
            if phone_id not in self.set_aside:
                planned = self.evaluations.get(phone_id, ())
                self._evaluate(phone, planned, progress)
                tidy(phone, planned)
            leave(phone)

    def _is_wanted(self, launch: LaunchRequest) -> bool:
        """Whether a launch is to be run: its phone works, and does not know enough."""
        phone_id = launch.phone_id
        if phone_id in self.set_aside or phone_id in self._over:
            return False
        if self._blocks.get(phone_id) != launch.block:
            self._blocks[phone_id] = launch.block
            if self.is_over(phone_id, launch.block):
                self._over.add(phone_id)
        return phone_id not in self._over

    def _evaluate(
        self, phone: PhoneUnderTest, planned: Sequence[PlannedEvaluation], progress: Progress
    ) -> None:
        """Ask a phone what its models see, each until it answers or another attempt makes no sense."""
        for one in planned:
            for attempt in count(1):
                progress.waiting(f"evaluating {one.request.model}, {one.images} images")
                evaluation = one.carry_out(phone)
                if self._stop.is_set():
                    return
                retries = self.plan.limits.retries
                if phone.is_gone or not may_pass(evaluation.outcome, attempt, retries):
                    break
            self.journal_evaluation(evaluation)
            if phone.is_gone:
                return

    def _waiting(self, phone_id: str, progress: Progress) -> Callable[[str], None]:
        """What hears of a phone's waiting; of several, each line names its phone."""
        if len(self.phones) == 1:
            return progress.waiting
        name = self.phones[phone_id].facts.model or phone_id
        return lambda line: progress.waiting(f"{name}: {line}")

    def _take_up(self, lane: Lane, under_test: Mapping[str, PhoneUnderTest], progress: Progress) -> set[str]:
        """Launches that a phone finished after an earlier elbench was ended: they are measured already."""
        copies = {copy for phone in under_test.values() for copy in copies_left(phone.transport)}
        taken_up: set[str] = set()
        for process in (process for process in lane.processes if process[0].launch_id in copies):
            records = take_up(under_test[process[0].phone_id], process, self.subjects)
            if records and not self._stop.is_set():
                self._keep(records, progress)
                taken_up.update(record.request.launch_id for record in records if record.outcome == "ok")
        return taken_up

    def _run_process(
        self, phone: PhoneUnderTest, process: Sequence[LaunchRequest], progress: Progress
    ) -> None:
        """Run a launch, or both of a duet, until it measures or another attempt makes no sense."""
        attempt = 1
        while True:
            records = run_launch(phone, process, self.subjects, attempt=attempt)
            if self._stop.is_set():
                return
            self._keep(records, progress)
            retries = self.plan.limits.retries
            if phone.is_gone or not all(is_worth_repeating(record, retries) for record in records):
                self._judge(phone, records[0])
                return
            attempt += 1

    def _keep(self, records: Sequence[LaunchRecord], progress: Progress) -> None:
        self.journal(*records)
        for record in records:
            progress.observe(record)

    def _judge(self, phone: PhoneUnderTest, record: LaunchRecord) -> None:
        phone_id = record.request.phone_id
        self._failures[phone_id] = 0 if record.outcome == "ok" else self._failures[phone_id] + 1
        if phone.is_gone:
            away = f"{self.plan.limits.reconnect_seconds:g} s"
            self.set_aside[phone_id] = f"the connection was lost and did not come back within {away}"
        elif self._failures[phone_id] >= FAILURES_IN_A_ROW:
            last = (record.evidence.splitlines() or ["no evidence"])[0]
            self.set_aside[phone_id] = f"{FAILURES_IN_A_ROW} launches failed in a row, the last: {last}"

    def _end_launches(self) -> None:
        """Stop the apps, which ends the streams that the lanes are reading."""
        self._stop.set()
        for phone in self.phones.values():
            try:
                phone.transport.shell(quoted("am", "force-stop", PACKAGE), deadline_s=5)
            except (PhoneError, NoUsablePhone):
                continue


def _raise_first(futures: Sequence[Future[None]]) -> None:
    for future in futures:
        future.result()
