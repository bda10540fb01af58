"""Accuracy on the digits: ELNet in three readings of its residual, and five baselines, over seeds.

Every network gets the same: data, epochs, batch, optimiser, schedule, augmentation. Each training that ended
is kept as a checkpoint with its record, and one that was stopped is continued, so the command may be stopped
and repeated. Prints a table for docs/explanation/accuracy.md, of networks whose seeds are all there.

    python -m benchmarks.accuracy --work FOLDER [--epochs 8] [--seeds 0 1 2] [--table]
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

from harness.models.trained import train_checkpoint
from harness.models.training import TrainingSettings
from harness.models.training_task import make_task

DATA = "digits"
ELNETS = ("elnet_1.0", "elnet_1.0@residual=relu", "elnet_1.0@residual=linear")
BASELINES = (
    "shufflenet_v2_x0_5",
    "shufflenet_v1_x0_5",
    "mobilenet_v3_small",
    "mobilenet_v4_conv_small",
    "mnasnet0_5",
)


def record_of(work: Path, model: str, seed: int) -> Path:
    return work / f"{model}-seed{seed}.json"


def train_all(work: Path, epochs: int, seeds: list[int]) -> None:
    """ELNet's readings seed by seed, then the baselines network by network: what decides most comes first."""
    order = [(model, seed) for seed in seeds for model in ELNETS]
    order += [(model, seed) for model in BASELINES for seed in seeds]
    for model, seed in order:
        file = record_of(work, model, seed)
        if file.exists() and json.loads(file.read_text())["epochs"] == epochs:
            continue
        settings = TrainingSettings(epochs=epochs, seed=seed)
        made = train_checkpoint(make_task(model, DATA), settings, file.with_suffix(".pt"))
        right, images = made.record["test_right"], made.record["test_images"]
        print(f"{model} seed {seed}: {right} of {images} right, {made.record['seconds']} s", flush=True)


def row(work: Path, model: str, seeds: list[int]) -> str | None:
    """A line of the table, where every seed is there."""
    files = [record_of(work, model, seed) for seed in seeds]
    if not all(file.exists() for file in files):
        return None
    records: list[dict[str, Any]] = [json.loads(file.read_text()) for file in files]
    percent = [record["test_accuracy_percent"] for record in records]
    each = ", ".join(f"{value:.1f}" for value in percent)
    spread = f"± {statistics.stdev(percent):.2f}" if len(percent) > 1 else "(one seed)"
    found = make_task(model, DATA).entry
    costs = f"{found.parameters:,} | {(found.macs or 0) / 1e6:.1f}"
    return f"| {model} | {costs} | {statistics.fmean(percent):.2f} {spread} | {each} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--table", action="store_true", help="train nothing, print what is there")
    options = parser.parse_args()
    if not options.table:
        train_all(options.work, options.epochs, options.seeds)
    print("| network | parameters | MACs, M | test accuracy, % | by seed |")
    print("|---|---|---|---|---|")
    rows = (row(options.work, model, options.seeds) for model in (*ELNETS, *BASELINES))
    print("\n".join(line for line in rows if line))


if __name__ == "__main__":
    main()
