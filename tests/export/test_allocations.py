"""What a forward allocates is known to the byte, and is the same whoever counts it, and when."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.export.allocations import measure_allocation
from harness.export.fixed_input import fixed_input
from harness.export.host_runtime import load_lite
from harness.results.records import Allocation
from tests.export.conftest import SMALL, lite_bytes, tiny_program

IMAGES = fixed_input(SMALL, 0)
IMAGE_BYTES = 3 * 16 * 16 * 4


def measured(program: bytes, images: NDArray[np.float32] = IMAGES) -> Allocation:
    return measure_allocation(load_lite(program), images)


class Chain(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return torch.neg(torch.sigmoid(torch.relu(images)))


class Growing(nn.Module):
    """Makes one copy more each time."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, images: Tensor) -> Tensor:
        self.calls += 1
        return torch.cat([images] * self.calls)


def test_each_tensor_counts_whole_also_one_that_is_given_back_on_the_way() -> None:
    found = measured(lite_bytes(Chain()))
    assert (found.allocated_bytes, found.allocations) == (3 * IMAGE_BYTES, 3)


def test_the_same_file_gives_the_same_figures_whatever_ran_before_and_on_any_number_of_threads(
    capfd: pytest.CaptureFixture[str],
) -> None:
    program = tiny_program()
    first = measured(program)
    measured(lite_bytes(Chain()))
    torch.set_num_threads(2)
    try:
        again = measured(program)
    finally:
        torch.set_num_threads(1)
    assert first.allocated_bytes
    assert again == first
    assert capfd.readouterr() == ("", "")


def test_a_program_that_allocates_more_each_time_has_no_figure_and_says_so() -> None:
    found = measured(lite_bytes(Growing()))
    assert found.allocated_bytes is None
    assert found.allocations is None
    assert "two forwards differ" in found.missing["allocated_bytes"]


def test_after_a_failure_the_next_program_is_counted_alone() -> None:
    expected = measured(lite_bytes(Chain()))
    with pytest.raises(RuntimeError):
        measured(tiny_program(), fixed_input((1, 5, 16, 16), 0))
    assert measured(lite_bytes(Chain())) == expected
