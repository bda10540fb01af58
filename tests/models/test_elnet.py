"""ELNet's size and structure, against the table of docs/explanation/elnet.md."""

import pytest
import torch
from torch import nn

from harness.models.elnet import ELBlock, ELNet
from harness.models.elnet_layout import Block, Convolution, ElnetLayout, Residual, macs, parameters

IMAGENET = [(0.5, 574_792, 14_884_288), (1.0, 698_440, 32_417_664), (1.5, 1_167_848, 70_126_912)]
IMAGENET += [(2.0, 1_716_264, 109_793_024)]
CIFAR10 = [(0.5, 66_922, 3_174_400), (1.0, 190_570, 8_899_584), (1.5, 406_538, 19_214_848)]
CIFAR10 += [(2.0, 701_514, 32_086_016)]
CIFAR100 = [(0.5, 113_092, 3_220_480), (1.0, 236_740, 8_945_664), (1.5, 475_748, 19_283_968)]
CIFAR100 += [(2.0, 793_764, 32_178_176)]


@pytest.mark.parametrize(("width", "expected_parameters", "expected_macs"), IMAGENET)
def test_imagenet_sizes_equal_the_table(width: float, expected_parameters: int, expected_macs: int) -> None:
    layout = ElnetLayout(width=width)
    assert (parameters(layout), macs(layout, 224)) == (expected_parameters, expected_macs)


@pytest.mark.parametrize(("classes", "rows"), [(10, CIFAR10), (100, CIFAR100)])
def test_small_image_sizes_equal_the_table(classes: int, rows: list[tuple[float, int, int]]) -> None:
    for width, expected_parameters, expected_macs in rows:
        layout = ElnetLayout(width=width, classes=classes, small_input=True)
        assert (parameters(layout), macs(layout, 32)) == (expected_parameters, expected_macs)


@pytest.mark.parametrize(
    ("groups", "parameters_m", "macs_m"), [(1, 1.179, 99.9), (2, 0.859, 54.9), (8, 0.618, 21.2)]
)
def test_grouping_ablations_equal_the_table(groups: int, parameters_m: float, macs_m: float) -> None:
    layout = ElnetLayout(groups=groups)
    assert round(parameters(layout) / 1e6, 3) == parameters_m
    assert round(macs(layout, 224) / 1e6, 1) == macs_m


def test_reading_b_has_one_pointwise_convolution_a_block() -> None:
    layout = ElnetLayout(block_kind="b")
    # The published-table arithmetic: a block is Cin·Cout/4 + 9·Cout weights, the stride falls on the second.
    assert (parameters(layout), macs(layout, 224)) == (636_984, 26_841_856)
    assert layout.block(32, 64, 2) == (Convolution(32, 64, 1, 1, 4), Convolution(64, 64, 3, 2, 64))
    net = ELNet(layout)
    assert sum(isinstance(layer, nn.Conv2d) for layer in net.modules()) == 1 + 2 * 14 + 1
    assert sum(value.numel() for value in net.parameters()) == 636_984


def test_reading_b_shuffles_before_its_depthwise_convolution() -> None:
    assert outputs_moved_by_the_first_input(block(kind="b")) == 4
    groups = {where % 4 for where in moved_by_the_first_input(block(kind="b"))}
    assert groups == {0}


def test_the_layout_costs_each_stage_as_the_table_does() -> None:
    # Parameters of S1 to S4 with their BatchNorms.
    expected = [(16, 2, 32, 1_456), (32, 3, 64, 7_328), (64, 6, 128, 54_720), (128, 3, 256, 87_680)]
    layout = ElnetLayout()
    for inputs, blocks, channels, stage_parameters in expected:
        convolutions = [*layout.block(inputs, channels, 2)]
        for _ in range(blocks - 1):
            convolutions += layout.block(channels, channels, 1)
        counted = sum(c.outputs * (c.inputs // c.groups * c.kernel**2 + 2) for c in convolutions)
        assert counted == stage_parameters


def test_groups_that_do_not_divide_the_channels_are_refused() -> None:
    with pytest.raises(ValueError, match="3 groups do not divide"):
        ElnetLayout(groups=3)


@pytest.mark.parametrize(("small_input", "resolution"), [(False, 224), (True, 32)])
def test_logits_have_one_row_an_image(small_input: bool, resolution: int) -> None:
    net = ELNet(ElnetLayout(width=0.5, classes=7, small_input=small_input)).eval()
    with torch.no_grad():
        assert net(torch.zeros(2, 3, resolution, resolution)).shape == (2, 7)


RESIDUALS: tuple[Residual, ...] = ("none", "relu", "linear")


def block(
    *, shuffle: bool = True, residual: Residual = "none", stride: int = 1, kind: Block = "gsd"
) -> ELBlock:
    convolutions = ElnetLayout(block_kind=kind).block(16, 16, stride)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return ELBlock(convolutions, shuffle=shuffle, residual=residual).eval()


def outputs_moved_by_the_first_input(subject: ELBlock) -> int:
    """How many output channels feel channel 0."""
    return len(moved_by_the_first_input(subject))


def moved_by_the_first_input(subject: ELBlock) -> list[int]:
    """Which output channels feel channel 0; ReLUs are opened so that none hides it."""
    for name, buffer in subject.named_buffers():
        if name.endswith("running_mean"):
            buffer.fill_(-10)
    features = torch.ones(1, 16, 5, 5)
    changed = features.clone()
    changed[:, 0] += 1
    with torch.no_grad():
        difference = (subject(changed) - subject(features)).abs().amax(dim=(0, 2, 3))
    return [index for index, moved in enumerate(difference.tolist()) if moved > 1e-6]


def test_shuffle_lets_every_output_feel_every_input() -> None:
    assert outputs_moved_by_the_first_input(block()) == 16


def test_without_shuffle_a_group_stays_by_itself() -> None:
    assert outputs_moved_by_the_first_input(block(shuffle=False)) == 4


def test_the_three_residuals_differ_by_the_shortcut_and_the_last_relu() -> None:
    features = torch.randn(1, 16, 5, 5, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        plain, relu, linear = (block(residual=kind)(features) for kind in RESIDUALS)
    assert torch.allclose(plain, (linear - features).relu(), atol=1e-6)
    assert torch.equal(relu, linear.relu())
    assert (linear < 0).any()


def test_a_block_that_shrinks_has_no_shortcut() -> None:
    features = torch.randn(1, 16, 6, 6, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(
            block(residual="linear", stride=2)(features), block(residual="none", stride=2)(features)
        )
