"""What a network costs on paper: parameters, multiply-accumulates and the activations that it moves, counted
on the network that runs.

MACs are those of convolutions and matrix products, which is what published tables count; additions,
activations and BatchNorm, which folds away, are left out. What moving activations means is `traffic`'s.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from harness.models.traffic import ActivationCounter

FLOAT32_BYTES = 4


@dataclass(frozen=True, slots=True)
class Complexity:
    """What one input costs."""

    parameters: int
    """Learnable parameters."""
    macs: int
    """Multiply-accumulates."""
    activation_bytes: int
    """Activations in float32 that the layers read and write."""


def complexity(module: nn.Module, input_shape: tuple[int, ...]) -> Complexity:
    """Count a network on one forward of zeros; the module is left as it was.

    Args:
        module: a network of one tensor.
        input_shape: N, C, H, W; MACs and activations are for the whole batch.
    """
    parameters = list(module.parameters())
    images = torch.zeros(input_shape)
    flops, moved = FlopCounterMode(display=False), ActivationCounter([*parameters, *module.buffers()])
    with _in_eval_mode(module), torch.no_grad(), flops, moved:
        module(images)
    return Complexity(
        parameters=sum(parameter.numel() for parameter in parameters),
        macs=flops.get_total_flops() // 2,
        activation_bytes=FLOAT32_BYTES * moved.values,
    )


@contextmanager
def _in_eval_mode(module: nn.Module) -> Iterator[None]:
    """Switch every layer to eval mode, and each one back to its own mode at the end."""
    modes = {layer: layer.training for layer in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for layer, was_training in modes.items():
            layer.training = was_training
