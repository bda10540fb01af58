"""What a model computed: the output event, and accuracy over labelled inputs."""

import base64
import hashlib
import math
from array import array
from heapq import nlargest

from android_runner.contract import Evaluated, EvaluateRequest, ModelRequest, Output
from harness.virtual.app import model_files
from harness.virtual.app.engines import Model, OutputValues
from harness.virtual.system.filesystem import PhoneFiles


def output_event(wanted: ModelRequest, output: OutputValues) -> Output:
    """The event that proves an output, with its values when they were asked for."""
    return Output(
        model=wanted.name,
        sha256=hashlib.sha256(output.data).hexdigest(),
        shape=output.shape,
        argmax=best(output, 1)[0],
        values_f32=base64.b64encode(output.data).decode() if wanted.outputs == "values" else None,
    )


def best(output: OutputValues, count: int) -> list[int]:
    """Indices of the largest values, largest first; what is not a number comes last."""
    values = array("f", output.data)

    def rank(index: int) -> tuple[bool, float]:
        is_number = not math.isnan(values[index])
        return is_number, values[index] if is_number else 0.0

    return nlargest(count, range(len(values)), key=rank)


def evaluate(
    files: PhoneFiles, wanted: ModelRequest, model: Model, request: EvaluateRequest
) -> Evaluated | None:
    """Count the labelled inputs that a model gets right; None from an engine that computes nothing.

    Inputs lie one after the other, raw as the model takes them; labels are little-endian int32.

    Raises:
        ValueError: a file's size does not fit the count, or the model takes more than one input, or none.
    """
    if len(wanted.inputs) != 1:
        raise ValueError(f"{wanted.name} has {len(wanted.inputs)} inputs; accuracy needs a model with one")
    inputs, labels = (
        model_files.read(files, request.inputs),
        array("i", model_files.read(files, request.labels)),
    )
    size = len(inputs) // max(request.count, 1)
    item_bytes = model_files.input_bytes(wanted.inputs[0])
    if size != item_bytes or len(inputs) != size * request.count or len(labels) != request.count:
        raise ValueError(
            f"{request.inputs} has {len(inputs)} bytes and {request.labels} {len(labels)} labels, "
            f"{request.count} inputs of {item_bytes} bytes were announced"
        )
    correct1 = correct5 = 0
    for index, label in enumerate(labels):
        model.bind([inputs[index * size : (index + 1) * size]])
        output = model.output()
        if output is None:
            return None
        ranked = best(output, 5)
        correct1 += ranked[0] == label
        correct5 += label in ranked
    return Evaluated(model=wanted.name, correct1=correct1, correct5=correct5, count=request.count)
