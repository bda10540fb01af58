"""Rewrites are proved or taken back, and what cannot be captured is exported all the same."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, fx, nn

from harness.export.graph import aten, calls, replace_call
from harness.export.pipeline import Rewritten, expectation, observed, rewritten
from harness.export.proof import proof_inputs
from harness.export.recipes import find_recipe
from harness.export.rewrites import channel_shuffle, fold_shuffle
from tests.export.conftest import SMALL, script, tiny_module


def done(module: nn.Module, recipe: str = "fast") -> Rewritten:
    return rewritten(module, expectation(module, SMALL, seed=0, where="net"), find_recipe(recipe))


def test_the_inputs_of_the_proof_differ_and_the_first_is_the_fixed_one() -> None:
    first, second, dull = proof_inputs(SMALL, 5)
    assert first.dtype == second.dtype == dull.dtype == np.float32
    assert not np.array_equal(first, second)
    assert abs(dull.mean() - 0.5) < 0.1
    assert abs(dull.std() - 1 / 3) < 0.05


def test_every_rewrite_of_the_recipe_is_told_in_order() -> None:
    outcomes = done(tiny_module(), "channel_shuffle+channels_last").outcomes
    assert [outcome.name for outcome in outcomes] == ["batch_norm", "channel_shuffle", "channels_last"]
    assert [outcome.places for outcome in outcomes] == [1, 0, 1]
    assert outcomes[0].error is not None
    assert outcomes[0].error < 1e-6
    assert outcomes[1].missing == {"error": "it found nothing to change"}


def wrong(graph: fx.GraphModule) -> int:
    (relu,) = calls(graph, aten.relu.default)
    replace_call(graph, relu, aten.relu6.default, relu.args[0])
    graph.recompile()
    return 1


def fails_half_way(graph: fx.GraphModule) -> int:
    wrong(graph)
    raise LookupError("no such weight\nand more")


def not_finite(graph: fx.GraphModule) -> int:
    (relu,) = calls(graph, aten.relu.default)
    replace_call(graph, relu, aten.asin.default, relu.args[0])
    graph.recompile()
    return 1


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (wrong, "not proved: an error of "),
        (not_finite, "not proved: an error of nan"),
        (fails_half_way, "it fails: LookupError: no such weight"),
    ],
)
def test_a_rewrite_that_is_not_proved_is_taken_back_and_the_export_goes_on(
    monkeypatch: pytest.MonkeyPatch, bad: Callable[[fx.GraphModule], int], told: str
) -> None:
    monkeypatch.setattr(channel_shuffle, "rewrite", bad)
    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU())
    nn.init.constant_(module[0].bias, 5.0)  # type: ignore[arg-type]
    result = done(module.eval(), "channel_shuffle+channels_last")
    _, dropped, kept = result.outcomes
    assert dropped.dropped.startswith(told)
    assert "\n" not in dropped.dropped
    assert (kept.places, kept.dropped) == (1, "")
    with torch.no_grad():
        images = torch.from_numpy(proof_inputs(SMALL, 0)[0])
        assert torch.allclose(result.network(images), module(images), atol=1e-5)


def test_a_rewrite_that_is_right_for_one_input_alone_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    fixed = torch.from_numpy(proof_inputs(SMALL, 0)[0])

    def learns_one_output_by_heart(graph: fx.GraphModule) -> int:
        with torch.no_grad():
            graph.register_buffer("known", graph(fixed))
        output = graph.graph.output_node()
        with graph.graph.inserting_before(output):
            output.args = (graph.graph.get_attr("known"),)
        graph.recompile()
        return 1

    monkeypatch.setattr(fold_shuffle, "rewrite", learns_one_output_by_heart)
    assert done(tiny_module(), "fold_shuffle").outcomes[-1].dropped.startswith("not proved")


class ByItsImage(nn.Module):
    """Its way depends on the image, which TorchScript can hold and one graph cannot."""

    def __init__(self) -> None:
        super().__init__()
        self.network = tiny_module()

    def forward(self, images: Tensor) -> Tensor:
        output: Tensor = self.network(images)
        while bool(output.sum() > 1e9):
            output = output / 2
        return output


def test_what_cannot_be_captured_keeps_what_needs_no_graph_and_says_so() -> None:
    module = script(ByItsImage().eval())
    expected = observed(module, torch.float32, SMALL, seed=0, where="net")
    result = rewritten(module, expected, find_recipe("fast"))
    told = {outcome.name: outcome.dropped for outcome in result.outcomes}
    assert told["channels_last"] == told["batch_norm"] == told["add_relu_apart"] == ""
    assert told["channel_shuffle"].startswith("the network cannot be seen as one graph (")


class ViewsByItsImage(ByItsImage):
    """In channels-last, what the convolution computes is no such view."""

    def __init__(self) -> None:
        super().__init__()
        self.network = nn.Conv2d(3, 4, 3)

    def forward(self, images: Tensor) -> Tensor:
        output: Tensor = super().forward(images)
        return output.view(output.shape[0], -1)


def test_without_a_graph_channels_last_is_taken_back_where_the_network_cannot_run_in_it() -> None:
    module = ViewsByItsImage().eval()
    result = done(module)
    told = {outcome.name: outcome.dropped for outcome in result.outcomes}
    assert told["channels_last"].startswith("it fails: RuntimeError: view size is not compatible")
    assert result.network is module


def test_the_network_that_was_rewritten_is_left_as_it_was() -> None:
    module = tiny_module()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    done(module)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
