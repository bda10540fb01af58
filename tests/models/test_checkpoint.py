"""Checkpoints: found by name, read without running anything, refused in one line."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.errors import UnreadableModel, UsageError
from harness.models.catalogue import entry
from harness.models.checkpoint import (
    Checkpoint,
    checkpoint_file_name,
    find_checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from harness.models.datasets import open_data
from harness.models.training_task import make_task


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ELBENCH_CACHE", str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


def checkpoint() -> Checkpoint:
    return Checkpoint(
        model="elnet_0.5@g=8",
        classes=10,
        input=32,
        data="digits",
        data_sha256="00",
        state_dict={"weight": torch.arange(3.0)},
        record={"seed": 4},
    )


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "net.pt"
    save_checkpoint(file, checkpoint())
    read = load_checkpoint(file)
    assert torch.equal(read.state_dict["weight"], torch.arange(3.0))
    assert read.description == checkpoint().description
    assert '"seed": 4' in file.with_suffix(".json").read_text()


def test_weights_are_found_by_the_networks_name(cache: Path) -> None:
    file = cache / "elnet_0.5@g=8-digits.pt"
    save_checkpoint(file, checkpoint())
    assert find_checkpoint("elnet_0.5@g=8", "digits") == file


def test_weights_that_nobody_trained_are_answered_with_the_command_that_does(cache: Path) -> None:
    assert not list(cache.iterdir())
    with pytest.raises(UnreadableModel) as refused:
        find_checkpoint("elnet_0.5@g=8", "digits")
    assert str(refused.value) == (
        "elnet_0.5@g=8: there are no weights trained on digits."
        " Train them: elbench train elnet_0.5@g=8 --data digits."
    )


def test_a_name_of_a_function_or_a_library_makes_a_file_name() -> None:
    assert checkpoint_file_name("timm:resnet10t", "digits") == "timm_resnet10t-digits.pt"
    assert checkpoint_file_name("../up", "my data") == ".._up-my_data.pt"


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('it ran')",)


def evil(file: Path) -> None:
    torch.save({"format": 1, "state_dict": Evil()}, file)


def pickled(file: Path) -> None:
    file.write_bytes(pickle.dumps(Evil()))


def empty(file: Path) -> None:
    file.touch()


def other(file: Path) -> None:
    torch.save({"weight": torch.zeros(1)}, file)


def newer(file: Path) -> None:
    torch.save({"format": 2}, file)


def torn(file: Path) -> None:
    save_checkpoint(file, checkpoint())
    file.write_bytes(file.read_bytes()[:-100])


def missing(_file: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (evil, "more than weights, which is never loaded"),
        (pickled, "holds no weights"),
        (empty, "holds no weights"),
        (torn, "holds no weights"),
        (other, "is no checkpoint of format 1"),
        (newer, "is no checkpoint of format 1"),
        (missing, "cannot be read (No such file or directory)"),
    ],
)
def test_what_is_no_checkpoint_is_refused_in_one_line(
    tmp_path: Path, write: Callable[[Path], None], told: str
) -> None:
    file = tmp_path / "net.pt"
    write(file)
    with pytest.raises(UnreadableModel) as refused:
        load_checkpoint(file)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("reference", "data", "name"),
    [
        ("elnet_1.0@residual=relu,g=8", "digits", "elnet_1.0@g=8,residual=relu"),
        ("elnet_1.0@input=32,classes=10", "digits", "elnet_1.0"),
        ("mobilenet_v3_small", "digits", "mobilenet_v3_small"),
    ],
)
def test_what_is_trained_is_found_by_weights_digits(
    cache: Path, reference: str, data: str, name: str
) -> None:
    task = make_task(reference, data)
    assert task.name == name
    assert task.default_file == cache / f"{name}-digits.pt"
    assert task.entry.name == task.reference(task.default_file)
    assert entry(task.entry.name) == task.entry


def test_weights_in_a_file_are_measured_by_a_name_that_says_its_form(tmp_path: Path) -> None:
    task = make_task("elnet_1.0@g=8", "digits")
    file = tmp_path / "mine.pt"
    assert task.reference(file) == f"elnet_1.0@g=8,input=32,classes=10,weights={file}"
    assert entry(task.reference(file)).parameters == task.entry.parameters


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("elnet_0.6", "no model has this name"),
        ("elnet_0.5@weights=digits", "training begins with initial weights. Leave weights= out"),
        ("elnet_0.5@classes=7", "weights=digits are for input=32,classes=10"),
    ],
)
def test_a_network_that_cannot_learn_the_data_is_refused_in_one_line(reference: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        make_task(reference, "digits")
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_task_is_found_without_torch() -> None:
    code = (
        "import sys; from harness.models.training_task import make_task; make_task('elnet_1.0', 'digits');"
        " assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_shipped_elnet_is_as_good_as_its_record_says() -> None:
    file = find_checkpoint("elnet_1.0", "digits")
    assert file.parent.name == "checkpoints"
    shipped = load_checkpoint(file)
    assert sum(value.numel() for name, value in shipped.state_dict.items() if _is_learnt(name)) == 190_570
    data = open_data("digits", (1, 3, 32, 32))
    assert shipped.data_sha256 == data.identity()

    from harness.models.catalogue import build
    from harness.models.training import count_right

    right = count_right(build("elnet_1.0@weights=digits"), data.test)
    assert abs(right - shipped.record["test_right"]) <= 1  # another processor may round one image over


def _is_learnt(name: str) -> bool:
    return not name.endswith(("running_mean", "running_var", "num_batches_tracked"))
