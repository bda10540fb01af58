"""Int8 networks: which operators they consist of, what they compute, and that phones compute the same."""

import os
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from android_runner.host.runtime import shipped_runtime
from harness.errors import ExportRefused
from harness.export.fixed_input import fixed_input
from harness.export.graph import aten, calls
from harness.export.graph_capture import capture
from harness.export.host_runtime import load_lite
from harness.export.int8 import per_channel, quantise
from harness.export.int8_engine import phone_engine
from harness.export.phone_limits import missing_operators
from harness.export.phone_run import Runtime, run_in_phone_runtime
from harness.export.proof import relative_error
from harness.export.pytorch_mobile import export_pytorch_mobile
from harness.export.recipes import RECIPES
from tests.export.conftest import SMALL
from tests.export.networks import conv, seeded

quantized = torch.ops.quantized
CONVERSIONS = (aten.quantize_per_tensor.default, aten.dequantize.self)


class _Everything(nn.Module):
    """Layers that int8 computes, with operators between them that it does not."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv(3, 16, stride=2, bias=True)
        self.depthwise = conv(16, 16, groups=16, bias=True)
        self.grouped = conv(16, 16, 1, groups=4, bias=True)
        self.last = nn.Linear(16, 5)

    def forward(self, images: Tensor) -> Tensor:
        first = functional.relu6(self.stem(images))
        second = functional.hardswish(self.depthwise(first))
        third = functional.channel_shuffle(self.grouped(second), 4)
        both = torch.relu(third + first)
        weighted = both * torch.sigmoid(both.mean((2, 3), keepdim=True))
        return self.last(functional.adaptive_avg_pool2d(torch.cat([weighted], 1), 1).flatten(1))


def _images(count: int, shape: tuple[int, ...] = SMALL) -> list[np.ndarray]:
    return [fixed_input(shape, 100 + seed) for seed in range(count)]


def _quantised(module: nn.Module, batches: Sequence[np.ndarray]) -> fx.GraphModule:
    graph = capture(module.eval(), torch.from_numpy(batches[0]))
    return quantise(graph, batches, where="a network")


def _computed(network: nn.Module, images: np.ndarray) -> np.ndarray:
    with torch.no_grad(), phone_engine():
        return network(torch.from_numpy(images)).numpy()


def test_one_convolution_computes_what_integers_give_by_hand() -> None:
    """Images from -1 to 1.55: scale 0.01, zero at -28. Outputs of a ReLU from 0 to 5.1: scale 0.02."""
    layer = nn.Conv2d(1, 2, 1)
    layer.weight.data = torch.tensor([[[[2.0]]], [[[-1.27]]]])
    layer.bias = nn.Parameter(torch.tensor([2.0, 0.51]))
    images = np.linspace(-1, 1.55, 256, dtype=np.float32).reshape(1, 1, 16, 16)
    network = _quantised(nn.Sequential(layer, nn.ReLU()), [images])
    sent = np.zeros((1, 1, 16, 16), np.float32)
    sent[0, 0, 0, :4] = [0.5, 0.504, 1.55, -1.0]
    expected = np.array([[3.0, 3.0, 5.1, 0.0], [0.0, 0.0, 0.0, 1.78]])
    computed = _computed(network, sent)[0, :, 0, :4]
    assert computed == pytest.approx(expected, abs=1e-3)


def test_each_output_channel_has_its_own_scale() -> None:
    packed = per_channel(torch.tensor([[[[12.7]]], [[[-0.127]]]]), None, 1.0)
    assert packed.q_per_channel_scales().tolist() == pytest.approx([0.1, 0.001])
    assert packed.int_repr().flatten().tolist() == [127, -127]


def test_a_bias_far_larger_than_its_weights_does_not_overflow() -> None:
    layer = nn.Conv2d(1, 1, 1)
    layer.weight.data, layer.bias = torch.full((1, 1, 1, 1), 1e-9), nn.Parameter(torch.tensor([100.0]))
    images = np.ones((1, 1, 4, 4), np.float32)
    assert _computed(_quantised(layer, [images]), images) == pytest.approx(np.full((1, 1, 4, 4), 100.0))


def test_convolutions_linear_layers_and_additions_are_int8_and_activations_cost_nothing() -> None:
    network = _quantised(seeded(_Everything), _images(4))
    assert len(calls(network, quantized.conv2d.new)) == 4  # the linear layer is a pointwise one
    assert len(calls(network, quantized.add.default)) == 1
    assert not calls(network, aten.relu.default, aten.relu6.default, aten.conv2d.default, aten.linear.default)


def test_other_operators_stay_in_float_and_every_value_is_converted_once() -> None:
    network = _quantised(seeded(_Everything), _images(4))
    assert len(calls(network, aten.hardswish.default, aten.sigmoid.default, aten.mul.Tensor)) == 3
    # to int8: the image, hardswish's, the shuffle's and the pooled values
    # to float: for hardswish, the shuffle, both product and mean, the output
    assert [len(calls(network, one)) for one in CONVERSIONS] == [4, 4]


def test_an_int8_network_stays_close_to_its_float_network() -> None:
    module = seeded(_Everything)
    network, images = _quantised(module, _images(8)), fixed_input(SMALL, 0)
    with torch.no_grad():
        reference = module(torch.from_numpy(images)).double().numpy()
    assert relative_error(_computed(network, images), reference) < 0.05


def test_the_float_network_and_torchs_engine_are_left_as_they_were() -> None:
    engine, images = torch.backends.quantized.engine, _images(2)
    graph = capture(seeded(_Everything), torch.from_numpy(images[0]))
    code, before = graph.code, _computed(graph, images[0])
    quantise(graph, images, where="a network")
    assert graph.code == code
    assert np.array_equal(_computed(graph, images[0]), before)
    assert torch.backends.quantized.engine == engine


def test_a_linear_layer_takes_rows_of_any_number() -> None:
    class Rows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(16, 4)

        def forward(self, images: Tensor) -> Tensor:
            return self.layer(images)

    module, images = seeded(Rows), _images(2)
    with torch.no_grad():
        reference = module(torch.from_numpy(images[0])).double().numpy()
    computed = _computed(_quantised(module, images), images[0])
    assert computed.shape == (1, 3, 16, 4)
    assert relative_error(computed, reference) < 0.02


def test_a_network_without_such_layers_is_refused() -> None:
    with pytest.raises(ExportRefused, match="nothing of it can be int8"):
        _quantised(nn.Sequential(nn.ReLU(), nn.Flatten()), _images(1))


@pytest.fixture(scope="module")
def program() -> tuple[fx.GraphModule, bytes]:
    network = _quantised(seeded(_Everything), _images(4))
    with phone_engine():
        return network, export_pytorch_mobile(network, torch.zeros(SMALL), RECIPES["fast"])


def test_the_exported_program_computes_the_int8_network_to_the_bit(
    program: tuple[fx.GraphModule, bytes],
) -> None:
    network, exported = program
    images = fixed_input(SMALL, 0)
    with phone_engine():
        loaded = load_lite(exported)
        assert np.array_equal(loaded.compute(images), _computed(network, images))
    assert not missing_operators(loaded.operators)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return shipped_runtime({**os.environ, "ELBENCH_CACHE": str(tmp_path_factory.mktemp("cache"))})


def test_androids_libraries_compute_the_same(program: tuple[fx.GraphModule, bytes], runtime: Runtime) -> None:
    network, exported = program
    images = fixed_input(SMALL, 0)
    ran = run_in_phone_runtime(exported, images, runtime)
    assert ran.output is not None, ran.failure
    assert relative_error(ran.output, _computed(network, images).astype(np.float64)) <= 0.01
