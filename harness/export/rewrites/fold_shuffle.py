"""A channel shuffle folded into the pointwise convolution before it, or the dense convolution behind it.

In a dense convolution the shuffle is an order of its weights and costs nothing. A grouped one of few channels
becomes dense: with 4 channels a group, the kernels of phones, which compute 8 channels at once, are no faster
than with 16 in one group, on any core. `fold_shuffle_32` goes further.
"""

import torch
from torch import Tensor, fx

from harness.export.graph import argument, aten, calls, is_call, only_user, substitute, tidy
from harness.export.graph_convolution import Convolution, change_convolution, read_convolution
from harness.export.rewrites.shuffle_late import ELEMENTWISE, order_of

WIDEST_GROUP = 4
"""Channels a group up to which dense is cheaper on every core counted: 16 channels, 4 groups."""


def rewrite(graph: fx.GraphModule, widest_group: int = WIDEST_GROUP) -> int:
    """Fold where the convolution is dense, or its groups are at most that wide; returns how many."""
    folded = 0
    for shuffle in calls(graph, aten.channel_shuffle.default):
        folded += _into_one_behind(graph, shuffle) or _into_one_before(graph, shuffle, widest_group)
    tidy(graph)
    return folded


def dense(found: Convolution) -> Tensor:
    """A grouped convolution's weights for all inputs, with zeros between the groups."""
    outputs, width, *kernel = found.weight.shape
    weight = found.weight.new_zeros(found.groups, outputs // found.groups, found.groups, width, *kernel)
    of_groups = found.weight.reshape(found.groups, -1, width, *kernel)
    for group in range(found.groups):
        weight[group, :, group] = of_groups[group]
    return weight.reshape(outputs, found.inputs, *kernel)


def _into_one_behind(graph: fx.GraphModule, shuffle: fx.Node) -> bool:
    node = only_user(shuffle)
    while node is not None and is_call(node, *ELEMENTWISE):
        node = only_user(node)
    found = read_convolution(node)
    if node is None or found is None or found.groups > 1:
        return False
    back = torch.argsort(order_of(shuffle, found.inputs))
    substitute_order = found.weight[:, back]
    substitute(shuffle, argument(shuffle, "self"))
    found = read_convolution(node)
    assert found is not None
    change_convolution(graph, node, found, weight=substitute_order)
    return True


def _into_one_before(graph: fx.GraphModule, shuffle: fx.Node, widest_group: int) -> bool:
    node = argument(shuffle, "self")
    while is_call(node, *ELEMENTWISE) and only_user(node) is not None:
        node = node.args[0]
    found = read_convolution(node)
    if found is None or only_user(node) is None or only_user(argument(shuffle, "self")) is None:
        return False
    if found.groups > 1 and not (found.is_pointwise and found.inputs // found.groups <= widest_group):
        return False
    order = order_of(shuffle, found.outputs)
    bias = None if found.bias is None else found.bias[order]
    substitute(shuffle, argument(shuffle, "self"))
    change_convolution(graph, node, found, weight=dense(found)[order], bias=bias, groups=1)
    return True
