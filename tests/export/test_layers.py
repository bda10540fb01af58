"""Layers told from the file alone."""

import pytest
import torch
from torch import Tensor, nn

from harness.export.layers import describe_layers
from tests.export.conftest import lite_bytes, optimised
from tests.export.networks import conv


class Layers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2, padding=1),
            nn.Conv2d(16, 16, 3, padding=1, groups=16),
            nn.Conv2d(16, 32, 1, groups=4),
            nn.Conv2d(32, 32, (1, 3), stride=(1, 2), dilation=(1, 2)),
            nn.ConvTranspose2d(32, 8, 2, stride=2),
        )
        self.linear = nn.Linear(8, 5)

    def forward(self, images: Tensor) -> Tensor:
        return self.linear(self.convolutions(images).mean((2, 3)))


def test_each_kind_of_layer_is_described_in_the_order_in_which_they_run() -> None:
    assert describe_layers(optimised(Layers(), (1, 3, 32, 32))) == (
        "3×3 conv 3 → 16, stride 2",
        "3×3 depthwise conv 16",
        "1×1 conv 16 → 32, 4 groups",
        "1×3 conv 32 → 32, stride 1×2, dilation 1×2",
        "2×2 transposed conv 32 → 8, stride 2",
        "linear 8 → 5",
    )


def test_what_is_not_packed_is_no_layer_of_these() -> None:
    assert describe_layers(lite_bytes(conv(3, 8))) == ()


def test_what_is_no_torchscript_is_refused() -> None:
    with pytest.raises(RuntimeError):
        describe_layers(b"PK")


def test_operators_have_their_names_in_one_place() -> None:
    names = {str(schema.name) for schema in torch._C._jit_get_all_schemas()}
    from harness.export.bytecode import PREPACKED_OPERATORS

    assert names.issuperset(PREPACKED_OPERATORS)
