"""Convolutions that look as if they had lost the bias that BatchNorm folds into them.

`trace` → `optimize_for_mobile` drops that bias without a word (`rewrites/batch_norm.py` has the story).
What is left is a convolution without bias and without normalisation in front of an activation. Hardly any
network has that on purpose, but some do (VDSR), and their right file is the very archive that lost biases
would give: what is found here is a reason to ask for a proof, and nothing but a reference can be one.
docs/explanation/export.md says on which networks this was tried.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from harness.export.host_runtime import load_script, packed_state

_PREPACKED = ("prepacked::conv2d_clamp_run", "prepacked::conv2d_transpose_clamp_run")
_PLAIN = tuple(
    f"aten::{name}{suffix}"
    for name, suffixes in (
        ("_convolution", ("", "_mode")),
        ("convolution", ("",)),
        ("conv", ("1d", "2d", "3d")),
        ("conv_transpose", ("1d", "2d", "3d")),
    )
    for suffix in suffixes
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NORMALISES = _words("""
    batch_norm native_batch_norm instance_norm group_norm native_group_norm layer_norm native_layer_norm
    rms_norm
""")
_MAKES_UP = _NORMALISES | _words("""
    linear linear_clamp_run matmul bmm mm addmm baddbmm einsum scaled_dot_product_attention
""")
"""Normalisation brings an offset of its own; projections for attention are used without one."""
_GLOBAL_POOLS = _words("adaptive_avg_pool1d adaptive_avg_pool2d adaptive_max_pool2d mean amax")
_CARRIES = _words("""
    add add_ sub sub_ mul mul_ div div_ neg cat stack dropout dropout_ feature_dropout sum avg_pool1d
    avg_pool2d avg_pool3d max_pool1d max_pool2d upsample_nearest1d upsample_nearest2d upsample_bilinear2d
    upsample_bicubic2d pixel_shuffle pixel_unshuffle channel_shuffle native_channel_shuffle permute
    transpose reshape view flatten unflatten contiguous to clone detach slice select narrow chunk split
    split_with_sizes tensor_split unsqueeze squeeze expand expand_as pad constant_pad_nd reflection_pad2d
    replication_pad2d roll flip unbind ListConstruct ListUnpack TupleConstruct TupleUnpack
    unfold im2col col2im repeat repeat_interleave
""")
"""What hands an offset on: linear and shaping operators, and pooling."""
_SAYS_NOTHING = _GLOBAL_POOLS | _words("""
    sigmoid sigmoid_ hardsigmoid hardsigmoid_ tanh tanh_ softmax size dim numel device dtype Return
""")
"""A convolution before a gate often has no bias (CBAM, LR-ASPP), nor the last one (FasterNet)."""
_ADDS = _words("add add_ _add_relu _add_relu_")
_JOINS = _words("add add_ mul mul_ cat stack sub ListConstruct")


def count_biases(program: bytes) -> tuple[int, int, int]:
    """Look at every convolution of a program's `forward`; nothing is run.

    Returns:
        Convolutions; those without bias; those of them that are suspicious: nothing makes up for the bias
        before the next activation.

    Raises:
        RuntimeError: the file carries no source of its program, or torch cannot load it.
    """
    script = load_script(program)
    graph: Any = script.inlined_graph  # torch's stubs lack findAllNodes
    nodes = [node for kind in (*_PREPACKED, *_PLAIN) for node in graph.findAllNodes(kind, recurse=True)]
    found = [_read(node, script) for node in nodes]
    by_output = {conv.output.unique(): conv for conv in found}
    bare = [conv for conv in found if not conv.has_bias]
    return len(found), len(bare), sum(_is_suspicious(conv, by_output) for conv in bare)


@dataclass(frozen=True, slots=True, eq=False)
class _Convolution:
    input: torch._C.Value
    output: torch._C.Value
    has_bias: bool
    activates: bool
    """An activation is fused into it."""


def _read(node: torch._C.Node, script: torch.jit.ScriptModule) -> _Convolution:
    image, second, *_ = node.inputs()
    if node.kind() not in _PREPACKED:
        return _Convolution(image, node.output(), not _is_none(node.inputsAt(2)), False)
    state = packed_state(second, script)
    if state is None:
        _, bias, *_, smallest, largest = second.node().inputs()
        activates = not (_is_none(smallest) and _is_none(largest))
        return _Convolution(image, node.output(), not _is_none(bias), activates)
    _, bias, *_, smallest, largest = state
    return _Convolution(image, node.output(), bias is not None, (smallest, largest) != (None, None))


def _is_none(value: torch._C.Value) -> bool:
    return bool(value.node().mustBeNone())


def _is_suspicious(conv: _Convolution, by_output: dict[int, _Convolution]) -> bool:
    # Between a pool and its gate, and right after a normalisation, convolutions without bias are common.
    if _comes_from(_GLOBAL_POOLS, conv.input, through=None):
        return False
    if _comes_from(_NORMALISES, conv.input, through=_CARRIES):
        return False
    ends = {"activation"} if conv.activates else set(_ends(conv.output, by_output))
    return "activation" in ends and "made up" not in ends


def _ends(value: torch._C.Value, by_output: dict[int, _Convolution]) -> Iterator[str]:
    """What a value meets first on each way on: `made up`, `activation`, or neither."""
    waiting, seen = [value], set[int]()
    while waiting:
        value = waiting.pop()
        if value.unique() in seen:
            continue
        seen.add(value.unique())
        for node in (use.user for use in value.uses()):
            end = _end(node, value, by_output)
            if end == "carried":
                waiting.extend(node.outputs())
            else:
                yield end


def _end(node: torch._C.Node, value: torch._C.Value, by_output: dict[int, _Convolution]) -> str:
    name = node.kind().rpartition("::")[2]
    if node.kind() in (*_PREPACKED, *_PLAIN):
        conv = by_output[node.output().unique()]
        return "made up" if conv.has_bias else "activation" if conv.activates else "carried"
    if name in _MAKES_UP or (name in _ADDS and _adds_a_constant(node, value)):
        return "made up"
    if name in _CARRIES:
        return "carried"
    return "neither" if name in _SAYS_NOTHING else "activation"


def _adds_a_constant(node: torch._C.Node, value: torch._C.Value) -> bool:
    """A bias that is added by itself, as frozen BatchNorm does."""
    others = [other for other in list(node.inputs())[:2] if other.unique() != value.unique()]
    return any(
        other.node().kind() in ("prim::Constant", "prim::GetAttr") and other.type().kind() == "TensorType"
        for other in others
    )


def _comes_from(sources: frozenset[str], value: torch._C.Value, *, through: frozenset[str] | None) -> bool:
    """Whether first inputs lead back to one of these, with nothing but `through` between; None: anything."""
    node = value.node()
    while node.inputsSize() and _name(node) not in _JOINS:
        if _name(node) in sources:
            return True
        if through is not None and _name(node) not in through:
            return False
        node = node.inputsAt(0).node()
    return False


def _name(node: torch._C.Node) -> str:
    return str(node.kind()).rpartition("::")[2]
