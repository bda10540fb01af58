"""Run the whole network channels-last (NHWC), while its caller still hands over contiguous NCHW images.

In a network that runs NCHW, every `prepacked::conv2d_clamp_run` copies its input to channels-last and its
output back: more than half of the time of MobileNetV2 (docs/explanation/export.md has the figures).
"""

import torch
from torch import Tensor, fx, nn

from harness.export.graph import aten, calls, infer_shapes, insert, tidy


def rewrite(graph: fx.GraphModule) -> int:
    """Put one conversion of the image in front; the layout then carries through every layer."""
    image = next(node for node in graph.graph.nodes if node.op == "placeholder")
    if image.meta["val"].dim() != 4:
        return 0
    users = list(image.users)
    layout = {"memory_format": torch.channels_last}
    converted = insert(graph, aten.contiguous.default, image, before=image.next, **layout)
    for user in users:
        user.replace_input_with(image, converted)
    for view in calls(graph, aten.view.default):
        view.target = aten.reshape.default  # a view needs a layout in which it is one
    for copy in calls(graph, aten.contiguous.default):
        if copy is not converted and not copy.kwargs and copy.meta["val"].dim() == 4:
            copy.replace_all_uses_with(copy.all_input_nodes[0])  # it would go back to NCHW
    infer_shapes(graph)
    tidy(graph)
    return 1


def start_channels_last(module: nn.Module) -> nn.Module:
    """The same for a network that cannot be seen as a graph: the conversion is wrapped around it."""
    return _ChannelsLastStart(module).train(module.training)


class _ChannelsLastStart(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        outputs: Tensor = self.network(images.contiguous(memory_format=torch.channels_last))
        return outputs
