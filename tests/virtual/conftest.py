"""Virtual phones that the tests of this room share, and a small real model."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch.utils.mobile_optimizer import optimize_for_mobile

from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb
from tests.virtual.connected import ConnectedPhone, connect


@pytest.fixture(scope="session")
def modelled_phones() -> Iterator[VirtualPhones]:
    """Two phones that compute nothing."""
    with VirtualPhones.start(engine="modelled", count=2) as phones:
        yield phones


@pytest.fixture(scope="session")
def lite_phones() -> Iterator[VirtualPhones]:
    """A phone that computes."""
    with VirtualPhones.start(engine="lite") as phones:
        yield phones


@pytest.fixture(scope="session")
def phone(adb: PrivateAdb, modelled_phones: VirtualPhones) -> ConnectedPhone:
    """A phone that computes nothing, on the bundled adb."""
    return connect(adb, modelled_phones.addresses[0])


@pytest.fixture(scope="session")
def each_phone(each_adb: PrivateAdb, modelled_phones: VirtualPhones) -> ConnectedPhone:
    """The same phone on each adb that users have."""
    return connect(each_adb, modelled_phones.addresses[0])


@pytest.fixture(scope="session")
def lite_phone(adb: PrivateAdb, lite_phones: VirtualPhones) -> ConnectedPhone:
    """A phone that computes, on the bundled adb."""
    return connect(adb, lite_phones.addresses[0])


class TinyNet(torch.nn.Module):
    """A net that is done in microseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = torch.nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.head = torch.nn.Linear(8, 10)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """(1, 3, 16, 16) → (1, 10)."""
        features = torch.relu(self.convolution(image))
        logits: torch.Tensor = self.head(features.mean(dim=(2, 3)))
        return logits


@pytest.fixture(scope="session")
def tiny_net() -> TinyNet:
    """A small model with fixed weights."""
    with torch.random.fork_rng():
        torch.manual_seed(7)
        return TinyNet().eval()


@pytest.fixture(scope="session")
def tiny_input() -> torch.Tensor:
    """Its input."""
    return torch.linspace(-1, 1, 3 * 16 * 16).reshape(1, 3, 16, 16)


@pytest.fixture(scope="session")
def traced(tiny_net: TinyNet, tiny_input: torch.Tensor) -> torch.jit.ScriptModule:
    """The small model as a script."""
    with warnings.catch_warnings():
        # PyTorch Mobile has no other way in, so torch's advice to leave tracing does not help here.
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.freeze(torch.jit.trace(tiny_net, tiny_input), optimize_numerics=True)


@pytest.fixture(scope="session")
def tiny_model(traced: torch.jit.ScriptModule, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small model as a file for the lite interpreter."""
    file = tmp_path_factory.mktemp("model") / "tiny.ptl"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        optimize_for_mobile(traced)._save_for_lite_interpreter(str(file))
    return file


@pytest.fixture(scope="session")
def android_phones() -> Iterator[VirtualPhones]:
    """A phone that computes in Android's own libraries."""
    with VirtualPhones.start(engine="android") as phones:
        yield phones


@pytest.fixture(scope="session")
def android_phone(adb: PrivateAdb, android_phones: VirtualPhones) -> ConnectedPhone:
    """A phone that computes in Android's own libraries, on the bundled adb."""
    return connect(adb, android_phones.addresses[0])


@pytest.fixture(scope="session")
def arm64_phones() -> Iterator[VirtualPhones]:
    """A phone that computes in Android's own arm64 libraries."""
    with VirtualPhones.start(engine="arm64") as phones:
        yield phones


@pytest.fixture(scope="session")
def arm64_phone(adb: PrivateAdb, arm64_phones: VirtualPhones) -> ConnectedPhone:
    """A phone that computes in Android's own arm64 libraries, on the bundled adb."""
    return connect(adb, arm64_phones.addresses[0])


@pytest.fixture(params=["android", "arm64"])
def runner_phone(request: pytest.FixtureRequest) -> ConnectedPhone:
    """A phone of each engine that is the runner itself."""
    phone: ConnectedPhone = request.getfixturevalue(f"{request.param}_phone")
    return phone


@pytest.fixture(params=["lite", "android", "arm64"])
def computing_phone(request: pytest.FixtureRequest) -> ConnectedPhone:
    """A phone of each engine that computes."""
    phone: ConnectedPhone = request.getfixturevalue(f"{request.param}_phone")
    return phone
