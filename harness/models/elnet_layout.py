"""ELNet's options and its table of stages, without torch: what `elnet` builds and what `catalogue` can cost.

Sources, marked as in docs/explanation/elnet.md: [P] published in the abstract of Zhang, Liu and Chen,
Computer Engineering and Design 45(2):436–442, 2024, DOI 10.16208/j.issn1000-7024.2024.02.015;
[R] reconstruction. The abstract gives no table, so every width, depth and stride here is [R].
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

Residual = Literal["none", "relu", "linear"]
Block = Literal["gsd", "b"]
"""Readings of the abstract's block: `gsd` is grouped pointwise, shuffle, depthwise, grouped pointwise; `b`
ends with the depthwise convolution, so that its one pointwise convolution has all the outputs."""

STEM_CHANNELS = 16
HEAD_CHANNELS = 512
WIDTH_STEP = 16

SMALL_PIXELS = 64
"""Up to this size, networks are built in their form for small images (CIFAR's are 32×32)."""


class Stage(NamedTuple):
    """A run of ELBlocks of which the first has the stride."""

    blocks: int
    channels: int
    stride: int


class Convolution(NamedTuple):
    """One square convolution without bias, followed by BatchNorm."""

    inputs: int
    outputs: int
    kernel: int
    stride: int
    groups: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ElnetLayout:
    """One ELNet: grouped pointwise convolutions and channel shuffle are [P], every default value is [R].

    Raises:
        ValueError: `groups` does not divide every channel count, or a value is out of range.
    """

    width: float = 1.0
    """Multiplier of all channel counts."""
    groups: int = 4
    """Groups of every pointwise convolution; 4 is the largest that still connects 16 channels fully."""
    shuffle: bool = True
    """Channel shuffle after the first pointwise convolution of a block."""
    residual: Residual = "none"
    """`none` is the abstract's literal reading; `relu` and `linear` add a shortcut where shapes allow."""
    block_kind: Block = "gsd"
    """Reading of the block."""
    classes: int = 1000
    """Outputs of the classifier."""
    small_input: bool = False
    """True for 32×32 images: the stem and the first stage keep the resolution."""

    def __post_init__(self) -> None:
        if self.width <= 0 or self.classes < 1 or self.groups < 1:
            raise ValueError("width, classes and groups must be positive")
        if any(count % self.groups for count in self._channel_counts()):
            raise ValueError(
                f"{self.groups} groups do not divide the channel counts {self._channel_counts()}"
            )

    @property
    def stem(self) -> Convolution:
        """The dense 3×3 convolution on the image."""
        return Convolution(3, self._scaled(STEM_CHANNELS), 3, 1 if self.small_input else 2, 1)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The four stages of ELBlocks."""
        return (
            Stage(2, self._scaled(32), 1 if self.small_input else 2),
            Stage(3, self._scaled(64), 2),
            Stage(6, self._scaled(128), 2),
            Stage(3, self._scaled(256), 2),
        )

    @property
    def head(self) -> Convolution:
        """The grouped pointwise convolution before pooling; it never shrinks below width 1."""
        outputs = self._scaled(HEAD_CHANNELS) if self.width > 1 else HEAD_CHANNELS
        return Convolution(self.stages[-1].channels, outputs, 1, 1, self.groups)

    def block(self, inputs: int, outputs: int, stride: int) -> tuple[Convolution, ...]:
        """An ELBlock's convolutions: grouped pointwise, depthwise, and again grouped pointwise unless `b`."""
        if self.block_kind == "b":
            return (
                Convolution(inputs, outputs, 1, 1, self.groups),
                Convolution(outputs, outputs, 3, stride, outputs),
            )
        return (
            Convolution(inputs, inputs, 1, 1, self.groups),
            Convolution(inputs, inputs, 3, stride, inputs),
            Convolution(inputs, outputs, 1, 1, self.groups),
        )

    def blocks(self) -> Iterator[tuple[Convolution, ...]]:
        """Every ELBlock in order."""
        inputs = self.stem.outputs
        for count, channels, stride in self.stages:
            for index in range(count):
                yield self.block(inputs, channels, stride if index == 0 else 1)
                inputs = channels

    def convolutions(self) -> Iterator[Convolution]:
        """Every convolution from the image to the head, in order."""
        yield self.stem
        for block in self.blocks():
            yield from block
        yield self.head

    def _scaled(self, channels: int) -> int:
        return max(WIDTH_STEP, WIDTH_STEP * math.floor(channels * self.width / WIDTH_STEP + 0.5))

    def _channel_counts(self) -> tuple[int, ...]:
        return (self.stem.outputs, *(stage.channels for stage in self.stages), self.head.outputs)


def keeps_shape(block: tuple[Convolution, ...]) -> bool:
    """Whether a block's output has the shape of its input, so that a shortcut can be added."""
    return all(convolution.stride == 1 for convolution in block) and block[0].inputs == block[-1].outputs


def parameters(layout: ElnetLayout) -> int:
    """Learnable parameters: weights, two BatchNorm values a channel, and the classifier with its bias."""
    convolved = sum(c.outputs * (c.inputs // c.groups * c.kernel**2 + 2) for c in layout.convolutions())
    return convolved + (layout.head.outputs + 1) * layout.classes


def macs(layout: ElnetLayout, resolution: int) -> int:
    """Multiply-accumulates of convolutions and classifier for one square image of `resolution` pixels."""
    total = layout.head.outputs * layout.classes
    for convolution in layout.convolutions():
        resolution = math.ceil(resolution / convolution.stride)
        kernel_macs = convolution.inputs // convolution.groups * convolution.kernel**2
        total += resolution**2 * convolution.outputs * kernel_macs
    return total


def activations(layout: ElnetLayout, resolution: int) -> int:
    """Values that the layers read and write for one square image, counted as `traffic` does."""
    total, resolution = _moved(layout.stem, resolution)
    for block in layout.blocks():
        if layout.shuffle and layout.groups > 1:
            total += 2 * resolution**2 * block[0].outputs
        for convolution in block:
            moved, resolution = _moved(convolution, resolution)
            total += moved
        if layout.residual != "none" and keeps_shape(block):
            total += 3 * resolution**2 * block[-1].outputs
    moved, resolution = _moved(layout.head, resolution)
    pooled = resolution**2 * layout.head.outputs + layout.head.outputs
    return total + moved + pooled + layout.head.outputs + layout.classes


def _moved(convolution: Convolution, resolution: int) -> tuple[int, int]:
    """Values that a convolution reads and writes, and the resolution after it."""
    after = math.ceil(resolution / convolution.stride)
    return resolution**2 * convolution.inputs + after**2 * convolution.outputs, after
