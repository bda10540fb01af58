"""From a network and data to a checkpoint with its record."""

import platform
import time
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from harness.errors import UnreadableModel, UsageError
from harness.models.catalogue import construct
from harness.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from harness.models.training import (
    NOBODY,
    OPTIMISER,
    EpochRecord,
    Told,
    TrainingSettings,
    count_right,
    torch_for,
    train,
    training_identity,
)
from harness.models.training_task import Task


def train_checkpoint(
    task: Task,
    settings: TrainingSettings,
    file: Path,
    *,
    fresh: bool = False,
    told: Told = NOBODY,
) -> Checkpoint:
    """Train, test and write a checkpoint; a training that was stopped is continued.

    Args:
        task: what to train on what.
        settings: how.
        file: where to write the weights; the state of an unfinished training lies beside it.
        fresh: begin anew, whatever is there.
        told: is told how it goes.

    Raises:
        UsageError: the network does not fit the data, the loss became infinite, or `file` holds something
            else than this network's weights of these data.
        OSError: a file cannot be written.
    """
    _require_free(file, task)
    state_file = file.with_name(f".{file.name}.unfinished")
    file.parent.mkdir(parents=True, exist_ok=True)
    if fresh:
        state_file.unlink(missing_ok=True)
    identity = training_identity(task.name, task.data, settings)
    network, epochs = train(
        lambda: _fitting(task),
        task.data,
        settings,
        state_file=state_file,
        identity=identity,
        told=told,
    )
    began = time.perf_counter()
    with torch_for(settings):
        right = count_right(network, task.data.test)
    checkpoint = Checkpoint(
        model=task.name,
        classes=task.data.classes,
        input=task.entry.input_shape[-1],
        data=task.data.name,
        data_sha256=task.data.identity(),
        state_dict=network.state_dict(),
        record=_record(task, settings, epochs, right)
        | {"test_seconds": round(time.perf_counter() - began, 2)},
    )
    save_checkpoint(file, checkpoint)
    state_file.unlink(missing_ok=True)
    return checkpoint


def _fitting(task: Task) -> torch.nn.Module:
    """The network with initial weights.

    Raises:
        UsageError: it does not give one number for each class.
    """
    network = construct(replace(task.entry, weights=""))
    if not any(parameter.requires_grad for parameter in network.parameters()):
        raise UsageError("has no weights to train", remedy="train another network", where=task.name)
    shape = "×".join(map(str, task.entry.input_shape))
    try:
        with torch.no_grad():
            outputs: object = network.eval()(torch.zeros(task.entry.input_shape))
    except Exception as error:  # the caller's own forward raises what it likes
        raise UsageError(
            f"does not take an input of {shape} ({type(error).__name__})",
            remedy="give it another size, input=N",
            where=task.name,
        ) from error
    seen = tuple(outputs.shape) if isinstance(outputs, torch.Tensor) else type(outputs).__name__
    if seen != (1, task.data.classes):
        raise UsageError(
            f"its output for one image is {seen if isinstance(seen, str) else '×'.join(map(str, seen))},"
            f" and the data have {task.data.classes} classes",
            remedy=f"use a network with classes={task.data.classes}",
            where=task.name,
        )
    return network


def _require_free(file: Path, task: Task) -> None:
    """Weights of the same network and data may be trained again; nothing else is written over."""
    if not file.exists():
        return
    try:
        found = load_checkpoint(file)
    except UnreadableModel:
        is_own = False
    else:
        is_own = (found.model, found.data) == (task.name, task.data.name)
    if not is_own:
        raise UsageError(
            f"is there already, and holds something else than weights of {task.name} for {task.data.name}",
            remedy="give another file by --out, or remove this one",
            where=str(file),
        )


def _record(task: Task, settings: TrainingSettings, epochs: list[EpochRecord], right: int) -> dict[str, Any]:
    images = len(task.data.test.labels)
    return {
        "train_images": len(task.data.train.labels),
        "test_images": images,
        "test_right": right,
        "test_accuracy_percent": round(100 * right / images, 3),
        "optimiser": OPTIMISER,
        **asdict(settings),
        "losses": [round(epoch.loss, 5) for epoch in epochs],
        "seconds": round(sum(epoch.seconds for epoch in epochs), 1),
        "versions": {name: version(name) for name in ("elbench", "torch", "torchvision", "timm", "numpy")},
        "processor": torch.backends.cpu.get_cpu_capability(),
        "python": platform.python_version(),
    }
