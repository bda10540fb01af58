"""The runner as a virtual phone has it: carries out one request in one fresh process, phase by phase.

It speaks android_runner/CONTRACT.md like the Java runner. What runs the model is the engine's business,
the timed loops are `loops`', and what a file on the phone may be is `model_files`'.
"""

import os
import re
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from android_runner import contract
from android_runner.contract import (
    EvaluateRequest,
    Failure,
    First,
    Loaded,
    ModelRequest,
    Request,
    Samples,
    Started,
    Thermal,
    Warmup,
)
from harness.errors import ContractViolation
from harness.virtual.app import model_files
from harness.virtual.app.engines import Engine, Model
from harness.virtual.app.evaluation import evaluate
from harness.virtual.app.events import EventStream, open_stream
from harness.virtual.app.launch_order import LaunchOrder, Phase
from harness.virtual.app.loops import Recording, run_duet, warm_up
from harness.virtual.app.outputs import output_event
from harness.virtual.system.filesystem import PhoneFiles

NATIVE_MEMORY = re.compile(r"DefaultCPUAllocator.*?(\d+) bytes", re.DOTALL)
"""How PyTorch says that the system gave it no memory."""
RUNNER_VERSION = "0.1.0 (virtual phone)"


class StageFailed(Exception):
    """A stage of the launch failed in a way that a person can act on."""

    def __init__(self, stage: str, kind: str, message: str, stack: str = "") -> None:
        super().__init__(message)
        self.failure = Failure(stage=stage, kind=kind, message=message, stack=stack)


_NAMED = (OSError, ValueError, TypeError, RuntimeError, MemoryError, OverflowError, ContractViolation)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Name the stage in which something fails."""
    try:
        yield
    except _NAMED as error:
        raise StageFailed(name, type(error).__name__, explanation(error), traceback.format_exc()) from error


def explanation(error: Exception) -> str:
    """What was raised, in a line for people; the Java runner uses the same words."""
    said = str(error)
    if memory := NATIVE_MEMORY.search(said):
        return f"out of memory: {memory[1]} bytes more were asked for; use a smaller model or input"
    if isinstance(error, MemoryError):
        return "out of memory; use a smaller model or input"
    return first_line(said) or type(error).__name__


def first_line(text: str) -> str:
    """The first line with words in it."""
    return text.strip().partition("\n")[0].strip()


def main(order: LaunchOrder, engine: Engine, output: int) -> int:
    """Carry out a launch and stream its events into `output`; returns the process's exit status."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCONT})  # one that comes early is not lost
    files = PhoneFiles(Path(order.root), capacity_bytes=0)
    stream = open_stream(order, engine.clock, output)
    try:
        with stage("request"):
            request = contract.decode_request(model_files.read(files, order.request))
            if request.launch != stream.launch:
                raise ValueError(f"{order.request} is the request of launch {request.launch}")
        Launch(order, engine, files, stream, request).run()
    except StageFailed as failed:
        stream.fail(failed.failure)
    else:
        stream.finish(ok=True)
    engine.close()
    return 0


