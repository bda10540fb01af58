"""What the phone's own runtime says to half precision, which is why PyTorch Mobile is not offered it."""

import io
import os
import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from android_runner.host.runtime import shipped_runtime
from harness.export.fixed_input import fixed_input
from harness.export.half import MISSING_KERNELS, refusal
from harness.export.phone_run import Runtime, run_in_phone_runtime
from harness.export.stated_input import RECORD, statement
from tests.export.conftest import SMALL

HALF = torch.float16


class _Half(nn.Module):
    def __init__(self, compute: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self._compute = compute

    def forward(self, images: Tensor) -> Tensor:
        return self._compute(images.to(HALF)).float()


def _convolution(images: Tensor) -> Tensor:
    return functional.conv2d(images, torch.ones(2, 3, 3, 3, dtype=HALF))


def _linear(images: Tensor) -> Tensor:
    return functional.linear(images.flatten(1), torch.ones(2, 768, dtype=HALF))


COMPUTED = {"convolution": _convolution, "linear layer": _linear, "ReLU": torch.relu}


def _program(compute: Callable[[Tensor], Tensor]) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        traced = torch.jit.trace(_Half(compute).eval(), torch.zeros(SMALL), check_trace=False)
        script = torch.jit.freeze(traced)
        program: bytes = script._save_to_buffer_for_lite_interpreter(_extra_files={RECORD: statement(SMALL)})
        assert torch.jit.load(io.BytesIO(program)) is not None
        return program


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return shipped_runtime({**os.environ, "ELBENCH_CACHE": str(tmp_path_factory.mktemp("cache"))})


@pytest.mark.parametrize("name", MISSING_KERNELS)
def test_the_phones_runtime_does_not_compute_it_in_half_precision(name: str, runtime: Runtime) -> None:
    ran = run_in_phone_runtime(_program(COMPUTED[name]), fixed_input(SMALL, 0), runtime)
    assert ran.output is None
    assert MISSING_KERNELS[name] in ran.failure


def test_the_refusal_names_the_runtime_the_kernel_and_a_way_out() -> None:
    error = refusal("elnet_1.0")
    assert "PyTorch Mobile lite 1.12.2 computes no convolution in half precision" in error.cause
    assert "slow_conv2d_cpu" in error.cause
    assert "int8" in error.remedy
