"""What a network costs on paper: parameters and multiply-accumulates, counted on the network that runs.

MACs are those of convolutions and matrix products, which is what published tables count; additions,
activations and BatchNorm, which folds away, are left out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True, slots=True)
class Complexity:
    """Parameters and multiply-accumulates for one input."""

    parameters: int
    macs: int


def complexity(module: nn.Module, input_shape: tuple[int, ...]) -> Complexity:
    """Count a network on one forward of zeros; the module is left as it was.

    Args:
        module: a network of one tensor.
        input_shape: N, C, H, W; the MACs are for the whole batch.
    """
    counter = FlopCounterMode(display=False)
    with _in_eval_mode(module), torch.no_grad(), counter:
        module(torch.zeros(input_shape))
    parameters = sum(parameter.numel() for parameter in module.parameters())
    return Complexity(parameters=parameters, macs=counter.get_total_flops() // 2)


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
