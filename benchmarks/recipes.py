"""Recipe `fast` against `documented`, model by model: time in the Android runtime, and arm64 instructions.

Prints a table of ratios (below 1: `fast` is faster) with their median, and the same as JSON. Times are the
shortest of several fresh processes, one thread, both recipes in turns; counts are exact, and kept, so that
the second run has them at once.

    python -m benchmarks.recipes [--models NAME,NAME] [--recipes fast,documented] [--launches N] [--quick]
        [--no-counts] [--no-times]
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from statistics import median

from benchmarks.interleaved import CORES, Side, exported, instructions, times_ms
from harness.models.catalogue import DEFAULT_MODELS, entries

Row = dict[str, float | str]


def compared(
    models: Sequence[str], recipes: tuple[str, str], *, launches: int, with_counts: bool
) -> list[Row]:
    """One row a model: both values and their ratio, of time where there are launches, and by core."""
    sides = {model: tuple(Side(model, recipe) for recipe in recipes) for model in models}
    files = exported([side for pair in sides.values() for side in pair])
    times = times_ms(files, launches) if launches else {}
    counts = instructions(files) if with_counts else {}
    rows = []
    for model, (first, second) in sides.items():
        row: Row = {"model": model}
        if times:
            row |= _ratio("ms", times[first], times[second])
        for core in CORES if counts else ():
            row |= _ratio(core, counts[first][core], counts[second][core])
        rows.append(row)
    return rows


def _ratio(what: str, first: float, second: float) -> dict[str, float | str]:
    return {
        what: round(first, 3),
        f"{what}_other": round(second, 3),
        f"{what}_ratio": round(first / second, 4),
    }


def medians(rows: Sequence[Row]) -> Mapping[str, float]:
    """The median of every ratio, and the largest."""
    ratios = [name for name in rows[0] if name.endswith("_ratio")]
    values = {name: [float(row[name]) for row in rows] for name in ratios}
    return {f"median_{name}": round(median(of), 4) for name, of in values.items()} | {
        f"largest_{name}": max(of) for name, of in values.items()
    }


def show(rows: Sequence[Row]) -> None:
    """The rows as a table."""
    names = list(rows[0])
    widths = [max(len(name), *(len(str(row[name])) for row in rows)) for name in names]
    print("  ".join(f"{name:<{width}}" for name, width in zip(names, widths, strict=True)))
    for row in rows:
        print("  ".join(f"{row[name]!s:<{width}}" for name, width in zip(names, widths, strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--models", metavar="NAME,NAME", help="all of the catalogue unless given")
    parser.add_argument("--recipes", default="fast,documented", metavar="RECIPE,RECIPE")
    parser.add_argument("--launches", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="the default models, one launch each")
    parser.add_argument("--no-counts", action="store_true")
    parser.add_argument("--no-times", action="store_true")
    options = parser.parse_args()
    catalogue = DEFAULT_MODELS if options.quick else tuple(entry.name for entry in entries())
    models = options.models.split(",") if options.models else catalogue
    first, second = options.recipes.split(",")
    launches = 0 if options.no_times else 1 if options.quick else options.launches
    rows = compared(models, (first, second), launches=launches, with_counts=not options.no_counts)
    show(rows)
    print(json.dumps({"recipes": [first, second], "launches": launches, "models": rows, **medians(rows)}))


if __name__ == "__main__":
    main()
