"""Training a tiny network for seconds: equal bits, nothing lost, schedule, average and variations."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from harness.errors import UsageError
from harness.models import trained
from harness.models.augmentation import DIGITS, PHOTOGRAPHS, Augmentation
from harness.models.averaging import AveragedWeights, measure_statistics
from harness.models.catalogue import build, entry
from harness.models.checkpoint import Checkpoint, load_checkpoint
from harness.models.datasets import Data
from harness.models.labelled_images import Examples
from harness.models.schedule import averaging_decay, learning_rate
from harness.models.trained import train_checkpoint
from harness.models.training import EpochRecord, Told, TrainingSettings, count_right
from harness.models.training_task import Task, make_task

SETTINGS = TrainingSettings(epochs=2, batch=32, threads=1)


@pytest.fixture(scope="session")
def task() -> Task:
    """The smallest ELNet on 96 digits."""
    whole = make_task("elnet_0.5", "digits")
    data = replace(whole.data, train=whole.data.train.first(96), test=whole.data.test.first(50))
    return replace(whole, data=data)


@pytest.fixture(scope="session")
def uninterrupted(task: Task, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return train_checkpoint(task, SETTINGS, tmp_path_factory.mktemp("trained") / "net.pt")


def equal(first: Checkpoint, second: Checkpoint) -> bool:
    """To the bit, statistics included."""
    pairs = zip(first.state_dict.items(), second.state_dict.items(), strict=True)
    return all(name == other and torch.equal(a, b) for (name, a), (other, b) in pairs)


class StopAfter(Told):
    """Ctrl-C when so many steps have been taken."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.epochs: list[int] = []

    def step_ended(self, step: int, steps: int) -> None:
        assert steps == 6
        if step == self.steps:
            raise KeyboardInterrupt

    def epoch_ended(self, number: int, record: EpochRecord) -> None:
        assert record.loss > 0
        self.epochs.append(number)


def test_a_training_that_was_stopped_ends_with_the_weights_of_one_that_was_not(
    task: Task, uninterrupted: Checkpoint, tmp_path: Path
) -> None:
    file = tmp_path / "net.pt"
    told = StopAfter(5)
    with pytest.raises(KeyboardInterrupt):
        train_checkpoint(task, SETTINGS, file, told=told)
    assert told.epochs == [1]
    assert not file.exists()
    resumed = StopAfter(99)
    assert equal(train_checkpoint(task, SETTINGS, file, told=resumed), uninterrupted)
    assert resumed.epochs == [2]
    assert {path.name for path in tmp_path.iterdir()} == {"net.pt", "net.json"}


def test_a_second_training_gives_the_same_bits_whatever_torchs_generator_did(
    task: Task, uninterrupted: Checkpoint, tmp_path: Path
) -> None:
    torch.manual_seed(99)
    before = torch.random.get_rng_state()
    again = train_checkpoint(task, SETTINGS, tmp_path / "net.pt")
    assert equal(again, uninterrupted)
    assert again.record["losses"] == uninterrupted.record["losses"]
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("damage", ["other settings", "torn", "fresh"])
def test_a_state_that_cannot_be_continued_is_not(task: Task, tmp_path: Path, damage: str) -> None:
    file, state = tmp_path / "net.pt", tmp_path / ".net.pt.unfinished"
    with pytest.raises(KeyboardInterrupt):
        train_checkpoint(task, SETTINGS, file, told=StopAfter(4))
    if damage == "torn":
        state.write_bytes(state.read_bytes()[:5000])
    settings = replace(SETTINGS, seed=1) if damage == "other settings" else SETTINGS
    told = StopAfter(3)
    with pytest.raises(KeyboardInterrupt):
        train_checkpoint(task, settings, file, fresh=damage == "fresh", told=told)
    assert told.epochs == []


