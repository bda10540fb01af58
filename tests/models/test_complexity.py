"""Counting of parameters, MACs and activations on networks small enough to count by hand."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.models.complexity import Complexity, complexity


def test_a_grouped_convolution_counts_its_own_group_only() -> None:
    module = nn.Conv2d(8, 16, 3, stride=2, padding=1, groups=4)
    moved = 8 * 100 + 16 * 25
    assert complexity(module, (1, 8, 10, 10)) == Complexity(16 * 2 * 9 + 16, 25 * 16 * 2 * 9, 4 * moved)


def test_a_linear_layer_counts_inputs_times_outputs() -> None:
    assert complexity(nn.Linear(7, 5), (1, 7)) == Complexity(40, 35, 4 * (7 + 5))


class FunctionalConvolution(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return functional.conv2d(images, torch.ones(4, 3, 1, 1))


def test_a_convolution_that_is_no_layer_counts_too() -> None:
    counted = complexity(FunctionalConvolution(), (2, 3, 5, 5))
    assert (counted.parameters, counted.macs) == (0, 2 * 25 * 12)


class Residual(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images + images


class ScaledByPool(nn.Module):
    """As squeeze and excitation does."""

    def forward(self, images: Tensor) -> Tensor:
        return images * functional.adaptive_avg_pool2d(images, 1).sigmoid()


class ShuffledByViews(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images.view(1, 2, 4, 6, 6).transpose(1, 2).reshape(1, 8, 6, 6)


class Joined(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        first, second = images.chunk(2, 1)
        return torch.cat([second, first], 1)


class MultipliedByScalar(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images * 0.5


IMAGE = 8 * 6 * 6


@pytest.mark.parametrize(
    ("layer", "values"),
    [
        (nn.ReLU(), 0),
        (nn.ReLU(inplace=True), 0),
        (nn.Hardswish(), 0),
        (nn.BatchNorm2d(8), 0),
        (nn.Dropout(), 0),
        (nn.Identity(), 0),
        (nn.Flatten(), 0),
        (MultipliedByScalar(), 0),
        (nn.MaxPool2d(2), IMAGE + IMAGE // 4),
        (nn.AvgPool2d(3, 2, padding=1), IMAGE + IMAGE // 4),
        (nn.AdaptiveAvgPool2d(1), IMAGE + 8),
        (Residual(), 3 * IMAGE),
        (ScaledByPool(), (IMAGE + 8) + (IMAGE + 8 + IMAGE)),
        (nn.ChannelShuffle(2), 2 * IMAGE),
        (ShuffledByViews(), 2 * IMAGE),
        (Joined(), 2 * IMAGE),
    ],
)
def test_a_layer_moves_its_inputs_and_its_output(layer: nn.Module, values: int) -> None:
    assert complexity(layer, (1, 8, 6, 6)).activation_bytes == 4 * values


def test_counting_leaves_modes_and_statistics_as_they_were() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout())
    module[2].eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    complexity(module, (1, 3, 4, 4))
    assert [layer.training for layer in module] == [True, True, False]
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
