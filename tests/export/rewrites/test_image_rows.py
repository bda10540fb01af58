"""Rows of a large first convolution gathered as channels."""

import pytest
import torch
from torch import Tensor, nn

from harness.export.graph import aten, calls
from harness.export.graph_capture import capture
from harness.export.graph_convolution import convolutions
from harness.export.rewrites import channels_last, image_rows


def _rewritten(network: nn.Module, images: Tensor) -> tuple[torch.fx.GraphModule, int]:
    graph = capture(network.eval(), images)
    channels_last.rewrite(graph)
    return graph, image_rows.rewrite(graph)


@pytest.mark.parametrize(
    ("network", "kernel", "channels"),
    [
        (nn.Conv2d(3, 8, 7, stride=2, padding=3), (1, 7), 21),
        (nn.Conv2d(3, 8, 7, stride=2), (1, 7), 21),
        (nn.Conv2d(3, 8, (5, 3), stride=(1, 2), padding=(2, 0), bias=False), (1, 3), 15),
        (nn.Conv2d(3, 8, 4, stride=4), (1, 4), 12),
        (nn.Conv2d(3, 64, 3, stride=2, padding=1), (1, 3), 9),
    ],
)
@pytest.mark.parametrize("size", [(24, 30), (23, 25)])
def test_its_rows_are_channels_and_it_computes_the_same(
    network: nn.Conv2d, kernel: tuple[int, int], channels: int, size: tuple[int, int]
) -> None:
    images = torch.rand(2, 3, *size)
    graph, places = _rewritten(network, images)
    ((_, found),) = convolutions(graph)
    assert places == 1
    assert (found.kernel, found.inputs) == (kernel, channels)
    assert not calls(graph, aten.contiguous.default)
    torch.testing.assert_close(graph(images), network(images))


class _TwoReaders(nn.Module):
    """Something else looks at the image too."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 3, 7, padding=3)

    def forward(self, images: Tensor) -> Tensor:
        first: Tensor = self.first(images)
        return first + images


@pytest.mark.parametrize(
    "network",
    [
        nn.Conv2d(3, 32, 3, stride=2, padding=1),  # costs a Cortex-A55 more than it saves
        nn.Conv2d(3, 8, 7, dilation=2),
        nn.Conv2d(3, 9, 7, groups=3),
        nn.Sequential(nn.ReLU(), nn.Conv2d(3, 8, 7)),  # not the image itself
        _TwoReaders(),
    ],
)
def test_a_small_or_unusual_start_stays(network: nn.Module) -> None:
    assert _rewritten(network, torch.rand(1, 3, 20, 20))[1] == 0
