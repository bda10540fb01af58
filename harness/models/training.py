"""Training of one network: the same for every network, equal bits for equal settings, and never lost.

After each epoch the whole state is on the disk; a training that was stopped goes on from there and ends with
the very weights of one that was not. Equal bits need the same seed, number of threads, processor and
libraries, because sums of floats depend on their order; all of these stand in the record.

Memory decides the speed of light networks, not arithmetic: channels-last halves it (measured on two cores
without load: ELNet-1.0 at 32×32, 27 s an epoch of 4,000 images contiguous, 16 s so, on one thread).
torch.compile saves a few per cent of that and costs a minute and a half and a C++ compiler: not used.
"""

import hashlib
import io
import itertools
import json
import math
import pickle
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.durable import write_durably
from harness.errors import UsageError
from harness.models.augmentation import DIGITS, PHOTOGRAPHS
from harness.models.averaging import AveragedWeights, measure_statistics
from harness.models.datasets import Data
from harness.models.labelled_images import Examples
from harness.models.schedule import averaging_decay, learning_rate

LABEL_SMOOTHING = 0.1
"""Szegedy et al., arXiv 1512.00567, section 7."""
STATISTICS_IMAGES = 2048
"""Enough that BatchNorm's statistics vary by less than 3 % of a deviation."""
EVALUATION_BATCH = 250
MOMENTUM = 0.9
OPTIMISER = "SGD, Nesterov momentum 0.9"
"""On evidence: after two epochs of the digits ELNet-0.5 was right on 88 % of the test images with it, on 23 %
with AdamW at 0.004."""
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """All that decides the weights beside the network and the data."""

    epochs: int = 20
    batch: int = 64
    learning_rate: float = 0.1
    """Peak of the schedule."""
    weight_decay: float = 5e-4
    """Of weights of convolutions and matrices; BatchNorm and biases have none."""
    seed: int = 0
    threads: int = 1


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """What one epoch came to."""

    loss: float
    """Mean over its images, label smoothing included."""
    right_share: float
    """Of its images, varied and before the step that learnt from them, those whose label came first."""
    seconds: float
    """Wall time."""


class Told:
    """Who wants to know how a training goes; nobody, unless a method is overridden."""

    def step_ended(self, step: int, steps: int) -> None:
        """So many steps of all have been taken."""

    def epoch_ended(self, number: int, record: EpochRecord) -> None:
        """The state after this epoch, from 1, is on the disk."""


NOBODY = Told()


@dataclass(slots=True)
class _Progress:
    network: nn.Module
    optimizer: torch.optim.Optimizer
    average: AveragedWeights
    epochs: list[EpochRecord] = field(default_factory=list)


def train(
    make_network: Callable[[], nn.Module],
    data: Data,
    settings: TrainingSettings,
    *,
    state_file: Path,
    identity: str,
    told: Told = NOBODY,
) -> tuple[nn.Module, list[EpochRecord]]:
    """Train a network, from the state in `state_file` if that is of the same training.

    Args:
        make_network: gives it with initial weights from torch's own generator, which is seeded for it.
        data: of which the training part alone is looked at.
        settings: how.
        state_file: where the state is kept; it stays there at the end, to be removed by the caller.
        identity: names network, data and settings; a state of another is not continued.
        told: is told how it goes.

    Returns:
        The network with averaged weights, in eval mode, contiguous; and its epochs.

    Raises:
        UsageError: the loss became infinite.
        OSError: the state cannot be written.
    """
    with torch_for(settings):
        progress = _begin(make_network, settings)
        _load(progress, state_file, identity)
        for number in range(len(progress.epochs), settings.epochs):
            progress.epochs.append(_epoch(progress, data, settings, number, told))
            write_durably(state_file, _saved(progress, identity))
            told.epoch_ended(number + 1, progress.epochs[-1])
        return _finished(progress, data, settings), progress.epochs


def count_right(network: nn.Module, examples: Examples) -> int:
    """How many images the network gives their own label."""
    right = 0
    with torch.inference_mode():
        for images, labels in examples.batches(EVALUATION_BATCH):
            right += int((network(torch.from_numpy(images)).argmax(1).numpy() == labels).sum())
    return right


def training_identity(model: str, data: Data, settings: TrainingSettings) -> str:
    """One hash of all that decides the weights: the same training has the same, and may be continued."""
    parts = (FORMAT, model, data.identity(), asdict(settings), torch.__version__, np.__version__)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@contextmanager
def torch_for(settings: TrainingSettings) -> Iterator[None]:
    """Torch with these threads and a generator of its own, put back afterwards.

    Denormal numbers are taken as 0: they cost a hundred times as long and mean nothing to training.
    """
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.set_num_threads(settings.threads)
        torch.set_flush_denormal(True)
        try:
            yield
        finally:
            torch.set_flush_denormal(False)
            torch.set_num_threads(threads)


