"""Weights for networks that are measured untrained: seeded, with BatchNorm statistics that fit them.

Why not plain initial weights: BatchNorm then divides by a variance of 1 that no layer has, activations
fade into denormal numbers or overflow, and both change the latency that is being measured. Trained weights
are another room's matter.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

CALIBRATION_IMAGES = 2

BATCH_NORM_BIAS = 1.0
"""Shift that keeps a ReLU mostly open, so that float32 rounding stays small against the signal.

A ReLU on standard normal values passes 1/2 of the rounding noise's energy but only (1 - 1/π)/2 of the
signal's variance, so each BatchNorm after it raises the noise 1.21-fold: 250-fold over ELNet's 29 such
ReLUs, measured as 1.2e-5 of the largest output. With a bias of 1 it is 1.06-fold, measured as 3e-7.
"""


def seeded(builder: Callable[[], nn.Module], seed: int) -> nn.Module:
    """Build a network with random weights that depend on `seed` alone; torch's own generator is untouched."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return builder()


def calibrate(module: nn.Module, input_shape: tuple[int, ...], seed: int) -> nn.Module:
    """Set BatchNorm's bias, and its statistics from one pass over standard normal images, in place.

    The pass runs in float64, so that the statistics, rounded to float32, do not depend on how many threads or
    which vector instructions summed them.

    Args:
        module: a float32 network; it comes back in eval mode.
        input_shape: N, C, H, W of one input; N is replaced by CALIBRATION_IMAGES.
        seed: of the images.

    Returns:
        The same module.
    """
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn((CALIBRATION_IMAGES, *input_shape[1:]), generator=generator, dtype=torch.float64)
    module.eval().double()
    with torch.no_grad(), _collecting_statistics(module):
        module(images)
    return module.float().eval()


@contextmanager
def _collecting_statistics(module: nn.Module) -> Iterator[None]:
    """Let BatchNorm layers, and nothing else, collect; a momentum of None means the plain average."""
    layers = [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        nn.init.constant_(layer.bias, BATCH_NORM_BIAS)
        layer.reset_running_stats()
        layer.momentum = None
        layer.train()
    try:
        yield
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
            layer.eval()
