"""Static int8 for PyTorch Mobile: convolutions, linear layers and additions in 8 bits, all else in float32.

Weights are rounded for each output channel, activations for each tensor, with ranges that `int8_ranges` takes
from given images. A ReLU or ReLU6 after one of these layers costs nothing: its bounds are those of the range.
Every other operator stays as it was, with a conversion before and after it, which costs 3.6 instructions an
element on arm64: PyTorch Mobile 1.12 computes hardswish, sigmoid, multiplication, concatenation and pooling
of signed int8 one element at a time, which costs more (docs/explanation/export.md).

The int8 layers run in XNNPACK, on phones and here, and give the same numbers to the bit.
"""

import copy
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn

from harness.errors import ExportRefused
from harness.export.graph import argument, aten, calls, constant, is_call, is_constant, only_user, shape
from harness.export.graph_convolution import Convolution, read_convolution
from harness.export.int8_engine import phone_engine as phone_engine
from harness.export.int8_ranges import Range, observe

LARGEST_WEIGHT = 127
_EVERYTHING = (-math.inf, math.inf)
_BIAS_ROOM = 2.0**30
"""Biases are int32, in units of the input's scale times the weight's."""


def quantise(graph: fx.GraphModule, batches: Sequence[NDArray[np.float32]], *, where: str) -> fx.GraphModule:
    """The int8 network of a float network; that is left as it was.

    Args:
        graph: as `graph_capture` makes it, after all rewrites: BatchNorm must be folded.
        batches: images from which the ranges are taken, each of the graph's own shape N, C, H, W.
        where: the model's name, for errors.

    Raises:
        ExportRefused: it has no layer that can be computed in int8.
    """
    layers = _int8_layers(graph)
    if not layers:
        raise ExportRefused(
            "has no convolution or linear layer with constant weights, so nothing of it can be int8",
            remedy="export it in float32",
            where=where,
        )
    ranges = observe(graph, _bounds(layers), batches)
    with phone_engine():
        return _Rebuilt(graph, layers, ranges).module


def _int8_layers(graph: fx.GraphModule) -> dict[fx.Node, fx.Node]:
    """The nodes that int8 computes, each with the node whose value it then has: its activation, or itself."""
    layers: dict[fx.Node, fx.Node] = {}
    for node in calls(graph):
        if _reads_weights(node) or _adds_int8(node, layers.values()):
            layers[node] = _activated(node)
    return layers


def _reads_weights(node: fx.Node) -> bool:
    return read_convolution(node) is not None or _read_linear(node) is not None


def _adds_int8(node: fx.Node, known: Any) -> bool:  # noqa: ANN401  a view of nodes
    """An addition pays where one of its sides is int8 already; the other is then converted."""
    if not is_call(node, aten.add.Tensor) or argument(node, "alpha") != 1:
        return False
    sides = (argument(node, "self"), argument(node, "other"))
    if not all(isinstance(side, fx.Node) and not is_constant(side) for side in sides):
        return False
    return shape(sides[0]) == shape(sides[1]) and any(side in set(known) for side in sides)


def _activated(node: fx.Node) -> fx.Node:
    user = only_user(node)
    return user if user is not None and _cut(user) is not None else node


def _cut(node: fx.Node) -> tuple[float, float] | None:
    """The bounds of a ReLU, or another operator that does nothing but cut; None for all others."""
    if is_call(node, aten.relu.default):
        return 0.0, math.inf
    if is_call(node, aten.relu6.default):
        return 0.0, 6.0
    if is_call(node, aten.hardtanh.default):
        return _ordered(argument(node, "min_val"), argument(node, "max_val"))
    if is_call(node, aten.clamp.default):
        low, high = argument(node, "min"), argument(node, "max")
        return _ordered(-math.inf if low is None else low, math.inf if high is None else high)
    return None


def _ordered(low: float, high: float) -> tuple[float, float] | None:
    """Bounds between which zero lies, which every range of int8 holds."""
    return (low, high) if low <= 0 <= high else None


def _bounds(layers: dict[fx.Node, fx.Node]) -> dict[fx.Node, tuple[float, float]]:
    """Every tensor that is ever int8, with what it has to tell apart."""
    bounds = {result: _cut(result) or _EVERYTHING for result in layers.values()}
    for node in layers:
        bounds |= {value: _EVERYTHING for value in _inputs(node) if value not in bounds}
    return bounds


def _inputs(node: fx.Node) -> list[fx.Node]:
    return [value for value in node.all_input_nodes if not is_constant(value)]


