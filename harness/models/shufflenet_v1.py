"""ShuffleNet V1 with three groups, as its paper describes it (Zhang et al., arXiv 1707.01083, table 1).

torchvision and timm have only V2. Choices that the paper leaves open are those of its authors' published
code (megvii-model/ShuffleNet-Series): the stem has half of its 24 channels at width 0.5, a block's middle
has a quarter of its output's channels, also where it shrinks, and the classifier has no bias.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

GROUPS = 3

_STAGES = ((4, 240), (8, 480), (4, 960))
"""Blocks and channels at width 1."""

_STEM_CHANNELS = 24


class ShuffleNetV1(nn.Module):
    """The whole network: images (N, 3, H, W) to logits (N, classes)."""

    def __init__(self, width: float, classes: int) -> None:
        super().__init__()
        inputs = int(_STEM_CHANNELS * width)
        self.stem = nn.Sequential(
            nn.Conv2d(3, inputs, 3, 2, padding=1, bias=False), nn.BatchNorm2d(inputs), nn.ReLU()
        )
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        units: list[nn.Module] = []
        for count, channels in _STAGES:
            outputs = int(channels * width)
            for index in range(count):
                # The stem's few channels are not grouped (the paper's section 3.2).
                units.append(_Unit(inputs, outputs, first_groups=GROUPS if units else 1, shrinks=index == 0))
                inputs = outputs
        self.units = nn.Sequential(*units)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(inputs, classes, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N, classes) of images (N, 3, H, W)."""
        features = self.units(self.maxpool(self.stem(images)))
        logits: Tensor = self.classifier(self.pool(features).flatten(1))
        return logits


class _Unit(nn.Module):
    """Figure 2 (b) of the paper, or (c) where it shrinks: then the pooled input is joined, not added."""

    def __init__(self, inputs: int, outputs: int, *, first_groups: int, shrinks: bool) -> None:
        super().__init__()
        middle = outputs // 4
        last = outputs - inputs if shrinks else outputs
        self.reduce = nn.Sequential(
            nn.Conv2d(inputs, middle, 1, groups=first_groups, bias=False), nn.BatchNorm2d(middle), nn.ReLU()
        )
        self.depthwise = nn.Sequential(
            nn.Conv2d(middle, middle, 3, 2 if shrinks else 1, padding=1, groups=middle, bias=False),
            nn.BatchNorm2d(middle),
        )
        self.expand = nn.Sequential(
            nn.Conv2d(middle, last, 1, groups=GROUPS, bias=False), nn.BatchNorm2d(last)
        )
        self.pool = nn.AvgPool2d(3, 2, padding=1) if shrinks else None

    def forward(self, features: Tensor) -> Tensor:
        mixed = functional.channel_shuffle(self.reduce(features), GROUPS)
        expanded = self.expand(self.depthwise(mixed))
        if self.pool is not None:
            return functional.relu(torch.cat([self.pool(features), expanded], 1))
        return functional.relu(features + expanded)
