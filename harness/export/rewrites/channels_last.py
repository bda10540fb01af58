"""Run the whole network channels-last (NHWC), while its caller still hands over contiguous NCHW images.

In a network that runs NCHW, every `prepacked::conv2d_clamp_run` copies its input to channels-last and its
output back: more than half of the time of MobileNetV2 (docs/explanation/export.md has the figures).
"""

import torch
from torch import Tensor, nn


def start_channels_last(module: nn.Module) -> nn.Module:
    """Put one conversion of the image in front; the layout then carries through every layer."""
    return _ChannelsLastStart(module).train(module.training)


class _ChannelsLastStart(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        outputs: Tensor = self.network(images.contiguous(memory_format=torch.channels_last))
        return outputs
