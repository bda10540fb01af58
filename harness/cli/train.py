"""`elbench train`: weights of one's own, for a network by name, on labelled data."""

import math
import shlex
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.talk import say, show, show_json
from harness.errors import Interrupted, UsageError


def train(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A network by name, elnet_1.0@g=8.")],
    data: Annotated[
        str,
        typer.Option(metavar="DATA", help="digits, cifar10:DIR, cifar100:DIR, or DIR with train/ and val/."),
    ],
    epochs: Annotated[int, typer.Option(min=1, max=10_000, help="Times that every image is seen.")] = 20,
    batch: Annotated[int, typer.Option(min=2, max=65_536, help="Images a step.")] = 64,
    lr: Annotated[float, typer.Option(min=1e-9, max=100, help="Peak of the learning rate.")] = 0.1,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Of weights, order and variations.")] = 0,
    threads: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Processor threads; default: one a core.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.pt", help="Where to put the weights; default: the cache.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do not continue what was stopped.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON on stdout.")] = False,
) -> None:
    """Train a network and measure its accuracy. One that was stopped goes on after its last whole epoch."""
    if out is not None and out.suffix != ".pt":
        raise UsageError(
            "weights are kept in a file that ends in .pt", remedy="write --out NAME.pt", where=str(out)
        )
    if math.isnan(lr):  # a range holds what compares, and nan does not
        raise UsageError("nan is no learning rate", remedy="give a number such as 0.1", where="--lr")
    from harness.models.training_task import make_task

    task = make_task(model, data)
    import torch

    from harness.cli.folders import output_folder
    from harness.cli.training_progress import training_progress
    from harness.models.trained import train_checkpoint
    from harness.models.training import TrainingSettings
    from harness.results.rundir import unusable

    settings = TrainingSettings(
        epochs=epochs,
        batch=batch,
        learning_rate=lr,
        seed=seed,
        threads=threads or torch.get_num_threads(),
    )
    file = out or task.default_file
    try:
        with output_folder(file.parent, new=False), training_progress(settings.epochs, say) as told:
            made = train_checkpoint(task, settings, file, fresh=fresh, told=told)
    except OSError as error:
        raise unusable(file.parent, error) from error
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            "interrupted; every epoch that ended is kept",
            remedy="run the same command again to continue",
        ) from interrupt
    if as_json:
        show_json(dict(made.description) | {"path": str(file)})
        return
    show(
        f"{task.name} on {task.data.name}: {made.record['test_accuracy_percent']:.2f} % of"
        f" {made.record['test_images']:,} test images right, {made.record['seconds']:.0f} s of training"
    )
    show(f"{file}")
    show(f"measure it: elbench run --model {shlex.quote(task.reference(file))}")
