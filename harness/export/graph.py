"""A network as a flat graph of ATen operators, and what rewrites of it need: patterns, weights, edits.

In such a graph, which `graph_capture` makes, every call is an `aten` operator with its arguments in the
schema's order, every weight is a buffer of the graph module itself, and `node.meta["val"]` holds a tensor on
torch's `meta` device: shape, layout and dtype of what the node computes.

A rewrite is a module under `rewrites/` with `def rewrite(graph: GraphModule) -> int`: it changes the graph in
place and returns in how many places. It keeps the graph valid (`tidy` at its end), shapes in `meta["val"]`
(nodes made by `insert` have them) and weights as buffers; it never changes a buffer that it did not make, as
others may use it. That the graph still computes the same is proved after each rewrite, by `pipeline`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, fx
from torch.fx.node import Argument

aten = torch.ops.aten


def infer_shapes(graph: fx.GraphModule) -> None:
    """Write `meta["val"]` again for every node, from that of the input."""
    for node in graph.graph.nodes:
        if node.op == "get_attr":
            node.meta["val"] = constant(node).to("meta")
        elif node.op == "call_function":
            node.meta["val"] = _computed(node)


def tidy(graph: fx.GraphModule) -> fx.GraphModule:
    """Remove what nothing uses, check the graph, and make it the module's `forward`."""
    graph.graph.eliminate_dead_code()
    used = {str(node.target) for node in graph.graph.nodes if node.op == "get_attr"}
    for name in [name for name, _ in graph.named_buffers() if name not in used]:
        delattr(graph, name)
    graph.graph.lint()
    graph.recompile()
    return graph


def calls(graph: fx.GraphModule, *targets: object) -> list[fx.Node]:
    """Every call of one of these operators, in the order of running; all calls without any."""
    return [
        node
        for node in graph.graph.nodes
        if node.op == "call_function" and (not targets or node.target in targets)
    ]


def is_call(node: object, *targets: object) -> bool:
    """Whether this is a node that calls one of these operators."""
    return isinstance(node, fx.Node) and node.op == "call_function" and node.target in targets


def shape(node: fx.Node) -> tuple[int, ...]:
    """Of the tensor that the node computes."""
    return tuple(node.meta["val"].shape)


def argument(node: fx.Node, name: str) -> Any:  # noqa: ANN401  whatever the schema says
    """An argument of an operator by its name in the schema, its default where it is not given."""
    schema: Any = node.target
    for place, known in enumerate(schema._schema.arguments):
        if known.name == name:
            return node.args[place] if place < len(node.args) else node.kwargs.get(name, known.default_value)
    raise KeyError(name)


def constant(node: object) -> Tensor:
    """The weight that a node stands for.

    Raises:
        LookupError: it is not a weight.
    """
    if not (isinstance(node, fx.Node) and node.op == "get_attr"):
        raise LookupError("not a weight")
    value = getattr(node.graph.owning_module, str(node.target))
    assert isinstance(value, Tensor)
    return value


def is_constant(node: object) -> bool:
    """Whether a node is a weight."""
    return isinstance(node, fx.Node) and node.op == "get_attr"


def only_user(node: fx.Node) -> fx.Node | None:
    """The one node that uses this one; None where there are several, or none."""
    return next(iter(node.users)) if len(node.users) == 1 else None


def add_constant(graph: fx.GraphModule, value: Tensor, *, before: fx.Node) -> fx.Node:
    """A new weight, placed before a node."""
    taken = {name for name, _ in graph.named_buffers()}
    name = next(f"made_{index}" for index in range(len(taken) + 1) if f"made_{index}" not in taken)
    graph.register_buffer(name, value.detach().clone().contiguous())
    with graph.graph.inserting_before(before):
        node = graph.graph.get_attr(name)
    node.meta["val"] = value.to("meta")
    return node


def insert(
    graph: fx.GraphModule,
    target: Callable[..., Any],
    *args: Argument,
    before: fx.Node,
    **keywords: Argument,
) -> fx.Node:
    """A new call of an operator, placed before a node, with its shape."""
    with graph.graph.inserting_before(before):
        node = graph.graph.call_function(target, args, keywords)
    node.meta["val"] = _computed(node)
    return node


def substitute(node: fx.Node, by: fx.Node) -> None:
    """Let every user of a node use another one, and remove the node."""
    node.replace_all_uses_with(by)
    node.graph.erase_node(node)


def replace_call(
    graph: fx.GraphModule, node: fx.Node, target: Callable[..., Any], *args: Argument
) -> fx.Node:
    """Call another operator instead of a node's."""
    fresh = insert(graph, target, *args, before=node)
    substitute(node, fresh)
    return fresh


def pair(sizes: Sequence[int] | int) -> tuple[int, ...]:
    """A size for both directions, as PyTorch lets people write it."""
    given = (sizes,) if isinstance(sizes, int) else tuple(sizes)
    return given * 2 if len(given) == 1 else given


def _computed(node: fx.Node) -> Any:  # noqa: ANN401  a tensor, or several
    def value(one: fx.Node) -> Any:  # noqa: ANN401
        return one.meta["val"]

    def placed(one: Any) -> Any:  # noqa: ANN401
        return torch.device("meta") if isinstance(one, torch.device) else one

    args, kwargs = fx.node.map_arg((node.args, node.kwargs), value)
    args = tuple(map(placed, args))
    kwargs = {name: placed(one) for name, one in kwargs.items()}
    target: Any = node.target
    with torch.no_grad():
        return target(*args, **kwargs)
