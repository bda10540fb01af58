"""One rule for small images, applied to networks of every make: the first two halvings are left out."""

import pytest
import torch
from torch import Tensor, nn

from harness.models.calibrate import seeded
from harness.models.catalogue import construct, entries, entry
from harness.models.small_input import keep_small_resolutions

SMALL = "@input=32,classes=10"


def last_resolution(network: nn.Module) -> int:
    """Height of the last map that is more than one pixel high."""
    heights: list[int] = []

    def note(_layer: nn.Module, _inputs: object, output: Tensor) -> None:
        if output.dim() == 4 and output.shape[2] > 1:
            heights.append(output.shape[2])

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(note)
    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, 32, 32))
    return heights[-1]


@pytest.mark.parametrize("name", [known.name for known in entries()])
def test_every_network_looks_at_32_pixels_as_closely(name: str) -> None:
    network = seeded(lambda: construct(entry(name + SMALL)), 0)
    # Padding is left as it is: FasterNet's stem of 4×4 and SqueezeNet's convolutions have none.
    expected = {"fasternet_t0": 3, "squeezenet1_0": 7, "squeezenet1_1": 7}
    assert last_resolution(network) == expected.get(name, 4)


def test_a_7x7_stem_becomes_3x3_and_its_pool_is_left_out() -> None:
    network = construct(entry("resnet18" + SMALL))
    assert isinstance(network.conv1, nn.Conv2d)
    assert (network.conv1.kernel_size, network.conv1.stride, network.conv1.padding) == (
        (3, 3),
        (1, 1),
        (1, 1),
    )
    assert network.conv1.bias is None
    assert isinstance(network.maxpool, nn.Identity)


def test_64_pixels_are_small_and_65_are_not() -> None:
    small, large = (construct(entry(f"resnet18@input={pixels}")) for pixels in (64, 65))
    assert isinstance(small.maxpool, nn.Identity)
    assert isinstance(large.maxpool, nn.MaxPool2d)


def test_patches_are_not_a_stem() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 16, 16), nn.Flatten())
    keep_small_resolutions(network)
    assert network[0].stride == (16, 16)


def test_a_network_comes_back_in_its_mode_without_hooks() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.BatchNorm2d(4)).train()
    assert keep_small_resolutions(network) is network
    assert network.training
    assert not network[0]._forward_pre_hooks
    assert network[0].stride == (1, 1)
