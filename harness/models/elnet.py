"""ELNet as a torch module: a reconstruction, because only the paper's abstract is public.

Published [P]: pointwise convolution stacked with depthwise-separable convolution, grouped pointwise
convolutions, channel shuffle. Reconstructed [R]: the order within a block, BatchNorm and ReLU, and the sizes,
which `elnet_layout` holds. docs/explanation/elnet.md gives the reasons. Weights are left to `calibrate`.
"""

from torch import Tensor, nn
from torch.nn import functional

from harness.models.elnet_layout import Convolution, ElnetLayout, Residual, keeps_shape


class ELNet(nn.Module):
    """The whole network: images (N, 3, H, W) to logits (N, classes)."""

    def __init__(self, layout: ElnetLayout) -> None:
        super().__init__()
        self.stem = _convolution(layout.stem, activated=True)
        self.blocks = nn.Sequential(*_blocks(layout))
        self.head = _convolution(layout.head, activated=True)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(layout.head.outputs, layout.classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N, classes) of images (N, 3, H, W)."""
        features = self.head(self.blocks(self.stem(images)))
        logits: Tensor = self.classifier(self.pool(features).flatten(1))
        return logits


class ELBlock(nn.Module):
    """Grouped pointwise, shuffle, depthwise 3×3, grouped pointwise: (N, Cin, H, W) to (N, Cout, H/s, W/s).

    Reading `b` has no second pointwise convolution.

    The grouping makes the correlation of adjacent layers' filters block-diagonal (Ioannou et al., Deep Roots,
    arXiv 1605.06489); the shuffle (ShuffleNet, arXiv 1707.01083) mixes the blocks again.
    """

    def __init__(
        self,
        convolutions: tuple[Convolution, ...],
        *,
        shuffle: bool,
        residual: Residual,
    ) -> None:
        super().__init__()
        first, depthwise, *last = convolutions
        self.reduce = _convolution(first, activated=True)
        self.shuffle_groups = first.groups if shuffle else 1
        self.depthwise = _convolution(depthwise, activated=False)
        self.expand = _convolution(last[0], activated=False) if last else nn.Identity()
        self.has_shortcut = residual != "none" and keeps_shape(convolutions)
        self.ends_in_relu = not (self.has_shortcut and residual == "linear")

    def forward(self, features: Tensor) -> Tensor:
        """The block's features; its shortcut, where it has one, is added before the last ReLU."""
        mixed = self.reduce(features)
        if self.shuffle_groups > 1:
            # The operator, not view/transpose: on channels-last input phones run it without a copy.
            mixed = functional.channel_shuffle(mixed, self.shuffle_groups)
        expanded = self.expand(self.depthwise(mixed))
        if self.has_shortcut:
            expanded = expanded + features
        return functional.relu(expanded) if self.ends_in_relu else expanded


def _blocks(layout: ElnetLayout) -> list[ELBlock]:
    return [ELBlock(block, shuffle=layout.shuffle, residual=layout.residual) for block in layout.blocks()]


def _convolution(spec: Convolution, *, activated: bool) -> nn.Sequential:
    convolution = nn.Conv2d(
        spec.inputs,
        spec.outputs,
        spec.kernel,
        spec.stride,
        padding=spec.kernel // 2,
        groups=spec.groups,
        bias=False,
    )
    layers: list[nn.Module] = [convolution, nn.BatchNorm2d(spec.outputs)]
    return nn.Sequential(*layers, nn.ReLU()) if activated else nn.Sequential(*layers)
