"""The weights that training ends with: their moving average, with BatchNorm statistics that belong to it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class AveragedWeights:
    """An exponential moving average of a network's parameters (Polyak; EMA in EfficientNet's training)."""

    def __init__(self, network: nn.Module) -> None:
        self.values = {name: value.detach().clone() for name, value in network.named_parameters()}

    @torch.no_grad()
    def update(self, network: nn.Module, decay: float) -> None:
        """Take in the network's present weights with the share 1 - `decay`."""
        now = [parameter.detach() for _, parameter in network.named_parameters()]
        torch._foreach_lerp_(list(self.values.values()), now, 1 - decay)

    @torch.no_grad()
    def copy_to(self, network: nn.Module) -> None:
        """Give the network the average; its BatchNorm statistics are then those of other weights."""
        for name, parameter in network.named_parameters():
            parameter.copy_(self.values[name])


@torch.no_grad()
def measure_statistics(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Replace BatchNorm's running statistics by plain averages over these images; ends in eval mode.

    Why not keep those of training: they are of weights that moved, and of all but the average. Source:
    precise BatchNorm, Wu and Johnson, arXiv 2105.07576, section 3.
    """
    with _collecting(network.eval()):
        for images in batches:
            network(images)


@contextmanager
def _collecting(network: nn.Module) -> Iterator[None]:
    """Let BatchNorm layers, and nothing else, learn; a momentum of None means the plain average."""
    layers = [layer for layer in network.modules() if isinstance(layer, _BatchNorm)]
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None
        layer.train()
    try:
        yield
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
            layer.eval()
