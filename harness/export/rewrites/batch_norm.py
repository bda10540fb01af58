"""Fold every BatchNorm into the convolution or linear layer beside it, bias included.

`optimize_for_mobile` folds by itself, but since torch 1.11 it silently loses the bias that the folding makes
in a convolution that had none (pytorch issues #76431, #76807, #97047, #116515). Folded here, that pass finds
nothing to do. A BatchNorm in front of a convolution folds into it as well, where no border is padded: padding
would bring zeros that BatchNorm never shifted.
"""

import torch
from torch import Tensor, fx

from harness.export.graph import (
    add_constant,
    argument,
    aten,
    calls,
    constant,
    insert,
    is_call,
    is_constant,
    only_user,
    substitute,
    tidy,
)
from harness.export.graph_convolution import change_convolution, read_convolution


def rewrite(graph: fx.GraphModule) -> int:
    """Fold what can be folded; returns how many."""
    folded = 0
    for node in calls(graph, aten.batch_norm.default):
        normalisation = _scale_and_shift(node)
        if normalisation is None:
            continue
        folded += _into_one_before(graph, node, *normalisation) or _into_one_after(
            graph, node, *normalisation
        )
    tidy(graph)
    return folded


def _scale_and_shift(node: fx.Node) -> tuple[Tensor, Tensor] | None:
    """BatchNorm as factor and summand of each channel, in float64; None where the image decides them."""
    weight, bias, mean, variance = (
        argument(node, name) for name in ("weight", "bias", "running_mean", "running_var")
    )
    if argument(node, "training") or not (is_constant(mean) and is_constant(variance)):
        return None
    scale = torch.rsqrt(constant(variance).double() + argument(node, "eps"))
    if weight is not None:
        scale = scale * constant(weight).double()
    shift = -constant(mean).double() * scale
    return scale, shift if bias is None else shift + constant(bias).double()


def _into_one_before(graph: fx.GraphModule, node: fx.Node, scale: Tensor, shift: Tensor) -> bool:
    producer = argument(node, "input")
    if only_user(producer) is not node:
        return False
    if is_call(producer, aten.linear.default):
        return _into_linear_before(graph, node, producer, scale, shift)
    found = read_convolution(producer)
    if found is None:
        return False
    weight = found.weight.double() * scale[:, None, None, None]
    bias = shift if found.bias is None else shift + found.bias.double() * scale
    change_convolution(graph, producer, found, weight=weight.float(), bias=bias.float())
    substitute(node, argument(node, "input"))
    return True


def _into_linear_before(
    graph: fx.GraphModule, node: fx.Node, linear: fx.Node, scale: Tensor, shift: Tensor
) -> bool:
    features, weight, bias = (argument(linear, name) for name in ("input", "weight", "bias"))
    if not is_constant(weight) or len(linear.meta["val"].shape) != 2:
        return False
    offset = shift if bias is None else shift + constant(bias).double() * scale
    fresh = (
        add_constant(graph, (constant(weight).double() * scale[:, None]).float(), before=node),
        add_constant(graph, offset.float(), before=node),
    )
    substitute(node, insert(graph, aten.linear.default, features, *fresh, before=node))
    return True


def _into_one_after(graph: fx.GraphModule, node: fx.Node, scale: Tensor, shift: Tensor) -> bool:
    consumer = only_user(node)
    found = read_convolution(consumer)
    if consumer is None or found is None or set(found.padding) != {0}:
        return False
    per_group = (scale, shift)
    scale, shift = (one.reshape(found.groups, 1, -1, 1, 1) for one in per_group)
    weight = found.weight.double().reshape(found.groups, -1, *found.weight.shape[1:])
    bias = (weight * shift).sum((2, 3, 4)).flatten()
    if found.bias is not None:
        bias = bias + found.bias.double()
    weight = (weight * scale).reshape(found.weight.shape)
    image = argument(node, "input")
    change_convolution(graph, consumer, found, image=image, weight=weight.float(), bias=bias.float())
    return True
