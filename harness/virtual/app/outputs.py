"""What a model computed: the output event, and the best classes."""

import base64
import hashlib
import math
from array import array
from heapq import nlargest

from android_runner.contract import ModelRequest, Output
from harness.virtual.app.engines import OutputValues


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


def is_finite(output: OutputValues) -> bool:
    """Whether every value is a number, and none infinite."""
    return all(map(math.isfinite, array("f", output.data)))