def test_the_checkpoint_holds_the_network_that_was_tested(
    task: Task, uninterrupted: Checkpoint, tmp_path: Path
) -> None:
    file = tmp_path / "net.pt"
    made = train_checkpoint(task, replace(SETTINGS, epochs=1), file)
    read = load_checkpoint(file)
    assert equal(read, made)
    assert (read.model, read.data, read.input, read.classes) == ("elnet_0.5", "digits", 32, 10)
    network = build(entry(f"elnet_0.5@input=32,classes=10,weights={file}"))
    assert count_right(network, task.data.test) == made.record["test_right"]
    written = json.loads(file.with_suffix(".json").read_text())
    assert written["test_accuracy_percent"] == 100 * made.record["test_right"] / 50
    assert written["threads"] == 1
    assert written["data_sha256"] == uninterrupted.data_sha256


class Two(nn.Module):
    """Tells bright images from dark ones, once it has learnt to."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 4, 3, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.classifier = nn.Linear(4, 2)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.norm(self.convolution(images)).relu().mean((2, 3)))
        return logits


def two_classes(count: int, *, brightness: float = 1.0) -> Data:
    labels = np.arange(count) % 2
    noise = np.random.RandomState(0).randn(count, 3, 8, 8)
    images = (noise + brightness * (2 * labels - 1)[:, None, None, None]).astype(np.float32)
    examples = Examples(images, labels)
    return Data(
        name="two",
        source="images",
        classes=2,
        train=examples,
        test=examples,
        is_mirrored=True,
        identity=lambda: "two",
    )


def of_two(**changes: object) -> Task:
    function = entry("tests.models.test_training:Two@input=8")
    return replace(Task(name="two", entry=function, data=two_classes(64)), **changes)  # type: ignore[arg-type]


def test_a_network_learns_what_can_be_learnt(tmp_path: Path) -> None:
    made = train_checkpoint(of_two(), TrainingSettings(epochs=5, batch=16), tmp_path / "two.pt")
    assert made.record["test_right"] == 64


def test_a_loss_without_end_is_one_line(tmp_path: Path) -> None:
    task = of_two(data=two_classes(64, brightness=math.inf))
    with pytest.raises(UsageError, match=r"became infinite in epoch 1\. Give a smaller --lr"):
        train_checkpoint(task, TrainingSettings(epochs=1, batch=16), tmp_path / "two.pt")


def test_a_network_of_other_classes_is_refused_before_it_is_trained(tmp_path: Path) -> None:
    task = of_two(data=replace(two_classes(8), classes=3))
    with pytest.raises(UsageError, match="output for one image is 1×2, and the data have 3 classes"):
        train_checkpoint(task, TrainingSettings(), tmp_path / "two.pt")


def test_weights_that_this_training_did_not_make_are_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "mine.pt"
    torch.save({"weight": torch.zeros(3)}, file)
    before = file.read_bytes()
    with pytest.raises(UsageError, match=r"mine\.pt: is there already, and holds something else"):
        train_checkpoint(of_two(data=two_classes(6)), TrainingSettings(epochs=1), file, fresh=True)
    assert file.read_bytes() == before


def test_the_same_training_may_be_made_again(tmp_path: Path) -> None:
    file = tmp_path / "two.pt"
    first = train_checkpoint(of_two(data=two_classes(6)), TrainingSettings(epochs=1), file)
    assert equal(train_checkpoint(of_two(data=two_classes(6)), TrainingSettings(epochs=1), file), first)


@pytest.mark.parametrize(
    ("network", "told"),
    [
        (nn.Flatten(), "has no weights to train"),
        (nn.Linear(7, 2), r"does not take an input of 1×3×\d+×\d+ \(RuntimeError\)"),
        (nn.LSTM(8, 2), "does not take an input|its output for one image is tuple"),
    ],
)
def test_a_network_that_cannot_learn_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: nn.Module, told: str
) -> None:
    monkeypatch.setattr(trained, "construct", lambda _entry: network)
    with pytest.raises(UsageError, match=told):
        train_checkpoint(of_two(data=two_classes(6)), TrainingSettings(), tmp_path / "net.pt")


def test_fewer_images_than_a_batch_are_one_step(tmp_path: Path) -> None:
    made = train_checkpoint(of_two(data=two_classes(6)), TrainingSettings(epochs=1), tmp_path / "two.pt")
    assert len(made.record["losses"]) == 1


def test_the_rate_rises_in_a_line_and_falls_along_half_a_cosine() -> None:
    rates = [learning_rate(step, 100, 0.4) for step in range(100)]
    assert rates[:10] == pytest.approx([0.04 * step for step in range(1, 11)])
    assert rates[10] == pytest.approx(0.4)
    assert rates[40] == pytest.approx(0.3)  # a third of the way: (1 + cos 60°) / 2 = 3/4
    assert rates[55] == pytest.approx(0.2)
    assert rates[70] == pytest.approx(0.1)
    assert 0 < rates[99] < 0.001


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_shortest_trainings_have_rates_too(steps: int) -> None:
    assert all(0 < learning_rate(step, steps, 1.0) <= 1 for step in range(steps))


def test_the_average_forgets_over_a_twentieth_of_the_training() -> None:
    assert averaging_decay(0, 1000) == pytest.approx(1 / 10)
    assert averaging_decay(90, 1000) == pytest.approx(91 / 100)
    assert averaging_decay(999, 1000) == pytest.approx(1 - 1 / 50)
    assert averaging_decay(5, 10) == 0  # one step: the weights themselves


def test_the_average_takes_in_the_weights_by_its_decay() -> None:
    layer = nn.Linear(1, 1)
    nn.init.constant_(layer.weight, 2.0)
    nn.init.constant_(layer.bias, 0.0)
    average = AveragedWeights(layer)
    nn.init.constant_(layer.weight, 6.0)
    average.update(layer, 0.75)
    assert layer.weight.item() == 6.0
    average.copy_to(layer)
    assert layer.weight.item() == 0.75 * 2 + 0.25 * 6


def test_statistics_are_those_of_all_the_images_and_of_nothing_before() -> None:
    layer = nn.Sequential(nn.BatchNorm2d(1), nn.Dropout())
    layer[0].running_mean.fill_(77.0)
    batches = [torch.tensor([0.0, 2.0]).reshape(2, 1, 1, 1), torch.tensor([4.0, 6.0]).reshape(2, 1, 1, 1)]
    measure_statistics(layer, batches)
    assert layer[0].running_mean.item() == 3.0  # of 1 and 5
    assert layer[0].running_var.item() == 2.0  # of 2 and 2, unbiased
    assert layer[0].momentum == 0.1
    assert not any(module.training for module in layer.modules())


def picture() -> Tensor:
    return torch.arange(64.0).reshape(1, 1, 8, 8).repeat(40, 1, 1, 1)


@pytest.mark.parametrize(
    ("changes", "change"),
    [({"is_mirrored": True}, lambda image: image.flip(-1)), ({}, lambda image: image)],
)
def test_a_mirrored_image_is_the_image_or_its_mirror(
    changes: dict[str, bool], change: Callable[[Tensor], Tensor]
) -> None:
    vary = Augmentation(**{"turn_degrees": 0, "scale": 0, "shift": 0, "is_mirrored": False, **changes})
    images = picture()
    varied = vary(images)
    kinds = {
        (torch.allclose(one, images[0], atol=1e-3), torch.allclose(one, change(images[0]), atol=1e-3))
        for one in varied
    }
    assert kinds == ({(True, False), (False, True)} if changes else {(True, True)})


def test_a_move_is_of_whole_pixels_and_blurs_nothing() -> None:
    vary = Augmentation(turn_degrees=0, scale=0, shift=1 / 8, is_mirrored=False)
    images = picture()
    varied = vary(images)
    assert (varied - varied.round()).abs().max() < 1e-3
    inner = {round(one[0, 4, 4].item()) for one in varied}
    assert inner == {27, 28, 29, 35, 36, 37, 43, 44, 45}  # 36 and its neighbours


@pytest.mark.parametrize("vary", [DIGITS, PHOTOGRAPHS])
def test_every_image_is_varied_on_its_own_and_keeps_its_range(vary: Augmentation) -> None:
    images = picture()
    varied = vary(images)
    assert varied.shape == images.shape
    assert len(torch.unique(varied, dim=0)) > 5
    assert varied.min() > -1e-3
    assert varied.max() < 63.001
