"""ELNet-1.0 in its three readings of the residual against the baselines, all by one recipe, in one go.

Prints time in the Android runtime and arm64 instructions of each, and ELNet's ratio to MobileNetV3-S and
ShuffleNetV2-0.5. ELNet is a reconstruction; the times are those of a virtual phone.

    python -m benchmarks.elnet_vs_baselines [--recipe fast] [--launches N] [--all] [--no-counts] [--no-times]
"""

import argparse
import json
from collections.abc import Sequence

from benchmarks.interleaved import CORES, Side, exported, instructions, times_ms
from benchmarks.recipes import Row, show
from harness.models.catalogue import DEFAULT_MODELS, IMAGENET_SHAPE, entries, entry

READINGS = ("elnet_1.0", "elnet_1.0@residual=linear", "elnet_1.0@residual=relu")
RIVALS = ("mobilenet_v3_small", "shufflenet_v2_x0_5")


def measured(models: Sequence[str], recipe: str, *, launches: int, with_counts: bool) -> list[Row]:
    """One row a model: its values, and each in relation to the rivals'."""
    files = exported([Side(model, recipe) for model in models])
    times = times_ms(files, launches) if launches else {}
    counts = instructions(files) if with_counts else {}
    values = {side.model: ({"ms": times[side]} if times else {}) | counts.get(side, {}) for side in files}
    return [
        {"model": model}
        | {what: round(value, 3) for what, value in of.items()}
        | {f"{what}/{rival}": round(of[what] / values[rival][what], 3) for rival in RIVALS for what in of}
        for model, of in values.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--recipe", default="fast")
    parser.add_argument("--launches", type=int, default=7)
    parser.add_argument(
        "--all", action="store_true", help="the whole catalogue, not the default models alone"
    )
    parser.add_argument("--no-counts", action="store_true")
    parser.add_argument("--no-times", action="store_true")
    options = parser.parse_args()
    baselines = [found.name for found in (entries() if options.all else map(entry, DEFAULT_MODELS))]
    baselines = [name for name in baselines if entry(name).input_shape == IMAGENET_SHAPE]
    models = list(dict.fromkeys((*READINGS, *RIVALS, *baselines)))
    launches = 0 if options.no_times else options.launches
    rows = measured(models, options.recipe, launches=launches, with_counts=not options.no_counts)
    show(rows)
    print(json.dumps({"recipe": options.recipe, "cores": CORES, "launches": launches, "models": rows}))


if __name__ == "__main__":
    main()
