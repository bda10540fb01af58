"""Depthwise convolutions in the sizes of the kernels."""

from typing import Any

import pytest
import torch
from torch import nn

from harness.export.graph import aten, calls
from harness.export.graph_capture import capture
from harness.export.graph_convolution import convolutions
from harness.export.rewrites import fit_depthwise


def _depthwise(kernel: int | tuple[int, int], **options: Any) -> nn.Module:
    return nn.Conv2d(8, 8, kernel, groups=8, **options).eval()


def _kernels(graph: torch.fx.GraphModule) -> list[tuple[int, int]]:
    return [found.kernel for _, found in convolutions(graph)]


@pytest.mark.parametrize(
    ("kernel", "filled", "options"),
    [
        ((1, 7), (1, 9), {"padding": (0, 3)}),
        ((5, 1), (9, 1), {"padding": (2, 0), "stride": 2}),
        ((3, 5), (5, 5), {"padding": (1, 2)}),
        ((5, 3), (5, 5), {"padding": (0, 4), "dilation": (1, 2)}),
        ((1, 11), (1, 25), {"bias": False}),
    ],
)
def test_a_smaller_kernel_is_filled_up_to_the_next_size(
    kernel: tuple[int, int], filled: tuple[int, int], options: dict[str, Any]
) -> None:
    network, images = _depthwise(kernel, **options), torch.rand(1, 8, 15, 14)
    graph = capture(network, images)
    assert fit_depthwise.rewrite(graph) == 1
    assert _kernels(graph) == [filled]
    torch.testing.assert_close(graph(images), network(images))


@pytest.mark.parametrize("options", [{}, {"stride": 2}, {"bias": False}, {"dilation": 2}])
def test_a_7x7_kernel_is_its_middle_and_the_ring_around_it(options: dict[str, Any]) -> None:
    network = _depthwise(7, padding=3 * options.get("dilation", 1), **options)
    images = torch.rand(1, 8, 15, 14)
    graph = capture(network, images)
    assert fit_depthwise.rewrite(graph) == 1
    assert _kernels(graph) == [(5, 5), (3, 3), (2, 2), (2, 2), (2, 2), (2, 2)]
    assert len(calls(graph, aten.add.Tensor)) == 5
    torch.testing.assert_close(graph(images), network(images))


def test_depthwise_convolutions_behind_each_other_are_all_fitted() -> None:
    network = nn.Sequential(_depthwise((1, 7), padding=(0, 3)), _depthwise(7, padding=3), _depthwise((7, 1)))
    images = torch.rand(1, 8, 15, 14)
    graph = capture(network.eval(), images)
    assert fit_depthwise.rewrite(graph) == 3
    assert (_kernels(graph)[0], _kernels(graph)[-1]) == ((1, 9), (9, 1))
    torch.testing.assert_close(graph(images), network(images), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("size", [9, 11, 13])
def test_every_tap_of_a_larger_kernel_is_in_exactly_one_part(size: int) -> None:
    network = nn.Conv2d(2, 2, size, padding=size // 2, groups=2, bias=False).eval()
    nn.init.ones_(network.weight)
    images = torch.rand(1, 2, 30, 30)
    graph = capture(network, images)
    assert fit_depthwise.rewrite(graph) == 1
    taps = sum(int(found.weight[0].count_nonzero()) for _, found in convolutions(graph))
    assert taps == size * size
    torch.testing.assert_close(graph(images), network(images))


@pytest.mark.parametrize(
    "network",
    [
        _depthwise(3, padding=1),
        _depthwise(5, padding=2),
        _depthwise(1),
        _depthwise(2),
        _depthwise(7),  # no padding: the ring's kernels would need a negative one
        _depthwise(6, padding=3),
        nn.Conv2d(8, 8, 7, padding=3, groups=4).eval(),
    ],
)
def test_what_fits_or_cannot_be_made_to_stays(network: nn.Module) -> None:
    graph = capture(network, torch.rand(1, 8, 15, 15))
    assert fit_depthwise.rewrite(graph) == 0
    assert len(_kernels(graph)) == 1
