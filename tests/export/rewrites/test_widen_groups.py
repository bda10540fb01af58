"""Groups joined to the width of a kernel's tile."""

import pytest
import torch
from torch import nn

from harness.export.graph_capture import capture
from harness.export.graph_convolution import convolutions
from harness.export.rewrites import widen_groups


@pytest.mark.parametrize(
    ("inputs", "outputs", "groups", "left"),
    [
        (16, 16, 4, 2),  # 4 channels a group: two groups fill a tile of 8
        (16, 8, 8, 1),  # 1 a group: all eight of them do
        (12, 12, 6, 2),  # 2 a group: four would, but 6 groups come in threes
        (32, 16, 4, 2),  # the inputs' width does not matter
        (8, 16, 8, 2),  # depthwise with a multiplier has no depthwise kernel
    ],
)
def test_narrow_groups_are_joined_to_at_most_eight_outputs(
    inputs: int, outputs: int, groups: int, left: int
) -> None:
    network = nn.Conv2d(inputs, outputs, 3, padding=1, groups=groups).eval()
    images = torch.rand(1, inputs, 6, 7)
    graph = capture(network, images)
    assert widen_groups.rewrite(graph) == 1
    ((_, joined),) = convolutions(graph)
    assert joined.groups == left
    torch.testing.assert_close(graph(images), network(images))


@pytest.mark.parametrize(
    ("channels", "groups"),
    [
        (32, 4),  # 8 a group
        (20, 5),  # 4 a group, but 5 groups do not come in pairs
        (16, 1),
        (16, 16),  # depthwise
    ],
)
def test_groups_that_fill_a_tile_or_cannot_be_joined_stay(channels: int, groups: int) -> None:
    graph = capture(nn.Conv2d(channels, channels, 1, groups=groups).eval(), torch.rand(1, channels, 4, 4))
    assert widen_groups.rewrite(graph) == 0


def test_narrow_convolutions_behind_each_other_are_all_joined() -> None:
    network = nn.Sequential(nn.Conv2d(16, 16, 3, groups=4), nn.Conv2d(16, 16, 1, groups=4)).eval()
    images = torch.rand(1, 16, 6, 7)
    graph = capture(network, images)
    assert widen_groups.rewrite(graph) == 2
    assert [found.groups for _, found in convolutions(graph)] == [2, 2]
    torch.testing.assert_close(graph(images), network(images))


def test_between_joined_groups_there_are_zeros() -> None:
    weight = torch.tensor([1.0, 2.0, 3.0, 4.0]).reshape(4, 1, 1, 1)
    joined = widen_groups.block_diagonal(weight, groups=4, joined=2)
    assert joined.flatten(1).tolist() == [[1, 0], [0, 2], [3, 0], [0, 4]]