@dataclass(slots=True)
class Launch:
    """One launch under way."""

    order: LaunchOrder
    engine: Engine
    files: PhoneFiles
    stream: EventStream
    request: Request

    def run(self) -> None:
        """All phases, in order."""
        self._start()
        models = [(wanted, self._load(wanted)) for wanted in self.request.models]
        if self.request.evaluate is None:
            self._time(models)
        else:
            self._evaluate(*models[0], self.request.evaluate)
        self._end_phase("end")
        del models
        self.engine.release()
        self._end_phase("destroyed")

    def _time(self, models: list[tuple[ModelRequest, Model]]) -> None:
        for wanted, model in models:
            self._first(wanted, model)
            self._warm_up(wanted, model)
        self._measure(models)
        for wanted, model in models:
            self._prove_output(wanted, model)

    def _end_phase(self, phase: Phase) -> None:
        self.stream.emit(self.engine.memory.at_border(phase))
        if phase in self.order.wait_at:
            signal.sigwait({signal.SIGCONT})
            self.engine.look_again()
        while phase == self.order.stop_at:
            signal.pause()

    def _start(self) -> None:
        with stage("start"):
            threads = self.engine.set_threads(self.request.threads)
        self.stream.emit(
            Started(
                pid=os.getpid(),
                runner=RUNNER_VERSION,
                runtime=self.engine.runtime,
                runtime_version=self.engine.version,
                abi=self.order.abi,
                page_size=os.sysconf("SC_PAGE_SIZE"),
                cpuset=self.order.cpuset or Path("/proc/self/cpuset").read_text().strip(),
                affinity=self.engine.affinity(self.request),
                api=self.order.sdk,
                threads=threads,
                sustained_mode=False,
                debuggable=False,
            )
        )
        self._end_phase("start")

    def _load(self, wanted: ModelRequest) -> Model:
        with stage("load"):
            file, sha256 = model_files.verified(self.files, wanted)
            begin_ns = self.engine.clock.now_ns()
            model = self.engine.load(wanted, file)
            load_ns = self.engine.clock.now_ns() - begin_ns
        self.stream.emit(Loaded(model=wanted.name, load_ns=load_ns, sha256=sha256))
        self._end_phase("loaded")
        with stage("input"):
            model.bind([model_files.read_input(self.files, one) for one in wanted.inputs])
        return model

    def _first(self, wanted: ModelRequest, model: Model) -> None:
        with stage("first"):
            begin_ns = self.engine.clock.now_ns()
            model.forward()
            duration_ns = self.engine.clock.now_ns() - begin_ns
        self.stream.emit(First(model=wanted.name, duration_ns=duration_ns))
        self._end_phase("first")

    def _warm_up(self, wanted: ModelRequest, model: Model) -> None:
        with stage("warmup"), self._watched_memory("warmup"):
            durations_ns, converged = warm_up(
                model.forward, self.engine.clock, self.engine.memory.sample_if_due, self.request.warmup
            )
        rule = self.request.warmup.rule
        event = Warmup(model=wanted.name, durations_ns=durations_ns, converged=converged, rule=rule)
        self.stream.emit(event)
        self._end_phase("warmup")

    def _measure(self, models: list[tuple[ModelRequest, Model]]) -> None:
        clock, between = self.engine.clock, self.engine.memory.sample_if_due
        with stage("steady"), self._watched_memory("steady"):
            recordings = [Recording(model.forward, self.request.measure) for _, model in models]
            if self.request.schedule == "single":
                recordings[0].run(clock, between)
            else:
                run_duet(recordings, clock, between, self.request.block)
        for (wanted, _), recording in zip(models, recordings, strict=True):
            for start_ns, duration_ns in recording.batches(contract.SAMPLES_PER_EVENT):
                self.stream.emit(Samples(model=wanted.name, start_ns=start_ns, duration_ns=duration_ns))
        self._end_phase("steady")
        self.stream.emit(Thermal(status=int(Path(self.order.thermal).read_text()), headroom=None))

    def _prove_output(self, wanted: ModelRequest, model: Model) -> None:
        with stage("output"):
            output = model.output() if wanted.outputs != "none" else None
        if output:
            self.stream.emit(output_event(wanted, output))

    def _evaluate(self, wanted: ModelRequest, model: Model, request: EvaluateRequest) -> None:
        with stage("evaluate"):
            for event in evaluate(self.files, self.engine.clock, wanted, model, request.images):
                self.stream.emit(event)

    @contextmanager
    def _watched_memory(self, phase: Phase) -> Iterator[None]:
        """Sample memory during a phase and send the samples after it."""
        self.engine.memory.start(phase, self.request.memory.period_ms)
        try:
            yield
        finally:
            samples = self.engine.memory.stop()
        for sample in samples:
            self.stream.emit(sample)
