"""Each rewrite finds what it is for, leaves the rest, and changes nothing of what is computed."""

from types import ModuleType

import pytest
import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from harness.export.graph import aten, calls, shape
from harness.export.graph_capture import capture
from harness.export.graph_convolution import convolutions
from harness.export.rewrites import (
    batch_norm,
    channel_shuffle,
    channels_last,
    fold_shuffle,
    fold_shuffle_32,
    shuffle_late,
)
from tests.export.networks import WITH_BATCH_NORM, conv, seeded

SHAPE = (1, 16, 8, 8)
IMAGES = torch.linspace(-2, 2, 16 * 8 * 8).reshape(SHAPE).sin()


class Shuffle(nn.Module):
    def __init__(self, groups: int = 4) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, images: Tensor) -> Tensor:
        return functional.channel_shuffle(images, self.groups)


class Written(nn.Module):
    """A shuffle as people write it, in several ways."""

    def __init__(self, how: str, groups: int = 2) -> None:
        super().__init__()
        self.how, self.groups = how, groups

    def forward(self, images: Tensor) -> Tensor:
        n, channels, height, width = images.shape
        split = images.view(n, self.groups, channels // self.groups, height, width)
        match self.how:
            case "torchvision":
                return split.transpose(1, 2).contiguous().view(n, -1, height, width)
            case "permute":
                return split.permute(0, 2, 1, 3, 4).reshape(n, channels, height, width)
            case "flatten":
                return images.unflatten(1, (self.groups, -1)).transpose(-3, -4).flatten(1, 2)
            case _:
                return split.swapaxes(2, 1).clone().reshape(images.shape)


class Transposed(nn.Module):
    """Looks like a shuffle, and is a transposition of the image."""

    def forward(self, images: Tensor) -> Tensor:
        n, channels, height, width = images.shape
        return images.view(n, 4, 4, height, width).transpose(3, 4).reshape(n, channels, width, height)


class UsedTwice(nn.Module):
    """What lies between the views is wanted by someone else as well."""

    def forward(self, images: Tensor) -> Tensor:
        split = images.view(1, 2, 8, 8, 8).transpose(1, 2)
        return split.reshape(1, 16, 8, 8) + split.sum((1, 2))[:, None]


def changed(module: nn.Module, rewrite: ModuleType, images: Tensor = IMAGES) -> tuple[int, fx.GraphModule]:
    """The places that a rewrite changed, and the graph, which is seen to compute the same."""
    graph = capture(module.eval(), images)
    places: int = rewrite.rewrite(graph)
    with torch.no_grad():
        right, output = module(images), graph(images)
    assert torch.allclose(output, right, rtol=0, atol=2e-6 * float(right.abs().max()))
    return places, graph


@pytest.mark.parametrize("how", ["torchvision", "permute", "flatten", "swapaxes"])
@pytest.mark.parametrize("groups", [2, 4, 8])
def test_a_shuffle_is_recognised_however_it_is_written(how: str, groups: int) -> None:
    places, graph = changed(Written(how, groups), channel_shuffle)
    assert places == 1
    (shuffle,) = calls(graph)
    assert (shuffle.target, shuffle.args[1]) == (aten.channel_shuffle.default, groups)


@pytest.mark.parametrize("module", [Transposed(), UsedTwice()], ids=["transposed", "used twice"])
def test_what_only_looks_like_a_shuffle_stays(module: nn.Module) -> None:
    assert changed(module, channel_shuffle)[0] == 0


def test_two_shuffles_in_a_row_are_two() -> None:
    assert changed(nn.Sequential(Written("torchvision"), Written("permute", 4)), channel_shuffle)[0] == 2


@pytest.mark.parametrize("name", WITH_BATCH_NORM)
def test_batch_norm_folds_with_its_bias(name: str) -> None:
    of_three_channels = torch.linspace(-2, 2, 3 * 16 * 16).reshape(1, 3, 16, 16)
    _, graph = changed(seeded(WITH_BATCH_NORM[name]), batch_norm, of_three_channels)
    norms = calls(graph, aten.batch_norm.default)
    # Before a padded convolution, padding would bring zeros that BatchNorm never shifted.
    assert len(norms) == (2 if name == "pre-activation" else 0)


@pytest.mark.parametrize("groups", [1, 4])
def test_batch_norm_folds_into_the_unpadded_convolution_behind_it(groups: int) -> None:
    module = seeded(lambda: nn.Sequential(nn.BatchNorm2d(16), nn.Conv2d(16, 8, 1, groups=groups)))
    places, graph = changed(module, batch_norm)
    assert places == 1
    assert not calls(graph, aten.batch_norm.default)


def test_batch_norm_in_front_of_a_padded_convolution_stays() -> None:
    module = seeded(lambda: nn.Sequential(nn.BatchNorm2d(16), nn.Conv2d(16, 8, 3, padding=1)))
    assert changed(module, batch_norm)[0] == 0


def test_batch_norm_folds_into_a_linear_layer() -> None:
    class OfFeatures(nn.Module):
        """BatchNorm1d has its own class and the same operator."""

        def __init__(self) -> None:
            super().__init__()
            self.linear, self.norm = nn.Linear(16, 6), nn.BatchNorm1d(6)
            self.norm.running_mean = torch.linspace(-1, 1, 6)
            self.norm.running_var = torch.linspace(0.5, 2, 6)

        def forward(self, images: Tensor) -> Tensor:
            features: Tensor = self.norm(self.linear(images.mean((2, 3))))
            return features

    places, graph = changed(seeded(OfFeatures), batch_norm)
    assert places == 1
    assert not calls(graph, aten.batch_norm.default)


class Branching(nn.Module):
    """The convolution's own output is wanted too."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = conv(16, 16), nn.BatchNorm2d(16)

    def forward(self, images: Tensor) -> Tensor:
        features = self.conv(images)
        normalised: Tensor = self.norm(features) + features
        return normalised


def test_a_convolution_that_someone_else_uses_keeps_its_batch_norm() -> None:
    assert changed(seeded(Branching), batch_norm)[0] == 0


def strided(*between: nn.Module) -> nn.Sequential:
    return nn.Sequential(
        Shuffle(), *between, conv(16, 16, stride=2, groups=16, bias=True), nn.ReLU(), conv(16, 8, 1)
    )


def test_a_shuffle_moves_behind_a_strided_depthwise_convolution_and_its_activation() -> None:
    places, graph = changed(seeded(strided), shuffle_late)
    assert places == 1
    names = [str(node.target).split(".")[1] for node in calls(graph)]
    assert names == ["conv2d", "relu", "channel_shuffle", "conv2d"]
    (shuffle,) = calls(graph, aten.channel_shuffle.default)
    assert shape(shuffle) == (1, 16, 4, 4)


def test_a_shuffle_moves_past_activations_and_pools_too() -> None:
    module = seeded(lambda: strided(nn.Hardswish(), nn.AvgPool2d(2)))
    places, graph = changed(module, shuffle_late)
    assert places == 1
    assert shape(calls(graph, aten.channel_shuffle.default)[0]) == (1, 16, 2, 2)


def test_a_shuffle_stays_in_front_of_what_does_not_shrink() -> None:
    assert changed(seeded(lambda: nn.Sequential(Shuffle(), conv(16, 16, groups=16))), shuffle_late)[0] == 0


def test_a_shuffle_that_someone_else_uses_stays() -> None:
    class Twice(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            shuffled = functional.channel_shuffle(images, 4)
            return functional.avg_pool2d(shuffled, 2) + functional.max_pool2d(shuffled, 2)

    assert changed(Twice(), shuffle_late)[0] == 0


@pytest.mark.parametrize("activation", [[], [nn.ReLU()], [nn.ReLU6(), nn.Hardswish()]])
@pytest.mark.parametrize("groups", [1, 4])
def test_a_shuffle_folds_into_the_pointwise_convolution_before_it(
    activation: list[nn.Module], groups: int
) -> None:
    module = seeded(lambda: nn.Sequential(conv(16, 16, 1, groups=groups, bias=True), *activation, Shuffle()))
    places, graph = changed(module, fold_shuffle)
    assert places == 1
    assert not calls(graph, aten.channel_shuffle.default)
    assert [found.groups for _, found in convolutions(graph)] == [1]


def test_a_shuffle_folds_into_the_dense_convolution_behind_it() -> None:
    places, graph = changed(seeded(lambda: nn.Sequential(Shuffle(), nn.ReLU(), conv(16, 8))), fold_shuffle)
    assert places == 1
    assert not calls(graph, aten.channel_shuffle.default)


def test_eight_channels_a_group_are_folded_by_name_alone() -> None:
    module = seeded(lambda: nn.Sequential(conv(16, 16, 1, groups=2, bias=True), Shuffle(2)))
    assert changed(module, fold_shuffle)[0] == 0
    places, graph = changed(module, fold_shuffle_32)
    assert places == 1
    assert [found.groups for _, found in convolutions(graph)] == [1]


def test_the_image_is_converted_once_and_views_of_another_layout_still_work() -> None:
    class Flattened(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.linear = conv(16, 4), nn.Linear(4 * 64, 3)

        def forward(self, images: Tensor) -> Tensor:
            features = self.conv(images).contiguous()
            logits: Tensor = self.linear(features.view(1, -1))
            return logits

    places, graph = changed(seeded(Flattened), channels_last)
    assert places == 1
    (conversion,) = calls(graph, aten.contiguous.default)
    assert conversion.kwargs == {"memory_format": torch.channels_last}
    assert not calls(graph, aten.view.default)
