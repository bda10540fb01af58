"""How far a training is, for people, on stderr: a bar on a terminal, a line an epoch everywhere."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.models.training import EpochRecord, Told
from harness.units import format_duration_ns

if TYPE_CHECKING:
    from rich.progress import Progress

Say = Callable[[str], None]


@contextmanager
def training_progress(epochs: int, say: Say) -> Iterator[Told]:
    """Show each epoch, and on a terminal each step."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield _Lines(epochs, say)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        yield _Bar(epochs, say, bar)


class _Lines(Told):
    def __init__(self, epochs: int, say: Say) -> None:
        self._epochs = epochs
        self._say = say

    def epoch_ended(self, number: int, record: EpochRecord) -> None:
        """One line."""
        self._say(
            f"epoch {number} of {self._epochs}: loss {record.loss:.3f}, {record.right_share:.1%} of the"
            f" varied training images right, {format_duration_ns(record.seconds * 1e9)}"
        )


class _Bar(_Lines):
    def __init__(self, epochs: int, say: Say, bar: "Progress") -> None:
        super().__init__(epochs, say)
        self._bar = bar
        self._task = bar.add_task("training")

    def step_ended(self, step: int, steps: int) -> None:
        """The bar moves."""
        self._bar.update(self._task, completed=step, total=steps)
