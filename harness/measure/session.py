"""The loop of a run: launch after launch on every phone, each in the journal before the next one starts.

Real phones are measured side by side, each in its own lane. Virtual phones that compute share the host's
processor, so they share one lane and never run at the same time. A launch that failed in a way that may pass
is repeated at once; a phone that keeps failing is set aside, and the others go on. What models see in images
is asked after a lane's last launch, so that it heats nothing before.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count

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
from harness.phone.server import AdbServer
from harness.phone.transport import quoted
from harness.results.records import Evaluation, LaunchRecord, LaunchRequest

FAILURES_IN_A_ROW = 3
"""After so many failed launches in a row a phone is set aside for this run."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Phones of which one at a time is measured, and their launches in order."""

    phone_ids: tuple[str, ...]
    requests: Sequence[LaunchRequest]


def _forget(_: Evaluation) -> None:
    pass


@dataclass(slots=True, kw_only=True)
class Session:
    """One run being measured.

    Args:
        phones: ready phones by phone id.
        server: the adb server that sees them.
        subjects: what to measure, by the artifact's sha256.
        journal: makes a record durable; called before the next launch of that phone starts.
        evaluations: what is to be asked after the launches, by phone id.
        journal_evaluation: makes one of their records durable.
    """

    plan: Plan
    phones: Mapping[str, ReadyPhone]
    server: AdbServer
    subjects: Mapping[str, Subject]
    journal: Callable[[LaunchRecord], None]
    evaluations: Mapping[str, Sequence[PlannedEvaluation]] = field(default_factory=dict)
    journal_evaluation: Callable[[Evaluation], None] = _forget
    set_aside: dict[str, str] = field(default_factory=dict)
    """Phones that failed too often, with the reason."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _failures: Counter[str] = field(default_factory=Counter)

    def measure(self, schedule: Sequence[LaunchRequest], done: Collection[str], progress: Progress) -> None:
        """Run every launch of `schedule` whose id is not in `done`; `progress` sees each after the journal.

        Raises:
            Interrupted: Ctrl-C; the launch under way is dropped, all earlier ones are in the journal.
            OutputFolderUnusable: the journal cannot be written any more.
        """
        due = [request for request in schedule if request.launch_id not in done]
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

    def _lanes(self, due: Sequence[LaunchRequest]) -> list[Lane]:
        busy = {request.phone_id for request in due} | self.evaluations.keys()
        computing = tuple(one for one in self.phones if one in busy and self._computes_here(one))
        others = [(one,) for one in self.phones if one in busy and not self._computes_here(one)]
        return [
            Lane(
                phone_ids,
                sorted(
                    (request for request in due if request.phone_id in phone_ids),
                    key=lambda request: request.index,
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
        for request in lane.requests:
            if self._stop.is_set():
                return
            if request.launch_id not in taken_up and request.phone_id not in self.set_aside:
                self._run_request(under_test[request.phone_id], request, progress)
        for phone_id, phone in under_test.items():
            if phone_id not in self.set_aside:
                planned = self.evaluations.get(phone_id, ())
                self._evaluate(phone, planned, progress)
                tidy(phone, planned)
            leave(phone)

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
        taken_up = set()
        for request in (request for request in lane.requests if request.launch_id in copies):
            record = take_up(under_test[request.phone_id], request, self.subjects[request.artifact_sha256])
            if record is not None and not self._stop.is_set():
                self.journal(record)
                progress.observe(record)
                if record.outcome == "ok":
                    taken_up.add(request.launch_id)
        return taken_up

    def _run_request(self, phone: PhoneUnderTest, request: LaunchRequest, progress: Progress) -> None:
        """Run a launch until it measures, or until another attempt makes no sense."""
        attempt = 1
        while True:
            record = run_launch(phone, request, self.subjects[request.artifact_sha256], attempt=attempt)
            if self._stop.is_set():
                return
            self.journal(record)
            progress.observe(record)
            if phone.is_gone or not is_worth_repeating(record, self.plan.limits.retries):
                self._judge(phone, record)
                return
            attempt += 1

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
