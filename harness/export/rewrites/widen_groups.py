"""Groups of a convolution that are narrower than the kernels become wider, with zeros between them.

XNNPACK's kernels for phones compute 8 output channels at once, group by group, so that 4 channels a group
cost as much as 8: joining such groups in pairs halves the work. Depthwise convolutions have kernels of their
own and stay as they are.
"""

import torch
from torch import Tensor, fx

from harness.export.graph import tidy
from harness.export.graph_convolution import Convolution, change_convolution, convolutions

TILE_CHANNELS = 8
"""Output channels of XNNPACK's float kernels for arm64 (6x8, 4x8 and 1x8 in its init.c)."""


def rewrite(graph: fx.GraphModule) -> int:
    """Join the groups of every grouped convolution that leaves a tile half empty; returns how many."""
    joined = 0
    for node, found in convolutions(graph):
        count = _joined(found)
        if count > 1:
            weight = block_diagonal(found.weight, found.groups, count)
            change_convolution(graph, node, found, weight=weight, groups=found.groups // count)
            joined += 1
    tidy(graph)
    return joined


def block_diagonal(weight: Tensor, groups: int, joined: int) -> Tensor:
    """A grouped convolution's weights for `joined` times fewer groups: the same sums, and zeros."""
    outputs, inputs, *kernel = weight.shape
    own = weight.reshape(groups // joined, joined, outputs // groups, inputs, *kernel)
    wide = weight.new_zeros(groups // joined, joined, outputs // groups, joined, inputs, *kernel)
    places = torch.arange(joined)
    wide[:, places, :, places] = own.movedim(1, 0)
    return wide.reshape(outputs, joined * inputs, *kernel)


def _joined(found: Convolution) -> int:
    """How many groups go into one tile; 1: they stay."""
    if found.groups == 1 or found.is_depthwise:
        return 1
    width = found.outputs // found.groups
    fitting = (count for count in range(TILE_CHANNELS // width, 1, -1) if found.groups % count == 0)
    return next(fitting, 1)
