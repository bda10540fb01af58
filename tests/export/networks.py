"""Small networks that tell right exports from wrong ones, and how careless people export them."""

import io
import json
import warnings
import zipfile
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.mobile_optimizer import optimize_for_mobile

from tests.export.conftest import SMALL


def seeded(build: Callable[[], nn.Module]) -> nn.Module:
    """A network in eval mode whose BatchNorms have statistics, as after training."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = build()
        for part in module.modules():
            if isinstance(part, nn.BatchNorm2d):
                nn.init.normal_(part.bias)
                assert part.running_mean is not None
                assert part.running_var is not None
                part.running_mean.normal_()
                part.running_var.uniform_(0.5, 2)
        return module.eval()


def conv(inputs: int, outputs: int, size: int = 3, **options: Any) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=options.pop("bias", False), **options)


def block(inputs: int, outputs: int, activation: nn.Module | None = None) -> nn.Sequential:
    return nn.Sequential(conv(inputs, outputs), nn.BatchNorm2d(outputs), activation or nn.ReLU())


class Residual(nn.Module):
    """The activation comes after the addition."""

    def __init__(self) -> None:
        super().__init__()
        self.first = block(8, 8)
        self.second = nn.Sequential(conv(8, 8), nn.BatchNorm2d(8))

    def forward(self, images: Tensor) -> Tensor:
        return torch.relu(self.second(self.first(images)) + images)


class PreActivation(nn.Module):
    """BatchNorm stands in front of the convolution, so that nothing folds into the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.last = nn.BatchNorm2d(8), conv(8, 8)

    def forward(self, images: Tensor) -> Tensor:
        return self.last(torch.relu(self.norm(images))) + images


class SqueezeExcite(nn.Module):
    """Between pool and gate, without biases."""

    def __init__(self) -> None:
        super().__init__()
        self.reduce, self.expand = conv(8, 4, 1), conv(4, 8, 1)

    def forward(self, images: Tensor) -> Tensor:
        gate = self.expand(torch.relu(self.reduce(images.mean((2, 3), keepdim=True))))
        return images * torch.sigmoid(gate)


class Conditional(nn.Module):
    """Weights that depend on the image, which are packed only when it is there."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linspace(-1, 1, 8 * 3).reshape(8, 3, 1, 1))
        self.bias = nn.Parameter(torch.linspace(-1, 1, 8))

    def forward(self, images: Tensor) -> Tensor:
        return torch.relu(nn.functional.conv2d(images, self.weight * images.mean(), self.bias))


class Unfolded(nn.Module):
    """Windows of keys without bias, multiplied with each other, as local attention does it."""

    def forward(self, images: Tensor) -> Tensor:
        windows = nn.functional.unfold(images, 4, stride=4)
        return torch.bmm(windows, windows.transpose(1, 2))[:, None, :8, :8].expand(-1, 8, -1, -1)


class FrozenBatchNorm(nn.Module):
    """Scale and offset as plain tensors, as detection networks have them."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("offset", torch.linspace(-1, 1, 8).reshape(1, 8, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        return torch.relu(images * 0.5 + self.offset)


def head() -> tuple[nn.Module, ...]:
    return nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)


WITH_BATCH_NORM: dict[str, Callable[[], nn.Module]] = {
    "plain": lambda: nn.Sequential(block(3, 8), block(8, 8), *head()),
    "hardswish": lambda: nn.Sequential(block(3, 8, nn.Hardswish()), *head()),
    "swish": lambda: nn.Sequential(block(3, 8, nn.SiLU()), *head()),
    "residual": lambda: nn.Sequential(block(3, 8), Residual(), *head()),
    "dense to depthwise": lambda: nn.Sequential(
        block(3, 8), conv(8, 8, groups=8), nn.BatchNorm2d(8), nn.ReLU6(), *head()
    ),
    "pre-activation": lambda: nn.Sequential(block(3, 8), PreActivation(), PreActivation(), *head()),
    "squeeze-excite": lambda: nn.Sequential(block(3, 8), SqueezeExcite(), block(8, 8), *head()),
    "pooled between": lambda: nn.Sequential(
        conv(3, 8), nn.BatchNorm2d(8), nn.MaxPool2d(2), nn.ReLU(), *head()
    ),
}
"""Lose their biases in a careless export."""

