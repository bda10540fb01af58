"""Do counts rank models as time does? The catalogue in both recipes, counted and measured in one go.

Prints Spearman's rank correlation of instructions with latency for each core, and with --plot draws the
picture of docs/explanation/counts.md. Latency is that of Android's x86_64 libraries on this machine, on a
virtual phone: another processor's kernels of the same library. Takes about 15 minutes on two cores.

    python -m benchmarks.counts_and_time [--launches N] [--plot FILE.svg]
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from scipy.stats import spearmanr

from harness.models.catalogue import entries

CORES = ("a55", "a76")
RECIPES = ("fast", "documented")
PLAN = """
models = {models}
recipe = "{recipe}"
launches = {launches}
count = {cores}
[measure]
max_seconds = 5.0
"""


def measured(recipe: str, launches: int) -> list[dict[str, Any]]:
    """One point a model and core: `model`, `recipe`, `core`, `instructions`, `latency_ns`."""
    models = [entry.name for entry in entries()]
    with tempfile.TemporaryDirectory() as scratch:
        plan = Path(scratch) / "plan.toml"
        plan.write_text(
            PLAN.format(models=json.dumps(models), recipe=recipe, launches=launches, cores=json.dumps(CORES))
        )
        run = (
            "run",
            "--virtual",
            "--engine",
            "android",
            "--plan",
            plan,
            "--out",
            Path(scratch) / "run",
            "--json",
        )
        ran = subprocess.run(
            [Path(sys.executable).with_name("elbench"), *run], stdout=subprocess.PIPE, check=True
        )
    summary = json.loads(ran.stdout)
    latencies = {cell["artifact_sha256"]: cell["latency_ns"]["value"] for cell in summary["cells"]}
    return [
        {
            "model": count["model"],
            "recipe": recipe,
            "core": count["core"],
            "instructions": count["instructions"],
            "latency_ns": latencies[count["artifact_sha256"]],
        }
        for count in summary["counts"]
    ]


def plot(points: list[dict[str, Any]], correlations: dict[str, float], file: Path) -> None:
    """Instructions against latency on logarithmic axes, one panel a core."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "elbench"
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FixedLocator, NullFormatter, ScalarFormatter

    figure, axes = plt.subplots(1, len(CORES), figsize=(10, 4.2), sharey=True, layout="constrained")
    for core, axis in zip(CORES, axes, strict=True):
        for recipe, marker, colour in zip(RECIPES, ("o", "s"), ("#1f77b4", "#d95f02"), strict=True):
            chosen = [p for p in points if (p["core"], p["recipe"]) == (core, recipe)]
            axis.scatter(
                [p["instructions"] / 1e6 for p in chosen],
                [p["latency_ns"] / 1e6 for p in chosen],
                marker=marker,
                facecolors="none",
                edgecolors=colour,
                label=f"recipe {recipe}",
            )
        axis.set(
            xscale="log",
            yscale="log",
            xlabel="million arm64 instructions of one forward",
            title=f"{core}: rank correlation {correlations[core]:.3f}",
        )
        for scale, places in ((axis.xaxis, (20, 50, 100, 200, 500, 1000)), (axis.yaxis, (2, 5, 10, 20, 50))):
            scale.set_major_locator(FixedLocator(places))
            scale.set_major_formatter(ScalarFormatter())
            scale.set_minor_formatter(NullFormatter())
        axis.grid(visible=True, linewidth=0.3)
    axes[0].set_ylabel("ms on a virtual phone\n(Android's x86_64 libraries on a desktop)")
    axes[0].legend(frameon=False)
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--launches", type=int, default=3)
    parser.add_argument("--plot", type=Path, metavar="FILE.svg")
    options = parser.parse_args()
    points = [point for recipe in RECIPES for point in measured(recipe, options.launches)]
    correlations = {}
    for core in CORES:
        chosen = [point for point in points if point["core"] == core]
        instructions = [float(point["instructions"]) for point in chosen]
        latencies = [float(point["latency_ns"]) for point in chosen]
        correlations[core] = round(float(spearmanr(instructions, latencies).statistic), 4)
    if options.plot:
        plot(points, correlations, options.plot)
    print(json.dumps({"spearman": correlations, "exports": len(points) // len(CORES), "points": points}))


if __name__ == "__main__":
    main()
