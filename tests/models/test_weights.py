"""Checkpoints: only tensors are loaded, and only into the network that they were made for."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from harness.errors import UnreadableModel, UsageError
from harness.models.calibrate import seeded
from harness.models.catalogue import build, construct, entry
from harness.models.weights import state_digest, weights_identity

TINY = "elnet_0.5@input=32,classes=10"


class Trap:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return (os.mkdir, ("a-checkpoint-ran-code",))


@pytest.fixture(scope="module")
def trained() -> nn.Module:
    return seeded(lambda: construct(entry(TINY)), 7).eval()


def with_file(path: Path) -> str:
    return f"{TINY},weights={path}"


@pytest.mark.parametrize("nesting", [None, "state_dict", "model"])
def test_a_state_dict_is_loaded_wherever_a_checkpoint_keeps_it(
    tmp_path: Path, trained: nn.Module, nesting: str | None
) -> None:
    file = tmp_path / "net.pt"
    state = trained.state_dict()
    torch.save({nesting: state, "epoch": 3} if nesting else state, file)
    assert state_digest(build(with_file(file))) == state_digest(trained)


def test_names_of_parallel_training_are_understood(tmp_path: Path, trained: nn.Module) -> None:
    file = tmp_path / "net.pt"
    torch.save(nn.DataParallel(trained).state_dict(), file)
    assert state_digest(build(with_file(file))) == state_digest(trained)


def test_old_checkpoints_without_batch_counters_are_loaded(tmp_path: Path, trained: nn.Module) -> None:
    file = tmp_path / "net.pt"
    state = {k: v for k, v in trained.state_dict().items() if not k.endswith("num_batches_tracked")}
    torch.save(state, file)
    assert state_digest(build(with_file(file))) == state_digest(trained)


def test_weights_of_a_network_that_merges_its_branches_are_those_of_training(tmp_path: Path) -> None:
    file = tmp_path / "net.pt"
    name = "mobileone_s0@input=32,classes=10"
    network = seeded(lambda: construct(entry(name)), 1).eval()
    torch.save(network.state_dict(), file)
    images = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.allclose(build(f"{name},weights={file}")(images), network(images), atol=1e-5)


def refused(name: str) -> str:
    with pytest.raises(UsageError) as caught:
        build(name)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_checkpoint_that_would_run_code_is_refused_and_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": torch.zeros(1), "trap": Trap()}, "net.pt")
    assert "more than weights, which is never loaded" in refused(with_file(Path("net.pt")))
    assert not Path("a-checkpoint-ran-code").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "holds no weights"),
        (b"hello", "holds no weights"),
        (b"PK\x03\x04 broken", "holds no weights"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "net.pt"
    file.write_bytes(content)
    message = refused(with_file(file))
    assert told in message
    assert message.startswith(f"{file}: ")


@pytest.mark.parametrize("content", [[1, 2], {}, {"lr": 0.1}, {"state_dict": {"a": 1}}, torch.zeros(2)])
def test_a_checkpoint_without_a_state_dict_is_refused(tmp_path: Path, content: object) -> None:
    file = tmp_path / "net.pt"
    torch.save(content, file)
    assert "holds no state dict" in refused(with_file(file))


def test_torchscript_is_no_checkpoint(tmp_path: Path) -> None:
    from tests.export.conftest import script

    file = tmp_path / "net.pt"
    script(nn.Linear(2, 2)).save(str(file))
    assert "holds no weights" in refused(with_file(file))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "cannot be read (No such file or directory)" in refused(with_file(tmp_path / "absent.pt"))
    with pytest.raises(UnreadableModel, match=r"absent\.pt: cannot be read"):
        weights_identity(entry(with_file(tmp_path / "absent.pt")), 0)


def test_weights_of_another_network_are_refused_by_the_names_that_differ(
    tmp_path: Path, trained: nn.Module
) -> None:
    file = tmp_path / "net.pt"
    state = trained.state_dict()
    torch.save({k: v for k, v in state.items() if k != "stem.0.weight"}, file)
    assert "it lacks stem.0.weight" in refused(with_file(file))
    torch.save({**state, "neck.bias": torch.zeros(1)}, file)
    assert "it has, and the network has not, neck.bias" in refused(with_file(file))
    torch.save(state, file)
    assert "its classifier.weight is 10×512, the network's is 7×512" in refused(
        f"elnet_0.5@input=32,classes=7,weights={file}"
    )
    assert "lacks bn1.bias, bn1.running_mean, bn1.running_var and 99 more" in refused(
        f"resnet18@input=32,weights={file}"
    )


def test_the_identity_of_weights_is_what_decides_them(tmp_path: Path) -> None:
    file = tmp_path / "net.pt"
    file.write_bytes(b"abc")
    assert weights_identity(entry("elnet_1.0"), 4) == "calibrated-random:4"
    assert weights_identity(entry("timm:resnet18"), 0) == "calibrated-random:0"
    assert weights_identity(entry("my.nets:small"), 4) == "as built"
    expected = f"checkpoint:{hashlib.sha256(b'abc').hexdigest()}"
    assert weights_identity(entry(with_file(file)), 4) == expected
    file.write_bytes(b"abcd")
    assert weights_identity(entry(with_file(file)), 4) != expected


def test_weights_that_nobody_trained_are_answered_with_how_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ELBENCH_CACHE", str(tmp_path))
    assert "elbench train elnet_2.0@g=8 --data digits" in refused("elnet_2.0@g=8,weights=digits")


def test_weights_of_digits_are_those_that_were_trained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trained: nn.Module
) -> None:
    from harness.models.checkpoint import checkpoint_file_name

    monkeypatch.setenv("ELBENCH_CACHE", str(tmp_path))
    file = tmp_path / "checkpoints" / checkpoint_file_name("elnet_0.5", "digits")
    file.parent.mkdir()
    torch.save({"format": 1, "state_dict": trained.state_dict()}, file)
    assert state_digest(build("elnet_0.5@weights=digits")) == state_digest(trained)
