"""The image's conversion by interleaving, and what it must leave alone."""

import torch
from torch import Tensor, nn

from harness.export.graph import aten, calls, shape
from harness.export.graph_capture import capture
from harness.export.rewrites import channels_last, image_start


def _started(network: nn.Module, images: Tensor) -> tuple[torch.fx.GraphModule, int]:
    graph = capture(network.eval(), images)
    channels_last.rewrite(graph)
    return graph, image_start.rewrite(graph)


def test_interleaved_planes_are_the_same_image_channels_last() -> None:
    images = torch.arange(2 * 3 * 4 * 5, dtype=torch.float32).reshape(2, 3, 4, 5)
    graph, places = _started(nn.Identity(), images)
    converted = graph(images)
    assert places == 1
    assert torch.equal(converted, images)
    assert converted.is_contiguous(memory_format=torch.channels_last)


def test_the_copy_is_gone_and_one_shuffle_of_one_pixel_came() -> None:
    graph, _ = _started(nn.Conv2d(3, 4, 3), torch.rand(1, 3, 8, 10))
    assert not calls(graph, aten.contiguous.default)
    (shuffle,) = calls(graph, aten.channel_shuffle.default)
    assert shape(shuffle) == (1, 3 * 8 * 10, 1, 1)
    assert shuffle.args[1] == 3


def test_a_network_that_stays_nchw_keeps_its_start() -> None:
    graph = capture(nn.Conv2d(3, 4, 3).eval(), torch.rand(1, 3, 8, 8))
    assert image_start.rewrite(graph) == 0


def test_one_channel_is_channels_last_already() -> None:
    graph, places = _started(nn.Conv2d(1, 4, 3), torch.rand(1, 1, 8, 8))
    assert places == 0
    assert len(calls(graph, aten.contiguous.default)) == 1
