"""A phone that knows enough measures no further, and is asked at the same blocks by a run that goes on."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from harness.export.artifact import ExportedModel
from harness.measure.launch import Subject
from harness.measure.plan import Plan
from harness.measure.plan_sections import Measure, Ready, Telemetry, Warmup
from harness.measure.preparation import ReadyPhone, prepare
from harness.measure.progress import Progress
from harness.measure.schedule import Cell, make_schedule
from harness.measure.session import Session
from harness.phone.server import AdbServer
from harness.results.records import LaunchRecord, LaunchRequest
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb
from tests.measure.streams import VALUES
from tests.results.records import ARTIFACT

BLOCKS = 4
INPUT = bytes(4 * 3 * 8 * 8)
PLAN = Plan(
    models=("a", "b"),
    warmup=Warmup(rule="fixed", min_iterations=1, min_seconds=0),
    measure=Measure(min_iterations=2, min_seconds=0),
    ready=Ready(wait_seconds=0),
    telemetry=Telemetry(hertz=0),
)
SUBJECTS = {
    sha256: Subject(
        artifact=replace(ARTIFACT, model=name, sha256=sha256, input_sha256=hashlib.sha256(INPUT).hexdigest()),
        reference=VALUES.astype(np.float64),
    )
    for name in PLAN.models
    for sha256 in [hashlib.sha256(name.encode()).hexdigest()]
}
CELLS = [Cell(artifact_sha256=one, model=it.artifact.model, threads=1) for one, it in SUBJECTS.items()]
QUIET = Progress(observe=lambda _: None, waiting=lambda _: None)


@pytest.fixture(scope="module")
def phones(
    adb: PrivateAdb, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[AdbServer, dict[str, ReadyPhone]]]:
    folder = tmp_path_factory.mktemp("models")
    (folder / "input").write_bytes(INPUT)
    models = []
    for sha256, one in SUBJECTS.items():
        (folder / sha256).write_bytes(one.artifact.model.encode())
        models.append(ExportedModel(one.artifact, folder / sha256, folder / "input", one.reference))
    server = AdbServer.from_environment(adb.environment)
    with VirtualPhones.start(engine="modelled", count=2) as served:
        for address in served.addresses:
            server.connect(address)
        ready = [prepare(server.transport(address), models) for address in served.addresses]
        yield server, {one.facts.phone_id: one for one in ready}
        for address in served.addresses:
            server.disconnect(address)


class Run:
    """What a session measured of a schedule, and what it asked."""

    def __init__(self, phones: tuple[AdbServer, dict[str, ReadyPhone]], *, only: int = 2) -> None:
        self.server, ready = phones
        self.phones = dict(list(ready.items())[:only])
        self.schedule = make_schedule("run", list(self.phones), CELLS, launches=BLOCKS, seed=0)
        self.records: list[LaunchRecord] = []
        self.asked: list[tuple[str, int, int]] = []

    def measure(self, is_over: Callable[[str, int], bool], *, at_most: int = 100) -> "Run":
        """Measure what is not done, and fail at the disk after `at_most` launches."""

        def journal(*records: LaunchRecord) -> None:
            if len(self.records) == at_most:
                raise OSError("the disk is full")
            self.records += records

        def asked(phone_id: str, block: int) -> bool:
            ended = sum(one.request.phone_id == phone_id for one in self.records)
            self.asked.append((phone_id, block, ended))
            return is_over(phone_id, block)

        session = Session(
            plan=PLAN,
            phones=self.phones,
            server=self.server,
            subjects=SUBJECTS,
            journal=journal,
            is_over=asked,
        )
        session.measure(self.schedule, {one.request.launch_id for one in self.records}, QUIET)
        return self

    @property
    def measured(self) -> list[LaunchRequest]:
        return [one.request for one in self.records]


def test_a_phone_is_asked_before_each_block_and_stops_when_it_knows_enough(
    phones: tuple[AdbServer, dict[str, ReadyPhone]],
) -> None:
    run = Run(phones, only=1).measure(lambda _, block: block == 2)
    (phone_id,) = run.phones
    assert run.asked == [(phone_id, 0, 0), (phone_id, 1, 2), (phone_id, 2, 4)]
    assert run.measured == list(run.schedule[:4])


def test_phones_stop_each_at_its_own_time(phones: tuple[AdbServer, dict[str, ReadyPhone]]) -> None:
    first, second = list(Run(phones).phones)
    run = Run(phones).measure(lambda phone_id, block: (phone_id, block) == (second, 1))
    assert {one.block for one in run.measured if one.phone_id == first} == {0, 1, 2, 3}
    assert {one.block for one in run.measured if one.phone_id == second} == {0}


def test_a_run_that_was_cut_within_a_block_ends_as_one_that_was_not(
    phones: tuple[AdbServer, dict[str, ReadyPhone]],
) -> None:
    def is_over(_: str, block: int) -> bool:
        return block == 3

    whole = Run(phones, only=1).measure(is_over)
    cut = Run(phones, only=1)
    with pytest.raises(OSError, match="the disk is full"):
        cut.measure(is_over, at_most=3)
    assert len(cut.records) == 3
    cut.measure(is_over)
    assert cut.measured == whole.measured
    assert [block for _, block, _ in cut.asked] == [0, 1, 1, 2, 3]


def test_without_a_rule_everything_is_measured(phones: tuple[AdbServer, dict[str, ReadyPhone]]) -> None:
    run = Run(phones, only=1).measure(lambda *_: False)
    assert run.measured == list(run.schedule)
