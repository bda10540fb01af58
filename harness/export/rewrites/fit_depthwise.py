"""Depthwise convolutions take the sizes for which there are depthwise kernels.

XNNPACK's compute 1, 3, 4, 9 or 25 taps, neither fewer nor more; any other size runs as a grouped convolution
of one channel a group, which computes a tile of 8 channels for each: 7x7 costs 15 times as much as 5x5. A
smaller one is filled up with zeros. A larger one becomes the sum of a 5x5 kernel in the middle and, for each
ring around it, kernels whose dilation reaches over the middle: 3x3 for corners and axes, 2x2 for the rest,
four taps at a time. Each of them lies symmetrically about the middle, and so needs only padding of its own.
"""

from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor, fx

from harness.export.graph import aten, insert, substitute, tidy
from harness.export.graph_convolution import (
    Convolution,
    change_convolution,
    convolutions,
    insert_convolution,
)

TAPS = (1, 3, 4, 9, 25)
"""Of XNNPACK's depthwise kernels for floats on arm64, as counted: other sizes cost a multiple."""
_SIZES = tuple(
    (height, taps // height) for taps in TAPS for height in range(1, taps + 1) if taps % height == 0
)
_MIDDLE = 2
"""Offset of the outermost taps of a 5x5 kernel."""
LARGEST = 13
"""Rows of the largest kernel that is split: each ring takes more passes than the one within it."""


def rewrite(graph: fx.GraphModule) -> int:
    """Fill up or split every depthwise convolution of another size; returns how many."""
    fitted = 0
    for node, found in convolutions(graph):
        if found.inputs == 1 or not found.is_depthwise or found.kernel in _SIZES:
            continue
        filled = _filled(found)
        if filled is not None:
            change_convolution(graph, node, found, weight=filled.weight, padding=filled.padding)
        elif _can_be_split(found):
            _split(graph, node, found)
        fitted += filled is not None or _can_be_split(found)
    tidy(graph)
    return fitted


def _filled(found: Convolution) -> Convolution | None:
    """The same with zeros around its kernel; None if it is too large, or would come to lie off the middle."""
    for size in _SIZES:
        more = [new - old for new, old in zip(size, found.kernel, strict=True)]
        if all(one >= 0 and one % 2 == 0 for one in more):
            rows, columns = (one // 2 for one in more)
            weight = found.weight.new_zeros(found.outputs, 1, *size)
            height, width = found.kernel
            weight[:, :, rows : rows + height, columns : columns + width] = found.weight
            reach = zip(found.padding, found.dilation, (rows, columns), strict=True)
            return replace(found, weight=weight, padding=tuple(p + d * by for p, d, by in reach))
    return None


def _can_be_split(found: Convolution) -> bool:
    """Square, odd, and padded so that the middle of the kernel goes over every pixel."""
    size = found.kernel[0]
    keeps_size = all(p == size // 2 * d for p, d in zip(found.padding, found.dilation, strict=True))
    return found.kernel == (size, size) and size % 2 == 1 and size <= LARGEST and keeps_size


def _split(graph: fx.GraphModule, node: fx.Node, found: Convolution) -> None:
    total, *others = (insert_convolution(graph, part, before=node) for part in parts(found))
    for other in others:
        total = insert(graph, aten.add.Tensor, total, other, before=node)
    substitute(node, total)


def parts(found: Convolution) -> Iterator[Convolution]:
    """Convolutions whose sum is this one, each of a size that has a kernel; the first has the bias."""
    inner = range(-_MIDDLE, _MIDDLE + 1)
    yield replace(_part(found, found.weight, inner, inner), bias=found.bias)
    for ring in range(_MIDDLE + 1, found.kernel[0] // 2 + 1):
        outside = found.weight.clone()
        middle = found.kernel[0] // 2
        outside[:, :, middle, middle] = 0  # the 5x5 kernel has it
        yield _part(found, outside, (-ring, 0, ring), (-ring, 0, ring))
        for between in range(1, ring):
            yield _part(found, found.weight, (-ring, ring), (-between, between))
            yield _part(found, found.weight, (-between, between), (-ring, ring))


def _part(
    found: Convolution, weight: Tensor, rows: range | tuple[int, ...], columns: range | tuple[int, ...]
) -> Convolution:
    """Some of the kernel's taps, evenly spaced, by their offsets from the middle."""
    middle = found.kernel[0] // 2
    chosen = weight[:, :, [middle + row for row in rows]][:, :, :, [middle + column for column in columns]]
    steps = (rows[1] - rows[0], columns[1] - columns[0])
    return replace(
        found,
        weight=chosen,
        bias=None,
        padding=(rows[-1] * found.dilation[0], columns[-1] * found.dilation[1]),
        dilation=(steps[0] * found.dilation[0], steps[1] * found.dilation[1]),
    )
