"""The plots of docs/explanation/method.md, drawn from what `error_rates` measured."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

_WORDS = ("regressed", "equivalent", "inconclusive")
_COLOURS = {"regressed": "#b3362b", "equivalent": "#2f6f4f", "inconclusive": "#8a8a8a"}


def draw(figures: Mapping[str, Any], folder: Path) -> None:
    """Write `verdicts.svg`, `pairs.svg` and `false-alarms.svg`."""
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "elbench", "font.size": 9}):
        _save(_verdicts(figures["by_change"]["3%"]), folder / "verdicts.svg")
        _save(_pairs(figures["by_change"]), folder / "pairs.svg")
        alarms = _false_alarms(figures["false_alarms"], figures["nothing_differs"])
        _save(alarms, folder / "false-alarms.svg")


def _save(figure: Figure, file: Path) -> None:
    figure.savefig(file, metadata={"Date": None, "Creator": None}, bbox_inches="tight")


def _verdicts(rows: list[dict[str, float]]) -> Figure:
    figure = Figure(figsize=(6.4, 3.4))
    axes = figure.subplots()
    changes = [row["percent"] for row in rows]
    for word in _WORDS:
        axes.plot(changes, [100 * row[word] for row in rows], "o-", ms=3, color=_COLOURS[word], label=word)
    axes.axvline(3, color="#cccccc", lw=1, zorder=0)
    axes.annotate("margin 3 %", (3, 1.01), xycoords=("data", "axes fraction"), ha="center", fontsize=8)
    axes.set(xlabel="true change of the candidate, % slower", ylabel="comparisons, %", xlim=(0, 10))
    axes.legend(frameon=False)
    return figure


def _pairs(by_sd: Mapping[str, list[dict[str, float]]]) -> Figure:
    figure = Figure(figsize=(6.4, 3.4))
    axes = figure.subplots()
    for name, rows in by_sd.items():
        changes = [row["percent"] for row in rows]
        axes.plot(
            changes,
            [row["mean_pairs"] for row in rows],
            "o-",
            ms=3,
            label=f"launch sd {name}".replace("%", " %"),
        )
    axes.axhline(40, color="#cccccc", lw=1, zorder=0)
    axes.set(xlabel="true change of the candidate, % slower", ylabel="mean pairs of at most 40", ylim=(0, 42))
    axes.legend(frameon=False)
    return figure


def _false_alarms(ours: list[dict[str, Any]], rows: list[dict[str, Any]]) -> Figure:
    figure = Figure(figsize=(6.4, 4.6))
    axes = figure.subplots()
    rules = {"elbench": [100 * (row["regressed"] + row["improved"]) for row in ours]}
    for name in rows[0]["others_report_a_change"]:
        rules[name] = [100 * row["others_report_a_change"][name] for row in rows]
    places = range(len(rows))
    for marker, (name, shares) in zip("os^Dv", rules.items(), strict=True):
        axes.plot(shares, places, marker, ms=6 if name == "elbench" else 4, label=name)
    axes.axvline(1, color="#cccccc", lw=1, zorder=0)
    axes.set_yticks(places, [row["phone"] for row in rows])
    axes.invert_yaxis()
    axes.set(xlabel="comparisons of a model with itself that report a change, %", xscale="symlog")
    axes.set_xlim(-0.1, 100)
    axes.set_xticks([0, 1, 2, 5, 10, 20, 50, 100], ["0", "1", "2", "5", "10", "20", "50", "100"])
    axes.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=2)
    return figure
