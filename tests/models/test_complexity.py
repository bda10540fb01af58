"""Counting of parameters and MACs on networks small enough to count by hand."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.models.complexity import Complexity, complexity


def test_a_grouped_convolution_counts_its_own_group_only() -> None:
    module = nn.Conv2d(8, 16, 3, stride=2, padding=1, groups=4)
    assert complexity(module, (1, 8, 10, 10)) == Complexity(16 * 2 * 9 + 16, 25 * 16 * 2 * 9)


def test_a_linear_layer_counts_inputs_times_outputs() -> None:
    assert complexity(nn.Linear(7, 5), (1, 7)) == Complexity(40, 35)


class FunctionalConvolution(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return functional.conv2d(images, torch.ones(4, 3, 1, 1))


def test_a_convolution_that_is_no_layer_counts_too() -> None:
    assert complexity(FunctionalConvolution(), (2, 3, 5, 5)) == Complexity(0, 2 * 25 * 12)


def test_counting_leaves_modes_and_statistics_as_they_were() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout())
    module[2].eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    complexity(module, (1, 3, 4, 4))
    assert [layer.training for layer in module] == [True, True, False]
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
