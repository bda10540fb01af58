"""A channel shuffle moves behind a strided depthwise convolution or pool, where fewer pixels are left.

Both treat each channel for itself, so that the shuffle may come before or after; a convolution's weights
change places instead. Activations right behind come along, so that they stay beside the convolution into
which torch fuses them.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, fx

from harness.export.graph import argument, aten, calls, infer_shapes, insert, is_call, only_user, shape, tidy
from harness.export.graph_convolution import change_convolution, read_convolution

ELEMENTWISE = (
    aten.relu.default,
    aten.relu6.default,
    aten.hardtanh.default,
    aten.clamp.default,
    aten.hardswish.default,
    aten.hardsigmoid.default,
    aten.sigmoid.default,
    aten.silu.default,
    aten.gelu.default,
    aten.leaky_relu.default,
    aten.elu.default,
    aten.tanh.default,
)
"""Activations, which treat every value for itself."""
_POOLS = (aten.max_pool2d.default, aten.avg_pool2d.default, aten.adaptive_avg_pool2d.default)


def rewrite(graph: fx.GraphModule) -> int:
    """Move what gets cheaper by it; returns how many."""
    moved = 0
    for shuffle in calls(graph, aten.channel_shuffle.default):
        way = list(_way(shuffle))
        while way and not _shrinks(way[-1]):
            way.pop()
        if way:
            _move(graph, shuffle, [*way, *_activations_behind(way[-1])])
            moved += 1
    infer_shapes(graph)
    tidy(graph)
    return moved


def order_of(shuffle: fx.Node, channels: int) -> Tensor:
    """From which channel of its input each channel of a shuffle's output comes."""
    return torch.arange(channels).reshape(argument(shuffle, "groups"), -1).t().flatten()


def _way(shuffle: fx.Node) -> Iterator[fx.Node]:
    """The nodes behind, each the only user of the one before, that treat each channel for itself."""
    node = only_user(shuffle)
    while node is not None and (is_call(node, *ELEMENTWISE, *_POOLS) or _is_depthwise(node)):
        yield node
        node = only_user(node)


def _activations_behind(node: fx.Node) -> Iterator[fx.Node]:
    behind = only_user(node)
    while behind is not None and is_call(behind, *ELEMENTWISE):
        yield behind
        behind = only_user(behind)


def _is_depthwise(node: fx.Node) -> bool:
    found = read_convolution(node)
    return found is not None and found.is_depthwise


def _shrinks(node: fx.Node) -> bool:
    return math.prod(shape(node)) < math.prod(shape(node.all_input_nodes[0]))


def _move(graph: fx.GraphModule, shuffle: fx.Node, way: list[fx.Node]) -> None:
    image, last = argument(shuffle, "self"), way[-1]
    order = order_of(shuffle, shape(image)[1])
    back = torch.argsort(order)
    way[0].replace_input_with(shuffle, image)
    for node in way:
        found = read_convolution(node)
        if found is not None:
            bias = None if found.bias is None else found.bias[back]
            fresh = change_convolution(graph, node, found, weight=found.weight[back], bias=bias)
            last = fresh if node is last else last
    users = list(last.users)
    groups = argument(shuffle, "groups")
    late = insert(graph, aten.channel_shuffle.default, last, groups, before=last.next)
    for user in users:
        user.replace_input_with(last, late)
