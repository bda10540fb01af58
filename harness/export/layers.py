"""What each prepacked layer of a program is (kernel, channels, stride, groups), in the order of running.

Read from the source that most `.ptl` files carry beside their bytecode; nothing is run.
"""

from collections.abc import Iterator, Sequence

import torch

from harness.export.bytecode import PREPACKED_OPERATORS
from harness.export.host_runtime import load_script, packed_state

_CONVOLUTION, _TRANSPOSED, _LINEAR = PREPACKED_OPERATORS


def describe_layers(program: bytes) -> tuple[str, ...]:
    """Describe every prepacked layer.

    Raises:
        RuntimeError: the file carries no source of its program, or torch cannot load it.
    """
    script = load_script(program)
    return tuple(_described(node, script) for node in _nodes(script.inlined_graph.nodes()))


def _nodes(nodes: Iterator[torch._C.Node]) -> Iterator[torch._C.Node]:
    for node in nodes:
        if node.kind() in PREPACKED_OPERATORS:
            yield node
        for block in node.blocks():
            yield from _nodes(block.nodes())


def _described(node: torch._C.Node, script: torch.jit.ScriptModule) -> str:
    state = packed_state(list(node.inputs())[1], script)
    if state is None:
        return "weights made at run time"
    weight, *settings = state
    if node.kind() == _LINEAR:
        outputs, inputs = weight.shape
        return f"linear {inputs} → {outputs}"
    if node.kind() == _CONVOLUTION:
        _, stride, _, dilation, groups, *_ = settings
        outputs, inputs, *kernel = weight.shape
        return _convolution("conv", kernel, inputs * groups, outputs, stride, dilation, groups)
    _, stride, _, _, dilation, groups, *_ = settings
    inputs, outputs, *kernel = weight.shape
    return _convolution("transposed conv", kernel, inputs, outputs * groups, stride, dilation, groups)


def _convolution(
    kind: str,
    kernel: Sequence[int],
    inputs: int,
    outputs: int,
    stride: Sequence[int],
    dilation: Sequence[int],
    groups: int,
) -> str:
    is_depthwise = groups == inputs == outputs and groups > 1
    channels = f"{inputs}" if is_depthwise else f"{inputs} → {outputs}"
    parts = (
        f"{_by(kernel)} {'depthwise ' if is_depthwise else ''}{kind} {channels}",
        f"stride {_once(stride)}" if set(stride) != {1} else "",
        f"dilation {_once(dilation)}" if set(dilation) != {1} else "",
        f"{groups} groups" if groups > 1 and not is_depthwise else "",
    )
    return ", ".join(part for part in parts if part)


def _once(sizes: Sequence[int]) -> str:
    """`2` where it is the same in both directions, as it mostly is."""
    return str(sizes[0]) if len(set(sizes)) == 1 else _by(sizes)


def _by(sizes: Sequence[int]) -> str:
    return "×".join(map(str, sizes))
