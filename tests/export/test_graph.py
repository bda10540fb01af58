"""Networks captured as graphs: what the graph looks like, and that it computes the same."""

import warnings
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from harness.export.graph import aten, calls, shape
from harness.export.graph_capture import Uncapturable, capture
from harness.export.graph_convolution import convolutions
from tests.export.conftest import SMALL, script
from tests.export.networks import WITH_BATCH_NORM, seeded

IMAGES = torch.linspace(-2, 2, 3 * 16 * 16).reshape(SMALL)


def computed(module: nn.Module) -> Tensor:
    with torch.no_grad():
        output: Tensor = module(IMAGES)
        return output


@pytest.mark.parametrize("name", WITH_BATCH_NORM)
def test_a_graph_computes_what_its_module_computes(name: str) -> None:
    module = seeded(WITH_BATCH_NORM[name])
    assert torch.equal(computed(capture(module, IMAGES)), computed(module))


def test_every_weight_is_a_buffer_of_the_graph_itself_and_a_copy() -> None:
    module = nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 1))).eval()
    graph = capture(module, IMAGES)
    before = computed(graph)
    nn.init.zeros_(module[0][0].weight)  # type: ignore[index,arg-type]
    assert torch.equal(computed(graph), before)
    assert sorted(name for name, _ in graph.named_buffers()) == ["0_0_bias", "0_0_weight"]


def test_nodes_of_a_torchscript_know_their_shapes_as_numbers() -> None:
    graph = capture(_traced(nn.Conv2d(3, 4, 3, padding=1).eval()), IMAGES)
    sizes = [size for node in graph.graph.nodes if node.op != "output" for size in node.meta["val"].shape]
    assert {type(size) for size in sizes} == {int}


def test_nodes_know_their_shapes() -> None:
    graph = capture(nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU()).eval(), IMAGES)
    assert [shape(node) for node in calls(graph)] == [(1, 4, 7, 7), (1, 4, 7, 7)]


class AlikeNames(nn.Module):
    """Weights whose paths differ by a dot alone, and one that would be called like a method of modules."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Sequential()
        self.a.add_module("b", nn.Conv2d(3, 3, 1))
        self.a_b = nn.Conv2d(3, 3, 1)
        self.share = nn.Module()
        self.share.memory = nn.Parameter(torch.tensor(2.0))

    def forward(self, images: Tensor) -> Tensor:
        output: Tensor = self.a_b(self.a(images)) * self.share.memory
        return output


def test_weights_with_names_alike_stay_apart() -> None:
    module = seeded(AlikeNames)
    assert torch.equal(computed(capture(module, IMAGES)), computed(module))


class Placed(nn.Module):
    """Makes a tensor of its own, and says on which device."""

    def forward(self, images: Tensor) -> Tensor:
        made = torch.zeros(images.shape[0], 1, 1, 1, device=images.device)
        return images + made.to(device=images.device, dtype=torch.float32)


def test_a_network_may_say_where_its_tensors_are() -> None:
    graph = capture(Placed().eval(), IMAGES)
    assert shape(calls(graph)[-1]) == SMALL
    assert torch.equal(computed(graph), IMAGES)


class InPlace(nn.Module):
    """What was written in place is read again later, once by its old name."""

    def forward(self, images: Tensor) -> Tensor:
        doubled = images * 2
        summed = doubled.add_(1)
        return torch.relu_(doubled - 3) + doubled + summed


class ThroughAView(nn.Module):
    """A slice is written to, which changes the whole."""

    def forward(self, images: Tensor) -> Tensor:
        whole = images * 1
        whole[:, :1].relu_()
        return whole


def test_writing_in_place_becomes_a_new_value_for_all_who_come_later() -> None:
    module = InPlace().eval()
    graph = capture(module, IMAGES)
    assert not any(str(node.target).split(".")[1].endswith("_") for node in calls(graph))
    assert torch.equal(computed(graph), computed(module))


def test_writing_through_a_view_stays_as_it_is() -> None:
    module = ThroughAView().eval()
    graph = capture(module, IMAGES)
    assert len(calls(graph, aten.relu_.default)) == 1
    assert torch.equal(computed(graph), computed(module))


def test_dropout_is_left_out() -> None:
    graph = capture(nn.Sequential(nn.Dropout(), nn.ReLU(), nn.Dropout2d(inplace=True)).eval(), IMAGES)
    assert [str(node.target) for node in calls(graph)] == ["aten.relu.default"]


@pytest.mark.parametrize(("padding", "numbers"), [("same", (2, 1)), ("valid", (0, 0))])
def test_padding_by_name_becomes_padding_by_numbers(padding: str, numbers: tuple[int, int]) -> None:
    module = nn.Conv2d(3, 4, (5, 3), padding=padding).eval()
    graph = capture(module, IMAGES)
    ((_, found),) = convolutions(graph)
    assert found.padding == numbers
    assert torch.equal(computed(graph), computed(module))


def test_a_convolution_reads_as_one_record() -> None:
    module = nn.Conv2d(3, 6, 3, stride=(2, 1), padding=1, groups=3, bias=False).eval()
    ((_, found),) = convolutions(capture(module, IMAGES))
    assert (found.inputs, found.outputs, found.groups, found.kernel) == (3, 6, 3, (3, 3))
    assert (found.stride, found.padding, found.dilation, found.bias) == ((2, 1), (1, 1), (1, 1), None)
    assert not found.is_depthwise
    assert not found.is_pointwise


@pytest.mark.parametrize("made", [script, lambda module: _traced(module)], ids=["scripted", "traced"])
def test_torchscript_is_captured_too(made: Any) -> None:
    module = seeded(WITH_BATCH_NORM["residual"])
    graph = capture(made(module), IMAGES)
    assert len(calls(graph, aten.conv2d.default)) == 3
    assert torch.equal(computed(graph), computed(module))


def _traced(module: nn.Module) -> torch.jit.ScriptModule:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        traced: torch.jit.ScriptModule = torch.jit.trace(module, IMAGES, check_trace=False)
        return traced


class ByItsImage(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images * 2 if float(images.sum()) > 0 else images * 3


class Two(nn.Module):
    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        return images * 2, images * 3


@pytest.mark.parametrize("module", [ByItsImage(), Two()], ids=["by its image", "two outputs"])
def test_what_is_no_one_graph_says_why_and_nothing_else(
    module: nn.Module, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Uncapturable, match=r"\w+"):
        capture(module.eval(), IMAGES)
    assert capfd.readouterr() == ("", "")
