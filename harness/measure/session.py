"""The loop of a run: launch after launch on every phone, each in the journal before the next one starts.

Real phones are measured side by side, each in its own lane. Virtual phones share the host's processor, so
they share one lane and never run at the same time.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from android_runner.contract import PACKAGE
from harness.errors import Interrupted, NoUsablePhone, PhoneError
from harness.measure.launch import Subject, run_launch
from harness.measure.plan import Plan
from harness.measure.preparation import ReadyPhone
from harness.phone.transport import quoted
from harness.results.records import LaunchRecord, LaunchRequest

FAILURES_IN_A_ROW = 3
"""After so many failed launches in a row, or one lost connection, a phone is set aside for this run."""

Lane = Sequence[LaunchRequest]


@dataclass(slots=True, kw_only=True)
class Session:
    """One run being measured.

    Args:
        phones: ready phones by phone id.
        subjects: what to measure, by the artifact's sha256.
        journal: makes a record durable; called before the next launch of that phone starts.
    """

    plan: Plan
    phones: Mapping[str, ReadyPhone]
    subjects: Mapping[str, Subject]
    journal: Callable[[LaunchRecord], None]
    set_aside: dict[str, str] = field(default_factory=dict)
    """Phones that failed too often, with the reason."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _failures: Counter[str] = field(default_factory=Counter)

    def measure(
        self,
        schedule: Sequence[LaunchRequest],
        done: Collection[str],
        observe: Callable[[LaunchRecord], None],
    ) -> None:
        """Run every launch of `schedule` whose id is not in `done`; `observe` sees each after the journal.

        Raises:
            Interrupted: Ctrl-C; the launch under way is dropped, all earlier ones are in the journal.
            OutputFolderUnusable: the journal cannot be written any more.
        """
        due = [request for request in schedule if request.launch_id not in done]
        with ThreadPoolExecutor(thread_name_prefix="lane") as pool:
            futures = [pool.submit(self._run_lane, lane, observe) for lane in self._lanes(due)]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            except KeyboardInterrupt as interrupt:
                self._end_launches()
                raise Interrupted("interrupted", remedy="continue with --resume") from interrupt
            finally:
                self._stop.set()
        _raise_first(futures)

    def _lanes(self, due: Sequence[LaunchRequest]) -> list[Lane]:
        virtual = sorted(
            (request for request in due if self._is_virtual(request)), key=lambda request: request.index
        )
        real = [
            [request for request in due if request.phone_id == phone_id]
            for phone_id, phone in self.phones.items()
            if not phone.facts.is_virtual
        ]
        return [lane for lane in (virtual, *real) if lane]

    def _is_virtual(self, request: LaunchRequest) -> bool:
        return self.phones[request.phone_id].facts.is_virtual

    def _run_lane(self, lane: Lane, observe: Callable[[LaunchRecord], None]) -> None:
        for request in lane:
            if request.phone_id in self.set_aside:
                continue
            transport = self.phones[request.phone_id].transport
            record = run_launch(transport, request, self.subjects[request.artifact_sha256], self.plan)
            if self._stop.is_set():
                return
            self.journal(record)
            observe(record)
            self._judge(record)

    def _judge(self, record: LaunchRecord) -> None:
        phone_id = record.request.phone_id
        self._failures[phone_id] = 0 if record.outcome == "ok" else self._failures[phone_id] + 1
        if record.outcome == "disconnected":
            self.set_aside[phone_id] = "the connection was lost"
        elif self._failures[phone_id] >= FAILURES_IN_A_ROW:
            self.set_aside[phone_id] = f"{FAILURES_IN_A_ROW} launches failed in a row"

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
