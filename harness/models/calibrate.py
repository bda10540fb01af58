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

LEAST_VARIANCE = 0.1
"""Of a BatchNorm, as a share of its squared mean.

A layer behind global pooling sees nearly the same vector for every random image; dividing by the difference
magnifies float32 rounding (measured on MobileNetV4-Conv-S: 3.3e-6 of the largest output, 2.1e-6 with this).
"""


CLOSED = 1e-3
"""Largest value of weights that close a branch until training opens it: LayerScale starts at 1e-5 or 1e-6,
the last BatchNorm of a residual branch at 0. What such a branch computes would not be seen in the output, so
that no proof of an export could hold it to anything."""


def seeded(builder: Callable[[], nn.Module], seed: int) -> nn.Module:
    """Build a network with random weights that depend on `seed` alone; torch's own generator is untouched."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return builder()


def calibrate(module: nn.Module, input_shape: tuple[int, ...], seed: int) -> nn.Module:
    """Open closed branches, set BatchNorm's bias, and its statistics from one pass over images, in place.

    The images are standard normal.

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
    _open(module)
    with torch.no_grad(), _collecting_statistics(module):
        module(images)
    return module.float().eval()


def _open(module: nn.Module) -> None:
    for name, weight in module.named_parameters():
        if not name.endswith("bias") and weight.abs().max() < CLOSED:
            nn.init.ones_(weight)


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
            _widen(layer)
            layer.momentum = momentum
            layer.eval()


def _widen(layer: nn.BatchNorm2d) -> None:
    if layer.running_mean is not None and layer.running_var is not None:
        least = LEAST_VARIANCE * layer.running_mean**2
        layer.running_var.copy_(torch.maximum(layer.running_var, least))
