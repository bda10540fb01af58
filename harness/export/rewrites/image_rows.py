"""The rows of a large first convolution become channels, gathered while the image is converted.

A convolution of a three-channel image hands its kernel three values at a time. With the rows that it covers
gathered as channels, 7x7 on 3 channels is 1x7 on 21: a seventh of the calls, each seven times as long. The
gathering copies whole rows, and the interleaving of the planes is `image_start`'s. For small first
convolutions, 3x3 to 16 or 32 channels, it costs more than it saves on small cores, so that they stay.
"""

from dataclasses import replace

import torch
from torch import fx

from harness.export.graph import aten, insert, only_user, shape, substitute, tidy
from harness.export.graph_convolution import Convolution, convolutions, insert_convolution
from harness.export.rewrites.image_start import conversions, interleaved

FEWEST_ROWS = 4
FEWEST_OUTPUTS = 64
"""From either on it pays on every core counted (docs/explanation/export.md)."""
MOST_INPUTS = 3
"""The kernels' main loops take four values at a time: with as many channels nothing is to be gained."""


def rewrite(graph: fx.GraphModule) -> int:
    """Gather the rows of the convolution that alone uses the converted image; returns 1, or 0."""
    images = conversions(graph)
    first = [
        (node, found)
        for node, found in convolutions(graph)
        if found.image in images and only_user(found.image) is node and _pays(found)
    ]
    for node, found in first:
        (source,) = found.image.all_input_nodes
        planes = _gathered(graph, source, found, before=node)
        substitute(node, insert_convolution(graph, _of_rows(graph, planes, found, node), before=node))
    tidy(graph)
    return len(first)


def _pays(found: Convolution) -> bool:
    rows = found.kernel[0]
    is_large = rows >= FEWEST_ROWS or (rows > 1 and found.outputs >= FEWEST_OUTPUTS)
    return is_large and found.inputs <= MOST_INPUTS and found.groups == 1 and found.dilation == (1, 1)


def _gathered(graph: fx.GraphModule, image: fx.Node, found: Convolution, *, before: fx.Node) -> fx.Node:
    """For each output row, channel and row of the kernel a row of the image: N, C x rows, rows out, W."""
    n, channels, height, width = shape(image)
    (rows, _), (step, _), (top, _) = found.kernel, found.stride, found.padding
    rows_out = (height + 2 * top - rows) // step + 1
    bottom = max(0, (rows_out - 1) * step + rows - height - top)
    if top or bottom:
        image = insert(graph, aten.constant_pad_nd.default, image, [0, 0, top, bottom], before=before)
    windows = insert(graph, aten.unfold.default, image, 2, rows, step, before=before)
    planes = insert(graph, aten.permute.default, windows, [0, 1, 4, 2, 3], before=before)
    copied = insert(graph, aten.clone.default, planes, before=before, memory_format=torch.contiguous_format)
    return insert(graph, aten.view.default, copied, [n, channels * rows, rows_out, width], before=before)


def _of_rows(graph: fx.GraphModule, planes: fx.Node, found: Convolution, before: fx.Node) -> Convolution:
    """The convolution of the gathered rows: one row high, its other settings those along a row."""
    columns = found.kernel[1]
    return replace(
        found,
        image=interleaved(graph, planes, before=before),
        weight=found.weight.reshape(found.outputs, -1, 1, columns),
        stride=(1, found.stride[1]),
        padding=(0, found.padding[1]),
    )