def _read_linear(node: fx.Node) -> tuple[Tensor, Tensor | None] | None:
    """Weight and bias of a linear layer; None for all other nodes."""
    if not is_call(node, aten.linear.default):
        return None
    weight, bias = argument(node, "weight"), argument(node, "bias")
    if not is_constant(weight) or not (bias is None or is_constant(bias)):
        return None
    return constant(weight), None if bias is None else constant(bias)


class _Rebuilt:
    """The same network with its layers in int8; a value is converted once, where it is first needed."""

    def __init__(
        self, graph: fx.GraphModule, layers: dict[fx.Node, fx.Node], ranges: dict[fx.Node, Range]
    ) -> None:
        self._ranges = ranges
        self._root = nn.Module()
        self._graph = fx.Graph()
        self._floats: dict[fx.Node, fx.Node] = {}
        self._int8: dict[fx.Node, fx.Node] = {}
        for node in graph.graph.nodes:
            if node in layers:
                self._int8[layers[node]] = self._layer(node, ranges[layers[node]])
            elif node not in self._int8:  # an activation's value is its layer's
                self._floats[node] = self._copied(node)
        self._graph.eliminate_dead_code()
        self._graph.lint()
        self.module = fx.GraphModule(self._root, self._graph).eval()

    def _copied(self, node: fx.Node) -> fx.Node:
        if node.op == "get_attr":
            self._root.register_buffer(str(node.target), copy.deepcopy(constant(node)))
        return self._graph.node_copy(node, self._float)

    def _float(self, node: fx.Node) -> fx.Node:
        if node not in self._floats:
            self._floats[node] = self._call(aten.dequantize.self, self._int8[node])
        return self._floats[node]

    def _as_int8(self, node: fx.Node) -> fx.Node:
        if node not in self._int8:
            to = self._ranges[node]
            self._int8[node] = self._call(
                aten.quantize_per_tensor.default, self._float(node), to.scale, to.zero_point, torch.qint8
            )
        return self._int8[node]

    def _call(self, target: Any, *args: Any) -> fx.Node:  # noqa: ANN401
        return self._graph.call_function(target, args)

    def _layer(self, node: fx.Node, to: Range) -> fx.Node:
        convolution, linear = read_convolution(node), _read_linear(node)
        if convolution is not None:
            return self._convolution(convolution, self._as_int8(convolution.image), convolution.image, to)
        if linear is not None:
            return self._linear(node, linear, to)
        sides = (self._as_int8(argument(node, name)) for name in ("self", "other"))
        return self._call(torch.ops.quantized.add.default, *sides, to.scale, to.zero_point)

    def _convolution(self, layer: Convolution, image: fx.Node, source: fx.Node, to: Range) -> fx.Node:
        weight = per_channel(layer.weight, layer.bias, self._ranges[source].scale)
        settings = (list(layer.stride), list(layer.padding), list(layer.dilation), layer.groups)
        packed = torch.ops.quantized.conv2d_prepack(weight, layer.bias, *settings)
        name = f"packed_{sum(node.op == 'get_attr' for node in self._graph.nodes)}"
        setattr(self._root, name, packed)
        weights = self._graph.get_attr(name)
        return self._call(torch.ops.quantized.conv2d.new, image, weights, to.scale, to.zero_point)

    def _linear(self, node: fx.Node, layer: tuple[Tensor, Tensor | None], to: Range) -> fx.Node:
        """As a 1x1 convolution of 1x1 images: torch's int8 linear layer has one scale for all weights."""
        source: fx.Node = argument(node, "input")
        *rows, features = shape(source)
        image = self._call(aten.reshape.default, self._as_int8(source), [math.prod(rows), features, 1, 1])
        weight, bias = layer
        pointwise = Convolution(source, weight[:, :, None, None], bias, (1, 1), (0, 0), (1, 1), 1)
        made = self._convolution(pointwise, image, source, to)
        return self._call(aten.reshape.default, made, [*rows, weight.shape[0]])


def per_channel(weight: Tensor, bias: Tensor | None, input_scale: float) -> Tensor:
    """Weights in int8, with a scale for each output channel (the first dimension) and no zero point.

    Args:
        weight: outputs, inputs / groups, height, width.
        bias: outputs, or None; a scale is never so small that its bias leaves int32.
        input_scale: of the image.
    """
    scales = weight.abs().flatten(1).amax(1).double() / LARGEST_WEIGHT
    if bias is not None:
        scales = torch.maximum(scales, bias.abs().double() / (_BIAS_ROOM * input_scale))
    scales = scales.clamp(min=1e-12)
    zero_points = torch.zeros(len(scales), dtype=torch.long)
    return torch.quantize_per_channel(weight.contiguous(), scales, zero_points, 0, torch.qint8)
