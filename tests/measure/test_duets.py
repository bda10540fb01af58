"""Duets: two models in one process, whose launches count as a pair or not at all."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from android_runner.contract import Event, Failure, Output, Samples, decode_request, encode_request
from harness.errors import ContractViolation
from harness.export.artifact import ExportedModel
from harness.measure.events import Duet, Measured, read_stream
from harness.measure.frame import Frame
from harness.measure.launch import Subject, _records, make_request
from harness.measure.plan import Plan
from harness.measure.plan_sections import Limits, Measure, Ready, Telemetry, Warmup
from harness.measure.preparation import ReadyPhone, prepare
from harness.measure.progress import Progress
from harness.measure.repetition import is_worth_repeating
from harness.measure.schedule import Cell, make_schedule, processes
from harness.measure.session import Session
from harness.phone.server import AdbServer
from harness.results.records import LaunchRecord, LaunchRequest
from harness.results.rundir import RunDirectory
from harness.stats.launches import reduce_launch, usable
from harness.stats.ratio import paired_ratio
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb
from tests.measure.streams import LAUNCH, VALUES, closed, good_events, lines, output
from tests.results.records import ARTIFACT, PHONE, run

NAMES = ("left", "right")
INPUT = bytes(4 * 3 * 8 * 8)
PLAN = Plan(
    models=NAMES,
    duet=True,
    duet_block=3,
    warmup=Warmup(rule="fixed", min_iterations=3, min_seconds=0),
    measure=Measure(min_iterations=20, min_seconds=0),
    ready=Ready(wait_seconds=0),
    telemetry=Telemetry(hertz=0),
)


def sha256_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def subject(name: str) -> Subject:
    artifact = replace(
        ARTIFACT, model=name, sha256=sha256_of(name), input_sha256=hashlib.sha256(INPUT).hexdigest()
    )
    return Subject(artifact=artifact, reference=VALUES.astype(np.float64))


SUBJECTS = {sha256_of(name): subject(name) for name in NAMES}
CELLS = [
    Cell(artifact_sha256=sha256, model=one.artifact.model, threads=1) for sha256, one in SUBJECTS.items()
]


def schedule(phone_id: str, launches: int) -> tuple[LaunchRequest, ...]:
    return make_schedule("run", [phone_id], CELLS, launches=launches, seed=0, duet=True)


def _of(event: Any, model: str) -> Any:
    return replace(event, model=model)


def duet_events(names: tuple[str, ...] = NAMES) -> list[Event]:
    """A stream of a duet: what each model alone would send, with the samples between each other."""
    started, memory, *of_one_model = good_events()
    phases: list[list[Any]] = [[_of(event, name) for event in of_one_model] for name in names]
    for name, own in zip(names, phases, strict=True):
        own[0] = replace(own[0], sha256=sha256_of(name))
    between = [event for together in zip(*phases, strict=True) for event in together]
    return [started, memory, *between]


def test_a_stream_of_a_duet_gives_each_model_its_own_numbers_and_both_the_process() -> None:
    events = duet_events()
    last = next(
        place for place, one in enumerate(events) if isinstance(one, Samples) and one.model == "right"
    )
    events[last] = Samples(model="right", start_ns=(11, 21), duration_ns=(13, 14))
    result = read_stream(lines(closed(events)), LAUNCH)
    assert isinstance(result, Duet)
    left, right = result.models
    assert (left.sha256, right.sha256) == (sha256_of("left"), sha256_of("right"))
    assert (left.duration_ns, right.duration_ns) == ((3, 4, 5), (13, 14, 5))
    assert (left.runner, left.memory, left.span_ns) == (right.runner, right.memory, right.span_ns)


def test_a_duet_that_lacks_an_event_of_one_model_breaks_the_contract() -> None:
    events = [one for one in duet_events() if not (isinstance(one, Samples) and one.model == "right")]
    with pytest.raises(ContractViolation, match="no `samples` event"):
        read_stream(lines(closed(events)), LAUNCH)


def records_of(events: list[Event], *, ok: bool = True) -> tuple[LaunchRecord, ...]:
    requests = sorted(schedule(PHONE.phone_id, 1), key=lambda request: request.model)
    frame = Frame(
        request=requests[0],
        attempt=1,
        started_at="2026-01-01T00:00:00.000+00:00",
        wall_ns=1,
        before="denied",
        after="denied",
        readiness="no gate",
        telemetry="not asked for",
        recovered=False,
    )
    return _records(frame, read_stream(lines(closed(events), ok=ok), LAUNCH), requests, SUBJECTS, PLAN)


def test_a_duet_gives_each_request_a_proved_record_that_names_the_other() -> None:
    left, right = records_of(duet_events())
    assert (left.outcome, right.outcome) == ("ok", "ok")
    assert (left.request.beside, left.request.beside_model) == (sha256_of("right"), "right")
    assert (right.request.beside, right.request.beside_model) == (sha256_of("left"), "left")
    for record in (left, right):
        assert record.output is not None
        assert record.output.relative_error == 0
        (finding,) = (one for one in record.findings if one.code == "duet")
        assert f"in one process with {record.request.beside_model}, 3 iterations of each" in finding.message


def test_memory_load_and_first_inference_of_a_duet_are_of_neither_model() -> None:
    for record in records_of(duet_events()):
        assert record.memory
        figures = reduce_launch(record)
        why = f"measured in one process with {record.request.beside_model}"
        assert figures.median_ns == 4
        shared = ("peak_kib", "peak_above_start_kib", "load_ns", "first_ns")
        assert {name: getattr(figures, name) for name in shared} == dict.fromkeys(shared)
        assert figures.missing == dict.fromkeys(shared, why)


def test_a_wrong_output_of_one_model_bars_the_other_too_and_neither_is_repeated() -> None:
    events = duet_events()
    place = next(i for i, one in enumerate(events) if isinstance(one, Output) and one.model == "right")
    events[place] = replace(output(VALUES + 1), model="right")
    left, right = records_of(events)
    assert (left.outcome, right.outcome) == ("rejected", "rejected")
    assert right.evidence.startswith("The output is wrong")
    assert left.evidence.startswith("right in the same process cannot be used: The output is wrong")
    assert left.duration_ns == (3, 4, 5)
    assert not is_worth_repeating(left, 2)
    assert not is_worth_repeating(right, 2)


def test_a_failure_of_the_process_fails_both() -> None:
    died = [*duet_events()[:4], Failure(stage="load", kind="RuntimeError", message="no", stack="")]
    for record in records_of(died, ok=False):
        assert (record.outcome, record.duration_ns) == ("rejected", ())
        assert record.evidence == "load: RuntimeError: no"


def test_a_runner_that_measures_one_model_where_two_were_due_is_rejected() -> None:
    for record in records_of(duet_events(("left",))):
        assert record.outcome == "rejected"
        assert record.evidence == "the runner measured 1 models, 2 were asked for"


def test_the_request_of_a_duet_tells_two_models_of_one_name_apart() -> None:
    first = SUBJECTS[sha256_of("left")].artifact
    asked = make_request(schedule("phone", 1)[0], (first, replace(first, sha256="99" * 32)), PLAN)
    assert decode_request(encode_request(asked)) == asked
    assert [model.name for model in asked.models] == ["left", "left #2"]
    assert (asked.schedule, asked.block) == ("duet", 3)
    alone = make_request(schedule("phone", 1)[0], (first,), PLAN)
    assert (alone.schedule, alone.block) == ("single", 0)


def test_a_duet_has_the_time_of_two_launches() -> None:
    alone = PLAN.model_copy(update={"duet": False})
    assert alone.process_limits == PLAN.limits
    assert PLAN.process_limits == Limits(launch_seconds=600, silence_seconds=240)


@pytest.fixture
def phone(adb: PrivateAdb, tmp_path: Path) -> Iterator[tuple[AdbServer, ReadyPhone]]:
    """A phone that computes nothing, and whose second launch crashes, with both models on it."""
    models = []
    (tmp_path / "input").write_bytes(INPUT)
    for sha256, one in SUBJECTS.items():
        (tmp_path / sha256).write_bytes(one.artifact.model.encode())
        models.append(ExportedModel(one.artifact, tmp_path / sha256, tmp_path / "input", one.reference))
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nkind = "crash"\nlaunch = 2\nphase = "warmup"\n')
    server = AdbServer.from_environment(adb.environment)
    with VirtualPhones.start(engine="modelled", faults=faults) as phones:
        server.connect(phones.addresses[0])
        yield server, prepare(server.transport(phones.addresses[0]), models)
        server.disconnect(phones.addresses[0])


def measured(
    directory: RunDirectory, server: AdbServer, ready: ReadyPhone, done: set[str]
) -> tuple[LaunchRecord, ...]:
    session = Session(
        plan=PLAN,
        phones={ready.facts.phone_id: ready},
        server=server,
        subjects=SUBJECTS,
        journal=directory.append,
    )
    before = len(directory.launches())
    quiet = Progress(observe=lambda _: None, waiting=lambda _: None)
    with directory.writing():
        session.measure(schedule(ready.facts.phone_id, 4), done, quiet)
    return directory.launches()[before:]


def test_a_run_of_duets_measures_both_of_a_block_in_one_process(
    phone: tuple[AdbServer, ReadyPhone], tmp_path: Path
) -> None:
    server, ready = phone
    (tmp_path / "run").mkdir()
    directory = RunDirectory.create(tmp_path / "run", run())
    records = measured(directory, server, ready, done=set())

    assert [(one.request.block, one.attempt, one.outcome) for one in records[::2]] == [
        (0, 1, "ok"),
        (1, 1, "crashed"),
        (1, 2, "ok"),
        (2, 1, "ok"),
        (3, 1, "ok"),
    ]
    for one, other in zip(records[::2], records[1::2], strict=True):
        assert (one.outcome, one.attempt, one.runner) == (other.outcome, other.attempt, other.runner)
        assert one.request.beside == other.request.artifact_sha256
        assert one.started_at == other.started_at
    pids = [one.runner.pid for one in records[::2] if one.runner]
    assert len(set(pids)) == 4
    assert all(isinstance(one.duration_ns, tuple) and len(one.duration_ns) == 20 for one in usable(records))

    left, right = (
        [reduce_launch(one) for one in usable(records) if one.request.model == name] for name in NAMES
    )
    assert paired_ratio(left, right).count == 4

    # One of both is not done: both are measured again, and nothing else.
    ids = {request.launch_id for request in schedule(ready.facts.phone_id, 4)}
    again = measured(directory, server, ready, done=ids - {records[0].request.launch_id})
    assert [one.request for one in again] == [one.request for one in records[:2]]


def test_the_models_of_a_duet_take_turns_in_being_first() -> None:
    pairs = processes(schedule("phone", 6))
    assert [len(pair) for pair in pairs] == [2] * 6
    firsts = [pair[0].model for pair in pairs]
    assert all(one != other for one, other in zip(firsts[::2], firsts[1::2], strict=True))


def test_a_duet_of_several_thread_counts_has_a_process_for_each_and_reverses_every_other_block() -> None:
    cells = [replace(cell, threads=threads) for threads in (1, 2, 4) for cell in CELLS]
    for seed in range(20):
        requests = make_schedule("run", ["a", "b"], cells, launches=2, seed=seed, duet=True)
        assert sorted(one.index for one in requests if one.phone_id == "a") == list(range(12))
        pairs = processes(requests)
        assert [len(pair) for pair in pairs] == [2] * 12
        for pair in pairs:
            assert pair[0].index + 1 == pair[1].index
            assert {one.model for one in pair} == set(NAMES)
            assert len({(one.phone_id, one.block, one.threads) for one in pair}) == 1
        order = [(one.model, one.threads) for pair in pairs[:6] for one in pair]
        assert order[6:] == order[:6][::-1]


def test_launches_of_their_own_are_processes_of_their_own() -> None:
    requests = make_schedule("run", ["a", "b"], CELLS, launches=2, seed=0)
    assert processes(requests) == tuple((request,) for request in requests)


def test_a_single_measured_launch_is_no_duet() -> None:
    assert isinstance(read_stream(lines(closed(good_events())), LAUNCH), Measured)