def _begin(make_network: Callable[[], nn.Module], settings: TrainingSettings) -> _Progress:
    torch.manual_seed(settings.seed)
    network = make_network().float().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return _Progress(network, _optimizer(network, settings), AveragedWeights(network))


def _optimizer(network: nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
    decayed = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in network.parameters() if parameter.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": settings.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.SGD(groups, lr=settings.learning_rate, momentum=MOMENTUM, nesterov=True, fused=True)


def _epoch(
    progress: _Progress, data: Data, settings: TrainingSettings, number: int, told: Told
) -> EpochRecord:
    """All training images once, but for a last batch that is not full, in an order of seed and epoch."""
    began = time.perf_counter()
    steps = settings.epochs * _steps(data, settings)
    first = number * _steps(data, settings)
    loss_sum, right, seen = 0.0, 0, 0
    progress.network.train()
    for step, (images, labels) in enumerate(_batches(data, settings, number), start=first):
        _set_rate(progress.optimizer, learning_rate(step, steps, settings.learning_rate))
        loss, logits = _step(progress, images, labels)
        progress.average.update(progress.network, averaging_decay(step, steps))
        loss_sum += loss * len(labels)
        right += int((logits.argmax(1) == labels).sum())
        seen += len(labels)
        told.step_ended(step + 1, steps)
    if not math.isfinite(loss_sum):
        raise UsageError(
            f"the loss became infinite in epoch {number + 1}", remedy="give a smaller --lr", where=data.name
        )
    return EpochRecord(loss_sum / seen, right / seen, time.perf_counter() - began)


def _step(progress: _Progress, images: Tensor, labels: Tensor) -> tuple[float, Tensor]:
    """One step of the optimiser; returns the loss and the logits from before it."""
    logits: Tensor = progress.network(images)
    loss = functional.cross_entropy(logits, labels, label_smoothing=LABEL_SMOOTHING)
    progress.optimizer.zero_grad()
    loss.backward()
    progress.optimizer.step()
    return loss.item(), logits.detach()


def _steps(data: Data, settings: TrainingSettings) -> int:
    return max(1, len(data.train.labels) // settings.batch)


def _set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def _batches(data: Data, settings: TrainingSettings, number: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Varied images, channels-last, and their labels."""
    torch.manual_seed(_seed(settings.seed, number))
    vary = PHOTOGRAPHS if data.is_mirrored else DIGITS
    order = torch.randperm(len(data.train.labels)).numpy()
    for step in range(_steps(data, settings)):
        chosen = order[step * settings.batch : (step + 1) * settings.batch]
        images = vary(torch.from_numpy(data.train.images[chosen]))
        yield (
            images.contiguous(memory_format=torch.channels_last),
            torch.from_numpy(data.train.labels[chosen]),
        )


def _seed(seed: int, epoch: int) -> int:
    """Of everything random in an epoch, dropout too; neighbouring seeds and epochs share nothing."""
    digest = hashlib.sha256(f"{seed} {epoch}".encode()).digest()
    return int.from_bytes(digest[:8], "little", signed=True)


def _finished(progress: _Progress, data: Data, settings: TrainingSettings) -> nn.Module:
    progress.average.copy_to(progress.network)
    steps = max(1, STATISTICS_IMAGES // settings.batch)
    varied = (images for images, _ in _batches(data, settings, settings.epochs))
    measure_statistics(progress.network, itertools.islice(varied, steps))
    return progress.network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload,no-any-return]


def _saved(progress: _Progress, identity: str) -> bytes:
    buffer = io.BytesIO()
    state = {
        "identity": identity,
        "network": progress.network.state_dict(),
        "optimizer": progress.optimizer.state_dict(),
        "average": progress.average.values,
        "epochs": [asdict(epoch) for epoch in progress.epochs],
    }
    torch.save(state, buffer)
    return buffer.getvalue()


def _load(progress: _Progress, file: Path, identity: str) -> None:
    """Take over the state of the same training; one that is missing, damaged or of another begins anew."""
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError):
        return
    if not isinstance(state, dict) or state.get("identity") != identity:
        return
    if _form(state["network"]) != _form(progress.network.state_dict()):  # the caller's function has changed
        return
    progress.network.load_state_dict(state["network"])
    progress.optimizer.load_state_dict(state["optimizer"])
    progress.average.values.update(state["average"])
    progress.epochs.extend(EpochRecord(**epoch) for epoch in state["epochs"])


def _form(state: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in state.items()}
