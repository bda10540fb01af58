"""`elbench train` as a user calls it, on a folder of pictures: stopped and continued."""

import json
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.e2e.conftest import Elbench, stop_after

NETWORK = "elnet_0.5@input=32"


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise that is red in one class and blue in the other; 64 to learn from, 20 to test with."""
    folder = tmp_path_factory.mktemp("colours")
    random = np.random.RandomState(1)
    for part, count in (("train", 32), ("val", 10)):
        for channel, name in ((0, "red"), (2, "blue")):
            (folder / part / name).mkdir(parents=True)
            for index in range(count):
                pixels = random.randint(0, 100, (40, 40, 3)).astype(np.uint8)
                pixels[..., channel] += 150
                Image.fromarray(pixels).save(folder / part / name / f"{index}.png")
    return folder


def test_a_training_that_was_stopped_goes_on(elbench: Elbench, pictures: Path, tmp_path: Path) -> None:
    weights = tmp_path / "colours.pt"
    command = ("train", NETWORK, "--data", str(pictures), "--out", str(weights))
    command += ("--epochs", "4", "--batch", "16", "--threads", "1")
    with elbench.started(*command) as process:
        _, said = stop_after(process, "epoch 1 of 4", signal.SIGINT)
        assert process.returncode == 130
    assert said.splitlines()[-1] == (
        "elbench: interrupted; every epoch that ended is kept. Run the same command again to continue."
    )
    assert not weights.exists()

    ended = elbench(*command, "--json")
    assert ended.returncode == 0, ended.stderr
    assert "epoch 1 of 4" not in ended.stderr
    assert "epoch 4 of 4" in ended.stderr
    record = json.loads(ended.stdout)
    assert record["test_right"] >= 18
    assert (record["classes"], record["input"], record["test_images"]) == (2, 32, 20)
    assert str(pictures) not in weights.with_suffix(".json").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("elnet_0.5", "--data", "digts"), "elbench: digts: there are no such data. Use digits, "),
        (("elnet_0.5", "--data", "digits", "--out", "net"), "Write --out NAME.pt"),
        (("elnet_0.5", "--data", "digits", "--lr", "nan"), "--lr: nan is no learning rate"),
    ],
)
def test_what_cannot_be_trained_is_said_in_one_line(
    elbench: Elbench, arguments: tuple[str, ...], told: str
) -> None:
    refused = elbench("train", *arguments)
    assert refused.returncode == 2
    assert told in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