WITHOUT: dict[str, Callable[[], nn.Module]] = {
    "biases of its own": lambda: nn.Sequential(conv(3, 8, bias=True), nn.ReLU(), *head()),
    "batch norm on biases": lambda: nn.Sequential(
        conv(3, 8, bias=True), nn.BatchNorm2d(8), nn.ReLU(), *head()
    ),
    "group norm": lambda: nn.Sequential(conv(3, 8), nn.GroupNorm(2, 8), nn.ReLU(), *head()),
    "weight norm": lambda: nn.Sequential(
        torch.nn.utils.parametrizations.weight_norm(conv(3, 8, bias=True)), nn.ReLU(), *head()
    ),
    "separable": lambda: nn.Sequential(conv(3, 3, groups=3), conv(3, 8, 1, bias=True), nn.ReLU(), *head()),
    "frozen batch norm": lambda: nn.Sequential(conv(3, 8), FrozenBatchNorm(), *head()),
    "gates": lambda: nn.Sequential(conv(3, 8, bias=True), nn.ReLU(), SqueezeExcite(), *head()),
    "last without bias": lambda: nn.Sequential(conv(3, 8, bias=True), nn.ReLU(), conv(8, 5, 1)),
    "normalised before": lambda: nn.Sequential(
        conv(3, 8, bias=True), nn.GroupNorm(2, 8), conv(8, 8, 1), nn.GELU(), *head()
    ),
    "attention by unfolding": lambda: nn.Sequential(conv(3, 8), Unfolded(), *head()),
    "weights by image": lambda: nn.Sequential(Conditional(), *head()),
    "activation after batch norm": lambda: nn.Sequential(nn.BatchNorm2d(3), nn.ReLU(), conv(3, 8), *head()),
}
"""Have nothing to lose."""


def super_resolution() -> nn.Module:
    """No bias anywhere by design, as in VDSR: a right file that looks like a wrong one."""
    return nn.Sequential(conv(3, 8), nn.ReLU(), conv(8, 8), nn.ReLU(), conv(8, 3))


def traced(module: nn.Module, shape: tuple[int, ...] = SMALL) -> torch.jit.ScriptModule:
    """TorchScript, without torch's notice that it ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        script: torch.jit.ScriptModule = torch.jit.trace(module, torch.zeros(shape), check_trace=False)
        return script


def careless(module: nn.Module, shape: tuple[int, ...] = SMALL) -> bytes:
    """PyTorch's tutorial: trace, then optimize_for_mobile."""
    return _optimised(traced(module, shape))


def careful(module: nn.Module, shape: tuple[int, ...] = SMALL) -> bytes:
    """With torch.jit.freeze between the two."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _optimised(torch.jit.freeze(traced(module, shape)))


def unoptimised(module: nn.Module, shape: tuple[int, ...] = SMALL) -> bytes:
    """Nothing but the bytecode."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return traced(module, shape)._save_to_buffer_for_lite_interpreter()


def torchscript(module: nn.Module, shape: tuple[int, ...] = SMALL) -> bytes:
    """A plain `.pt`."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(traced(module, shape), buffer)
    return buffer.getvalue()


def stating(program: bytes, record: object) -> bytes:
    """The same archive with a statement of its input."""
    return with_record(program, "extra/elbench.json", json.dumps(record).encode())


def with_record(program: bytes, name: str, content: bytes) -> bytes:
    """The same archive with one record replaced or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(program)) as old, zipfile.ZipFile(buffer, "w") as new:
        folder = old.namelist()[0].partition("/")[0]
        for entry in old.namelist():
            if entry != f"{folder}/{name}":
                new.writestr(entry, old.read(entry))
        new.writestr(f"{folder}/{name}", content)
    return buffer.getvalue()


def with_bytecode_version(program: bytes, version: int) -> bytes:
    """The same program, claiming another bytecode version."""
    bytecode = zipfile.ZipFile(io.BytesIO(program)).read("archive/bytecode.pkl")
    marked = bytecode.index(b"K\x08")  # BININT1 8, the first value of all
    changed = bytecode[:marked] + b"K" + bytes([version]) + bytecode[marked + 2 :]
    return with_record(program, "bytecode.pkl", changed)


def _optimised(script: torch.jit.ScriptModule) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return optimize_for_mobile(script)._save_to_buffer_for_lite_interpreter()
