"""The classes that a model sees in many inputs, told in events as it goes on."""

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from android_runner.contract import (
    BEST_CLASSES,
    INPUTS_PER_EVENT,
    LONGEST_SILENCE_NS,
    Evaluated,
    ImagesRequest,
    ModelRequest,
    Predicted,
)
from harness.virtual.app import model_files
from harness.virtual.app.clock import Clock
from harness.virtual.app.engines import Model, OutputValues
from harness.virtual.app.outputs import best, is_finite
from harness.virtual.system.filesystem import PhoneFiles


def evaluate(
    files: PhoneFiles, clock: Clock, wanted: ModelRequest, model: Model, announced: Sequence[ImagesRequest]
) -> Iterator[Predicted | Evaluated]:
    """Run the model once on each input of the files, which lie raw one after the other.

    Raises:
        ValueError: a file is not what was announced, the model takes more than one input, or none, or this
            engine computes nothing.
        OSError: a file cannot be read.
    """
    if len(wanted.inputs) != 1:
        raise ValueError(f"{wanted.name} has {len(wanted.inputs)} inputs; accuracy needs a model with one")
    predictions = _Predictions(wanted.name, clock.now_ns())
    for images in announced:
        for data in _inputs(files, images, model_files.input_bytes(wanted.inputs[0])):
            model.bind([data])
            output = model.output()
            if output is None:
                raise ValueError("this phone computes nothing, so it has no accuracy: use another engine")
            predictions.add(output)
            if predictions.are_due(clock.now_ns()):
                yield predictions.event(clock.now_ns())
    if predictions.waiting:
        yield predictions.event(clock.now_ns())
    yield predictions.evaluated()


def _inputs(files: PhoneFiles, announced: ImagesRequest, input_bytes: int) -> Iterator[bytes]:
    content = model_files.read(files, announced.path)
    if len(content) != input_bytes * announced.count:
        raise ValueError(
            f"{announced.path} has {len(content)} bytes, {announced.count} inputs of {input_bytes} bytes "
            "were announced"
        )
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != announced.sha256:
        raise ValueError(
            f"{announced.path} has sha256 {sha256}, the request says {announced.sha256}: the file arrived "
            "damaged, push it again"
        )
    for start in range(0, len(content), input_bytes):
        yield content[start : start + input_bytes]


@dataclass(slots=True)
class _Predictions:
    """The best classes of input after input, until they are told in an event."""

    model: str
    told_ns: int
    waiting: list[list[int]] = field(default_factory=list)
    _not_finite: list[int] = field(default_factory=list)
    _told: int = 0
    _best: int | None = None
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, output: OutputValues) -> None:
        found = best(output, BEST_CLASSES)
        if self._best not in (None, len(found)):
            raise ValueError(f"{self.model} returns {len(found)} classes now and had more or fewer before")
        self._best = len(found)
        self._digest.update(array("i", found).tobytes())
        if not is_finite(output):
            self._not_finite.append(self._told + len(self.waiting))
        self.waiting.append(found)

    def are_due(self, now_ns: int) -> bool:
        return len(self.waiting) == INPUTS_PER_EVENT or now_ns - self.told_ns >= LONGEST_SILENCE_NS

    def event(self, now_ns: int) -> Predicted:
        event = Predicted(
            model=self.model,
            first=self._told,
            best=self._best or 0,
            classes=tuple(one for found in self.waiting for one in found),
            not_finite=tuple(self._not_finite),
        )
        self._told += len(self.waiting)
        self.waiting, self._not_finite, self.told_ns = [], [], now_ns
        return event

    def evaluated(self) -> Evaluated:
        return Evaluated(model=self.model, count=self._told, sha256=self._digest.hexdigest())
