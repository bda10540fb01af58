"""The form of a network for small images: every network by one rule, so that none has less to look at.

A network for 224 pixels halves the resolution five times; 32 pixels would end as one. The rule is the one
by which ELNet's own small form is laid out: what halves the full and the half resolution keeps it. So the
stem and the first stage have stride 1, a max-pool in their place is left out, and a 7×7 stem is 3×3. It is
what is done to networks for CIFAR by hand: He et al., arXiv 1512.03385, section 4.2.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

_PIXELS = 224
_LEAST_KEPT = _PIXELS // 4
_LARGEST_STRIDE = 4
"""A stem of stride 4 halves twice; larger strides cut an image into patches, which is something else."""

_Strided = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)


def keep_small_resolutions(network: nn.Module) -> nn.Module:
    """Change a network for 224 pixels into its form for small images, in place, weights of 7×7 stems apart.

    Returns:
        The same network.
    """
    for name, layer in _layers_that_halve_early(network):
        if isinstance(layer, nn.Conv2d):
            _keep_resolution(network, name, layer)
        else:
            _put(network, name, nn.Identity())
    return network


def _layers_that_halve_early(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """Strided layers whose input, in a forward of 224 pixels, has more than a quarter of them."""
    names: dict[nn.Module, str] = {
        layer: name for name, layer in network.named_modules() if isinstance(layer, _Strided)
    }
    found: list[tuple[str, nn.Module]] = []

    def look(layer: nn.Module, inputs: tuple[Any, ...]) -> None:
        if 1 < _stride(layer) <= _LARGEST_STRIDE and inputs[0].shape[-1] > _LEAST_KEPT:
            found.append((names[layer], layer))

    _run(network, list(names), look)
    return found


def _run(network: nn.Module, layers: list[nn.Module], look: Callable[..., None]) -> None:
    hooks = [layer.register_forward_pre_hook(look) for layer in layers]
    was_training = network.training
    try:
        with torch.no_grad():
            network.eval()(torch.zeros(1, 3, _PIXELS, _PIXELS))
    finally:
        network.train(was_training)
        for hook in hooks:
            hook.remove()


def _stride(layer: Any) -> int:  # noqa: ANN401 - convolutions and pools share no type that has a stride
    return layer.stride[0] if isinstance(layer.stride, tuple) else int(layer.stride)


def _keep_resolution(network: nn.Module, name: str, layer: nn.Conv2d) -> None:
    if layer.kernel_size == (7, 7):
        padding = 1 if layer.padding[0] else 0
        layer = nn.Conv2d(
            layer.in_channels, layer.out_channels, 3, padding=padding, bias=layer.bias is not None
        )
        _put(network, name, layer)
    layer.stride = (1, 1)
    _tell_owners(network, name)


def _tell_owners(network: nn.Module, name: str) -> None:
    """Blocks that merge their branches (MobileOne) give the one convolution a stride of their own."""
    for depth in range(name.count(".")):
        owner = network.get_submodule(name.rsplit(".", depth + 1)[0])
        if hasattr(owner, "reparameterize") and hasattr(owner, "stride"):
            setattr(owner, "stride", 1)  # noqa: B010 - a type checker takes a module's attributes for tensors


def _put(network: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, attribute = name.rpartition(".")
    setattr(network.get_submodule(parent), attribute, layer)
