"""A module seen as a graph, by torch.export; what the graph looks like is said in `graph`.

Operators that write in place are replaced by those that do not, wherever nothing else looks at the same
memory; those that do nothing in eval mode are left out.
"""

import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch._export.converter import TS2EPConverter

from harness.export.graph import (
    argument,
    aten,
    calls,
    infer_shapes,
    pair,
    replace_call,
    shape,
    substitute,
    tidy,
)


class Uncapturable(Exception):
    """Torch cannot see the module as one graph; the text says why."""


def capture(module: nn.Module, images: Tensor) -> fx.GraphModule:
    """See a module as a graph; the module is left as it was and shares no weight with the graph.

    Args:
        module: a network in eval mode, from one tensor to one tensor.
        images: N, C, H, W: the one shape that the graph is for.

    Raises:
        Uncapturable: its way depends on the image, or it has not one input and one output.
    """
    try:
        with torch.no_grad(), _quiet():
            return _captured(module, images)
    except Uncapturable:
        raise
    except Exception as error:  # torch.export raises what it likes, torch's own and Python's errors alike
        lines = str(error).strip().splitlines() or [""]
        raise Uncapturable(f"{type(error).__name__}: {lines[0]}"[:200]) from error


def _captured(module: nn.Module, images: Tensor) -> fx.GraphModule:
    graph = _flat(_exported(module, images).module(check_guards=False), images)
    _require_one_tensor(graph)
    _normalise(graph)
    infer_shapes(graph)
    return tidy(graph)


def _exported(module: nn.Module, images: Tensor) -> torch.export.ExportedProgram:
    if isinstance(module, torch.jit.ScriptModule):
        with warnings.catch_warnings():
            # BatchNorm's counters, which no inference reads, and its branches for training.
            warnings.filterwarnings("ignore", message="Manually populate|Pred is a Python constant")
            return TS2EPConverter(module, (images,)).convert()
    return torch.export.export(module, (images,))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep torch's talk off the terminal.

    That a graph of TorchScript is for one size is meant; why there is no graph is said by Uncapturable.
    """
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with redirect_stderr(io.StringIO()):
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


_TALKATIVE = (
    "torch._export.non_strict_utils",
    "torch.export._trace",
    "torch.fx.experimental.symbolic_shapes",
)


def _flat(exported: nn.Module, images: Tensor) -> fx.GraphModule:
    """The same graph with its weights as buffers of its root, copied, and with a plain result."""
    assert isinstance(exported, fx.GraphModule)
    root, graph = nn.Module(), fx.Graph()
    values: dict[fx.Node, Any] = {}
    names: dict[str, str] = {}
    for node in exported.graph.nodes:
        if node.op == "get_attr":
            path = str(node.target)
            if path not in names:
                names[path] = _free_name(root, path.replace(".", "_"))
                root.register_buffer(names[path], _resolved(exported, path).detach().clone())
            values[node] = graph.get_attr(names[path])
        elif node.op == "call_module":  # guards of other shapes
            continue
        elif node.op == "output":
            outputs = fx.node.map_arg(node.args[0], values.__getitem__)
            graph.output(outputs[0] if isinstance(outputs, Sequence) and len(outputs) == 1 else outputs)
            break
        else:
            values[node] = graph.node_copy(node, values.__getitem__)
        values[node].meta = dict(node.meta)
    flat = fx.GraphModule(root, graph).eval()
    for node in flat.graph.nodes:
        if node.op == "placeholder":
            node.meta["val"] = images.to("meta")  # of TorchScript, torch's own has symbols for sizes
    return flat


def _free_name(root: nn.Module, name: str) -> str:
    """`a.b` and `a_b` may both be weights, and `share.memory` would be called like a method of modules."""
    while hasattr(root, name):
        name += "_"
    return name


def _resolved(module: nn.Module, path: str) -> Tensor:
    value: Any = module
    for part in path.split("."):
        value = getattr(value, part)
    if not isinstance(value, Tensor):
        raise Uncapturable(f"its graph holds a {type(value).__name__}")
    return value


def _require_one_tensor(graph: fx.GraphModule) -> None:
    inputs = [node for node in graph.graph.nodes if node.op == "placeholder"]
    (output,) = graph.graph.output_node().args
    if len(inputs) != 1 or not isinstance(output, fx.Node):
        raise Uncapturable("it has not one input and one output")


_DOES_NOTHING = (
    aten.dropout.default,
    aten.dropout_.default,
    aten.feature_dropout.default,
    aten.feature_dropout_.default,
    aten.alpha_dropout.default,
    aten.alpha_dropout_.default,
    aten.detach.default,
    aten.detach_.default,
    aten.alias.default,
    aten.lift_fresh_copy.default,
)
"""In eval mode."""


def _normalise(graph: fx.GraphModule) -> None:
    """Leave out what does nothing, write nowhere in place, and give padding by numbers."""
    for node in calls(graph, *_DOES_NOTHING):
        if "dropout" not in str(node.target) or not argument(node, "train"):
            substitute(node, node.all_input_nodes[0])
    for node in calls(graph):
        if isinstance(node.target, torch._ops.OpOverload) and node.target._schema.is_mutable:
            _write_elsewhere(graph, node)
    for node in calls(graph, aten.conv2d.padding):
        _pad_by_numbers(graph, node)
    for node in calls(graph, aten.convolution.default):
        _name_its_dimensions(graph, node)


def _write_elsewhere(graph: fx.GraphModule, node: fx.Node) -> None:
    """The operator without the underscore, its result for all who come later."""
    written, (name, overload) = node.args[0], str(node.target).split(".")[1:]
    functional = getattr(getattr(aten, name.removesuffix("_"), None), overload, None)
    if functional is None or not isinstance(written, fx.Node) or _is_seen_elsewhere(written):
        return
    nodes = list(graph.graph.nodes)
    for later in nodes[nodes.index(node) + 1 :]:
        later.replace_input_with(written, node)
    node.target = functional


def _is_seen_elsewhere(node: fx.Node) -> bool:
    """Whether another node may share a node's memory."""
    return node.op != "call_function" or any(map(_may_be_a_view, (node, *node.users)))


