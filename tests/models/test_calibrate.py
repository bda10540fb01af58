"""Calibrated weights: no value that would distort a latency, and the same everywhere for one seed."""

import hashlib
import math

import pytest
import torch
from torch import Tensor, nn

from harness.models.calibrate import calibrate, seeded
from harness.models.catalogue import DEFAULT_MODELS, build, entry
from harness.models.elnet import ELNet
from harness.models.elnet_layout import ElnetLayout

SMALLEST_NORMAL = torch.finfo(torch.float32).tiny


def distorting_values(output: Tensor) -> int:
    magnitude = output.abs()
    denormal = ((magnitude > 0) & (magnitude < SMALLEST_NORMAL)).sum()
    return int(denormal + (~torch.isfinite(output)).sum())


@pytest.mark.parametrize("name", DEFAULT_MODELS)
def test_no_activation_is_denormal_infinite_or_nan(name: str) -> None:
    seen: list[int] = []

    def count(_layer: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        seen.append(distorting_values(output))

    module = build(name, seed=5)
    for layer in module.modules():
        if not list(layer.children()):
            layer.register_forward_hook(count)
    images = torch.randn(entry(name).input_shape, generator=torch.Generator().manual_seed(11))
    with torch.no_grad():
        module(images)
    assert len(seen) > 20
    assert sum(seen) == 0


def state_hash(module: nn.Module) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(module.state_dict().items()):
        digest.update(name.encode() + value.numpy().tobytes())
    return digest.hexdigest()


def tiny() -> nn.Module:
    return ELNet(ElnetLayout(width=0.5, classes=10, small_input=True))


def calibrated(seed: int) -> nn.Module:
    return calibrate(seeded(tiny, seed), (1, 3, 32, 32), seed)


def test_one_seed_gives_the_same_weights_and_another_gives_others() -> None:
    assert state_hash(calibrated(0)) == state_hash(calibrated(0))
    assert state_hash(calibrated(0)) != state_hash(calibrated(1))


def test_the_number_of_threads_changes_no_weight() -> None:
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = state_hash(calibrated(0))
        torch.set_num_threads(2)
        assert state_hash(calibrated(0)) == alone
    finally:
        torch.set_num_threads(threads)


def test_torchs_own_generator_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    calibrated(0)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_module_comes_back_in_float32_and_eval_mode_with_its_momenta() -> None:
    module = calibrated(0)
    norms = [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]
    assert not any(layer.training for layer in module.modules())
    assert {layer.momentum for layer in norms} == {0.1}
    assert {value.dtype for value in module.parameters()} == {torch.float32}


def test_rounding_stays_small_against_the_output() -> None:
    module = build("elnet_1.0")
    images = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        single = module(images).double()
        double = module.double()(images.double())
    error = ((single - double).abs().max() / double.abs().max()).item()
    assert math.isfinite(error)
    assert error < 1e-6


class _Closed(nn.Module):
    """Starts as ConvNeXt's and RepViT's blocks do: nothing of its branch comes through."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((3, 1, 1), 1e-6))
        self.branch = nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3))
        nn.init.zeros_(self.branch[1].weight)  # type: ignore[arg-type]

    def forward(self, images: Tensor) -> Tensor:
        return images + self.scale * self.branch(images)


def test_every_branch_comes_through() -> None:
    module = calibrate(seeded(_Closed, 0), (1, 3, 8, 8), 0)
    images = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert (module(images) - images).std() > 0.5
