"""What a model file states of its input travels with it, and nothing that contradicts it is tried."""

import io
import json
import warnings
import zipfile
from pathlib import Path

import pytest
import torch

from android_runner.contract import LONGEST_STATEMENT_BYTES
from harness.errors import UnreadableModel, UsageError
from harness.export.cache import ArtifactCache
from harness.export.host_runtime import load_lite
from harness.export.identify import identify
from harness.export.obtain import obtain
from harness.export.stated_input import require_agreement, stated_shape
from tests.export.conftest import SMALL, lite_bytes, tiny_module, tiny_program
from tests.export.networks import stating, with_record


def test_an_export_states_its_input_as_every_runner_reads_it() -> None:
    with zipfile.ZipFile(io.BytesIO(tiny_program())) as archive:
        record = json.loads(archive.read("archive/extra/elbench.json"))
    assert record == {"inputs": [{"shape": [1, 3, 16, 16], "dtype": "float32"}]}
    assert stated_shape(tiny_program(), where="net.ptl") == SMALL


def test_torch_itself_loads_the_program_and_reads_the_statement() -> None:
    assert "prepacked::conv2d_clamp_run" in load_lite(tiny_program()).operators
    read = {"elbench.json": ""}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.load(io.BytesIO(tiny_program()), _extra_files=read)
    assert json.loads(read["elbench.json"])["inputs"][0]["shape"] == list(SMALL)


def test_a_file_from_elsewhere_states_nothing() -> None:
    assert stated_shape(lite_bytes(tiny_module()), where="net.ptl") is None


IMPOSSIBLE = {
    "not an object": [],
    "no inputs": {"inputs": []},
    "two inputs": {"inputs": [{"shape": [1], "dtype": "float32"}] * 2},
    "another type": {"inputs": [{"shape": [1, 3], "dtype": "int64"}]},
    "no size": {"inputs": [{"shape": [1, 0, 4, 4], "dtype": "float32"}]},
    "words": {"inputs": [{"shape": ["many"], "dtype": "float32"}]},
    "more than memory": {"inputs": [{"shape": [1, 3, 1 << 20, 1 << 20], "dtype": "float32"}]},
    "too long": {"inputs": [{"shape": [1], "dtype": "float32"}], "note": "x" * LONGEST_STATEMENT_BYTES},
}


@pytest.mark.parametrize("kind", IMPOSSIBLE)
def test_a_statement_that_is_not_understood_is_refused_in_one_line(kind: str) -> None:
    with pytest.raises(UnreadableModel, match="does not state one float32 input") as refused:
        stated_shape(stating(tiny_program(), IMPOSSIBLE[kind]), where="net.ptl")
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith("net.ptl: ")


def test_a_statement_that_is_no_json_is_refused() -> None:
    with pytest.raises(UnreadableModel):
        stated_shape(with_record(tiny_program(), "extra/elbench.json", b"\xff\x00"), where="net.ptl")


@pytest.mark.parametrize(
    ("stated", "asked", "holds"),
    [(SMALL, None, SMALL), (None, SMALL, SMALL), (SMALL, SMALL, SMALL), (None, None, None)],
)
def test_the_stated_shape_holds_and_the_asked_one_where_none_is_stated(
    stated: tuple[int, ...] | None, asked: tuple[int, ...] | None, holds: tuple[int, ...] | None
) -> None:
    assert require_agreement(stated, asked, where="net.ptl") == holds


def test_a_file_is_adopted_with_the_shape_that_it_states(cache: ArtifactCache, tiny_file: Path) -> None:
    (model,) = obtain(identify([str(tiny_file)], say=print), cache=cache)
    assert model.artifact.inputs[0].shape == SMALL


def test_a_shape_that_contradicts_the_file_is_refused(cache: ArtifactCache, tiny_file: Path) -> None:
    found = identify([str(tiny_file)], say=print)
    with pytest.raises(UsageError, match=r"takes 1x3x16x16 float32, --input-shape gives 1x1x16x16"):
        obtain(found, cache=cache, input_shape=(1, 1, 16, 16))
