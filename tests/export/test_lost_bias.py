"""Convolutions that lost their bias are told from those that never had one."""

import pytest
import torch
from torch import nn

from harness.export.fixed_input import fixed_input
from harness.export.host_runtime import load_lite
from harness.export.lost_bias import count_biases
from harness.export.proof import TOLERANCE, relative_error
from harness.models.catalogue import build, entries
from tests.export.conftest import SMALL, tiny_program
from tests.export.networks import (
    WITH_BATCH_NORM,
    WITHOUT,
    careful,
    careless,
    seeded,
    super_resolution,
    unoptimised,
)
from tests.export.test_obtain import without_source


def is_right(program: bytes, module: nn.Module, shape: tuple[int, ...] = SMALL) -> bool:
    images = fixed_input(shape, 0)
    with torch.no_grad():
        reference = module(torch.from_numpy(images)).double().numpy()
    return relative_error(load_lite(program).compute(images), reference) <= TOLERANCE


def is_suspicious(program: bytes) -> bool:
    return count_biases(program)[2] > 0


@pytest.mark.parametrize("name", WITH_BATCH_NORM)
def test_a_lost_bias_is_seen_and_a_folded_one_is_not_missed(name: str) -> None:
    module = seeded(WITH_BATCH_NORM[name])
    for export, suspicious in ((careless, True), (careful, False), (unoptimised, False)):
        program = export(module)
        assert is_right(program, module) is not suspicious
        assert is_suspicious(program) is suspicious


@pytest.mark.parametrize("export", [careless, careful, unoptimised])
@pytest.mark.parametrize("name", WITHOUT)
def test_a_network_that_loses_nothing_is_not_suspected(name: str, export: object) -> None:
    module = seeded(WITHOUT[name])
    assert callable(export)
    program = export(module)
    assert is_right(program, module)
    assert not is_suspicious(program)


@pytest.mark.parametrize("name", [entry.name for entry in entries()])
def test_the_catalogue_is_judged_as_its_outputs_are(name: str) -> None:
    module, shape = build(name), (1, 3, 64, 64)
    for export in (careless, careful):
        program = export(module, shape)
        assert is_suspicious(program) is not is_right(program, module, shape)


def test_a_network_without_any_bias_looks_like_one_that_lost_them() -> None:
    """No one can tell the two files apart, so that only a reference decides."""
    module = seeded(super_resolution)
    program = careful(module)
    assert is_right(program, module)
    assert is_suspicious(program)


def test_a_file_without_source_cannot_be_judged() -> None:
    with pytest.raises(RuntimeError):
        count_biases(without_source(tiny_program()))