def _may_be_a_view(node: fx.Node) -> bool:
    """By its schema; what is no operator takes one out of several results."""
    if node.op != "call_function":
        return False
    if not isinstance(node.target, torch._ops.OpOverload):
        return True
    schema = node.target._schema
    return not schema.is_mutable and any(result.alias_info for result in schema.returns)


def _name_its_dimensions(graph: fx.GraphModule, node: fx.Node) -> None:
    """The convolution of any dimensions that TorchScript has becomes that of images, where it is one."""
    image, weight, bias, stride, padding, dilation, transposed, _, groups = node.args
    assert isinstance(weight, fx.Node)
    if not transposed and len(shape(weight)) == 4:
        settings = (stride, padding, dilation, groups)
        replace_call(graph, node, aten.conv2d.default, image, weight, bias, *settings)


def _pad_by_numbers(graph: fx.GraphModule, node: fx.Node) -> None:
    """`valid` is 0, `same` with odd kernels and stride 1 the half of what the kernel reaches over."""
    image, weight, bias = (argument(node, name) for name in ("input", "weight", "bias"))
    stride, dilation = pair(argument(node, "stride")), pair(argument(node, "dilation"))
    reach = [d * (k - 1) for d, k in zip(dilation, shape(weight)[2:], strict=True)]
    padding = [0, 0] if argument(node, "padding") == "valid" else [one // 2 for one in reach]
    if any(one % 2 for one in reach) and argument(node, "padding") != "valid":
        return
    settings = (list(stride), padding, list(dilation), argument(node, "groups"))
    replace_call(graph, node, aten.conv2d.default, image, weight, bias, *settings)
