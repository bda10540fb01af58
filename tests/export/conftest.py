"""Small models and files that the export tests share; torch gets one thread, as in tests/models."""

import warnings
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
import torch
from torch import nn

from harness.export.cache import ArtifactCache
from harness.export.pipeline import expectation, rewritten
from harness.export.pytorch_mobile import export_pytorch_mobile
from harness.export.recipes import find_recipe

SMALL = (1, 3, 16, 16)


@pytest.fixture(scope="session", autouse=True)
def single_threaded_torch() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def cache(tmp_path: Path) -> ArtifactCache:
    return ArtifactCache(tmp_path / "cache")


def tiny_module(seed: int = 0) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(1568, 5)
        ).eval()


@lru_cache
def tiny_program(seed: int = 0) -> bytes:
    return optimised(tiny_module(seed), SMALL)


def optimised(module: nn.Module, shape: tuple[int, ...], recipe: str = "fast") -> bytes:
    """A `.ptl` as `elbench export` makes it, not proved."""
    chosen = find_recipe(recipe)
    expected = expectation(module.eval(), shape, seed=0, where="test")
    network = rewritten(module, expected, chosen).network
    return export_pytorch_mobile(network, torch.zeros(shape), chosen)


def script(module: nn.Module) -> torch.jit.ScriptModule:
    """TorchScript of a module, without torch's notice that TorchScript ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted: torch.jit.ScriptModule = torch.jit.script(module)
        return scripted


def lite_bytes(module: nn.Module) -> bytes:
    """A `.ptl` as a careless user makes it: no optimisation, debug records and all."""
    scripted = script(module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return scripted._save_to_buffer_for_lite_interpreter()


@pytest.fixture
def tiny_file(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.ptl"
    file.write_bytes(tiny_program())
    return file
