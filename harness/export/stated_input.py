"""The input that a model file states for itself, in the record `extra/elbench.json` of its archive.

An optimised program computes silently on a wrong channel count, so what elbench exports says what it takes,
and every runner refuses a request of another shape. Files from elsewhere mostly state nothing.
"""

import io
import json
import math
import zipfile
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from android_runner.contract import LONGEST_STATEMENT_BYTES, STATED_INPUTS
from harness.errors import UnreadableModel, UsageError

RECORD = "elbench.json"
"""Its name among what torch calls extra files."""

LARGEST_INPUT_VALUES = 1 << 26
"""256 MiB of float32: more than a phone gives one app, and a slip must not fill this machine's memory."""


def _bounded(shape: tuple[int, ...]) -> tuple[int, ...]:
    if math.prod(shape) > LARGEST_INPUT_VALUES:
        raise ValueError(f"it holds more than {LARGEST_INPUT_VALUES} values")
    return shape


_Size = Annotated[int, Field(ge=1, lt=1 << 31)]
_Shape = Annotated[tuple[_Size, ...], Field(min_length=1, max_length=8), AfterValidator(_bounded)]


class _Input(BaseModel):
    shape: _Shape
    dtype: Literal["float32"]


class _Statement(BaseModel):
    inputs: Annotated[tuple[_Input, ...], Field(min_length=1, max_length=1)]


def statement(shape: tuple[int, ...]) -> str:
    """The record for a model of one float32 input."""
    return json.dumps({"inputs": [{"shape": shape, "dtype": "float32"}]})


def stated_shape(program: bytes, *, where: str) -> tuple[int, ...] | None:
    """The shape of its one float32 input that a whole archive states; None where it states nothing.

    Raises:
        UnreadableModel: it states something else than one float32 input.
    """
    with zipfile.ZipFile(io.BytesIO(program)) as archive:
        found = (entry for entry in archive.infolist() if entry.filename.endswith(STATED_INPUTS))
        entry = next(found, None)
        if entry is None:
            return None
        with archive.open(entry) as record:
            text = record.read(LONGEST_STATEMENT_BYTES)
    try:
        return _Statement.model_validate_json(text).inputs[0].shape
    except ValidationError as error:
        raise UnreadableModel(
            f"its record extra/{RECORD} does not state one float32 input ({error.errors()[0]['msg']})",
            remedy="export it again",
            where=where,
        ) from error


def require_agreement(
    stated: tuple[int, ...] | None, asked: tuple[int, ...] | None, *, where: str
) -> tuple[int, ...] | None:
    """The shape that holds: the stated one, else the one asked for, else None.

    Raises:
        UsageError: the two contradict each other.
    """
    if stated and asked and stated != asked:
        raise UsageError(
            f"takes {written(stated)} float32, --input-shape gives {written(asked)}",
            remedy="leave --input-shape out, or export the model again for this shape",
            where=where,
        )
    return stated or asked


def written(shape: tuple[int, ...]) -> str:
    """As people write a shape: `1x3x224x224`."""
    return "x".join(map(str, shape))
