"""Convolutions of a graph, read into one record and written back, for rewrites that change weights."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

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
    pair,
    substitute,
)


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """A two-dimensional convolution with constant weights."""

    image: fx.Node
    """What it is computed from."""
    weight: Tensor
    """Outputs, inputs / groups, height, width."""
    bias: Tensor | None
    """Outputs."""
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int

    @property
    def inputs(self) -> int:
        """Channels of the image."""
        return int(self.weight.shape[1]) * self.groups

    @property
    def outputs(self) -> int:
        """Channels of the result."""
        return int(self.weight.shape[0])

    @property
    def kernel(self) -> tuple[int, int]:
        """Height and width."""
        return int(self.weight.shape[2]), int(self.weight.shape[3])

    @property
    def is_depthwise(self) -> bool:
        """Every channel for itself."""
        return self.groups == self.inputs == self.outputs

    @property
    def is_pointwise(self) -> bool:
        """1x1, stride 1, no padding: every pixel for itself."""
        return self.kernel == (1, 1) and set(self.stride) == {1} and set(self.padding) == {0}


def read_convolution(node: object) -> Convolution | None:
    """The convolution that a node computes; None where it is none, or its weights depend on the image."""
    if not (isinstance(node, fx.Node) and is_call(node, aten.conv2d.default)):
        return None
    weight, bias = argument(node, "weight"), argument(node, "bias")
    if not is_constant(weight) or not (bias is None or is_constant(bias)):
        return None
    return Convolution(
        image=argument(node, "input"),
        weight=constant(weight),
        bias=None if bias is None else constant(bias),
        stride=pair(argument(node, "stride")),
        padding=pair(argument(node, "padding")),
        dilation=pair(argument(node, "dilation")),
        groups=argument(node, "groups"),
    )


def convolutions(graph: fx.GraphModule) -> Iterator[tuple[fx.Node, Convolution]]:
    """Every convolution with constant weights, in the order of running.

    Each is read when its turn comes: those before it may have been replaced by then.
    """
    for node in calls(graph, aten.conv2d.default):
        found = read_convolution(node)
        if found is not None:
            yield node, found


def insert_convolution(graph: fx.GraphModule, made: Convolution, *, before: fx.Node) -> fx.Node:
    """A new convolution with weights of its own, placed before a node."""
    weight = add_constant(graph, made.weight, before=before)
    bias = None if made.bias is None else add_constant(graph, made.bias, before=before)
    settings = (list(made.stride), list(made.padding), list(made.dilation), made.groups)
    return insert(graph, aten.conv2d.default, made.image, weight, bias, *settings, before=before)


def change_convolution(graph: fx.GraphModule, node: fx.Node, old: Convolution, **changes: Any) -> fx.Node:  # noqa: ANN401
    """Put a convolution with some fields changed in a node's place."""
    fresh = insert_convolution(graph, replace(old, **changes), before=node)
    substitute(node, fresh)
    return fresh
