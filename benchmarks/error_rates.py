"""How often elbench's verdicts are wrong, and how many pairs of launches they take.

Simulates comparisons on noisy phones (`phone_noise`) and lets the very rule of the product judge them
(`harness.stats.rule`), beside the rules of others (`peer_rules`). Prints JSON; figures and plots are those of
docs/explanation/method.md.

    python -m benchmarks.error_rates [--comparisons 10000] [--plots docs/images] [--out FILE]
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peer_rules import RULES
from benchmarks.phone_noise import Scenario, comparisons, launch_medians
from harness.stats.power import Outcomes, simulate
from harness.stats.rule import EQUIVALENT, IMPROVED, INCONCLUSIVE, REGRESSED, Design

Floats = NDArray[np.float64]

MAX_PAIRS = 40
MARGIN = 0.03
CELLS = 20
"""Cells of a whole run, all corrected together."""

PHONES = (
    Scenario(name="launch sd 1 %", launch_sd=0.01),
    Scenario(name="launch sd 3 %"),
    Scenario(name="launch sd 5 %", launch_sd=0.05),
    Scenario(name="drift 6 %", drift=0.06),
    Scenario(name="AR(0.5) of launches", launch_ar=0.5),
    Scenario(name="AR(0.5) of iterations", iteration_ar=0.5),
    Scenario(name="10 % on little cores", little_share=0.1),
    Scenario(name="50 % on little cores", little_share=0.5),
    Scenario(name="throttling spells", throttle_share=0.02),
    Scenario(
        name="drift, AR(0.5), little cores and throttling",
        drift=0.06,
        launch_ar=0.5,
        iteration_ar=0.5,
        little_share=0.1,
        throttle_share=0.02,
    ),
)


def carry_out(log_ratios: Floats, design: Design, *, resample: bool = False) -> Outcomes:
    """Look at comparisons as the product does; `log_ratios` has the shape (comparisons, cells, pairs)."""
    return simulate(log_ratios, design, MARGIN, resample=resample)


def judge_phone(scenario: Scenario, count: int, seed: int) -> dict[str, Any]:
    """One phone's rates for one true change: elbench's, and those of other rules on the same iterations."""
    medians, p95s, others = [], [], defaultdict[str, list[NDArray[np.bool_]]](list)
    for durations in comparisons(scenario, count, MAX_PAIRS, seed):
        medians.append(np.log(np.median(durations, axis=-1)))
        p95s.append(np.log(np.quantile(durations, 0.95, axis=-1)))
        for name, rule in RULES.items():
            others[name].append(rule(durations))
    ratios, p95_ratios = (np.diff(np.concatenate(part), axis=2)[:, None, :, 0] for part in (medians, p95s))
    outcomes = carry_out(ratios, Design.sequential(MAX_PAIRS))
    fixed = carry_out(ratios, Design.fixed(MAX_PAIRS))
    return {
        "phone": scenario.name,
        "change": scenario.change,
        "steady": _rates(outcomes, scenario.change),
        "fixed_40_pairs": _rates(fixed, scenario.change),
        "p95": _rates(carry_out(p95_ratios, Design.sequential(MAX_PAIRS)), scenario.change),
        "others_report_a_change": {name: _rounded(np.concatenate(o).mean()) for name, o in others.items()},
    }


def _rates(outcomes: Outcomes, change: float) -> dict[str, float]:
    return {
        "regressed": _rounded(outcomes.share(REGRESSED)),
        "improved": _rounded(outcomes.share(IMPROVED)),
        "equivalent": _rounded(outcomes.share(EQUIVALENT)),
        "inconclusive": _rounded(outcomes.share(INCONCLUSIVE)),
        "mean_pairs": round(float(outcomes.pairs.mean()), 2),
        "p90_pairs": float(np.quantile(outcomes.pairs, 0.9)),
        "coverage": _rounded(_coverage(outcomes, change)),
    }


def _coverage(outcomes: Outcomes, change: float) -> float:
    """Share of the intervals shown that hold the true ratio."""
    true = np.log1p(change)
    return float(((outcomes.low <= true) & (true <= outcomes.high)).mean())


def judge_runs(scenario: Scenario, runs: int, seed: int) -> dict[str, Any]:
    """Runs of 20 cells in which nothing differs, then one cell by 5 %: whether any verdict is wrong."""
    ratios = _medians(scenario, runs * CELLS, seed).reshape(runs, CELLS, MAX_PAIRS)
    design = Design.sequential(MAX_PAIRS, cells=CELLS)
    nothing = carry_out(ratios, design)
    ratios[:, 0] += np.log1p(0.05)
    one = carry_out(ratios, design)
    return {
        "phone": scenario.name,
        "runs": runs,
        "false_alarms_per_cell": round(nothing.share(REGRESSED, IMPROVED), 6),
        "runs_with_a_false_alarm": _rounded((nothing.verdict <= IMPROVED).any(axis=1).mean()),
        "one_cell_5_percent_found": _rounded((one.verdict[:, 0] == REGRESSED).mean()),
        "false_alarms_beside_it": _rounded((one.verdict[:, 1:] <= IMPROVED).any(axis=1).mean()),
        "mean_pairs": round(float(one.pairs.mean()), 1),
    }


def _medians(scenario: Scenario, count: int, seed: int) -> Floats:
    """Log ratios of launch medians, shape (comparisons, pairs)."""
    medians = launch_medians(scenario, count, MAX_PAIRS, np.random.default_rng(seed))
    return np.asarray(medians[..., 1] - medians[..., 0])


def false_alarms(scenario: Scenario, count: int) -> dict[str, Any]:
    """How often a model is told from itself, by ten times as many comparisons and launch medians alone."""
    outcomes = carry_out(_medians(scenario, count, seed=6)[:, None], Design.sequential(MAX_PAIRS))
    return {
        "phone": scenario.name,
        "comparisons": count,
        "regressed": round(outcomes.share(REGRESSED), 5),
        "improved": round(outcomes.share(IMPROVED), 5),
    }


def coverage_of_fixed_plans(count: int) -> list[dict[str, float]]:
    """Intervals of comparisons that are looked at once."""
    table = []
    for change in (0.0, 0.05):
        ratios = _medians(Scenario(name="launch sd 3 %", change=change), count, seed=21)[:, None]
        for pairs in (6, 10, 20, MAX_PAIRS):
            outcomes = carry_out(ratios[..., :pairs], Design.fixed(pairs))
            resampled = carry_out(ratios[..., :pairs], Design.fixed(pairs), resample=True)
            table.append(
                {
                    "change": change,
                    "pairs": pairs,
                    "t": _rounded(_coverage(outcomes, change)),
                    "bootstrap": _rounded(_coverage(resampled, change)),
                }
            )
    return table


def pairs_by_change(count: int, launch_sd: float) -> list[dict[str, float]]:
    """What each true change takes, and whether it is found: the power curve."""
    phone = Scenario(name="", launch_sd=launch_sd)
    table = []
    for percent in (0, 1, 2, 3, 4, 5, 6, 8, 10, 15):
        ratios = _medians(phone.with_change(percent / 100), count, seed=percent)[:, None]
        rates = _rates(carry_out(ratios, Design.sequential(MAX_PAIRS)), percent / 100)
        strict = carry_out(ratios, Design.sequential(MAX_PAIRS, strict=True))
        table.append({"percent": percent, **rates, "strict_regressed": _rounded(strict.share(REGRESSED))})
    return table


def resampled_p95(count: int) -> list[dict[str, Any]]:
    """Verdicts on p95 with their bootstrap intervals, which the rows of phones leave out for time."""
    table = []
    for change in (0.0, 0.05):
        phone = Scenario(name="launch sd 3 %", change=change)
        drawn = comparisons(phone, count, MAX_PAIRS, seed=11)
        logs = np.concatenate([np.log(np.quantile(one, 0.95, axis=-1)) for one in drawn])
        ratios = np.diff(logs, axis=2)[:, None, :, 0]
        outcomes = carry_out(ratios, Design.sequential(MAX_PAIRS), resample=True)
        table.append({"change": change, **_rates(outcomes, change)})
    return table


def cost_of_strict(count: int) -> dict[str, float]:
    """Pairs until the whole interval lies above 1 + δ, beside the ordinary rule: +5 %, launch sd 3 %."""
    phone = Scenario(name="", change=0.05)
    rng = np.random.default_rng(5)
    medians = launch_medians(phone, count, 200, rng)
    ratios = (medians[..., 1] - medians[..., 0])[:, None]
    found = {}
    for name, strict in (("ordinary", False), ("strict", True)):
        outcomes = carry_out(ratios, Design.sequential(200, strict=strict))
        found[f"{name}_mean_pairs_of_at_most_200"] = round(float(outcomes.pairs.mean()), 1)
        found[f"{name}_found"] = _rounded(outcomes.share(REGRESSED))
    return found


def speed(count: int) -> dict[str, float]:
    """Seconds for sequential verdicts given one after the other."""
    ratios = _medians(Scenario(name="launch sd 3 %"), count, seed=8)[:, None]
    design = Design.sequential(MAX_PAIRS)
    began_s = time.process_time()
    for one in ratios:
        carry_out(one[None], design)
    return {"sequential_verdicts": count, "cpu_seconds": round(time.process_time() - began_s, 1)}


def measure(count: int) -> dict[str, Any]:
    """All of it."""
    return {
        "comparisons_per_row": count,
        "nothing_differs": [judge_phone(one, count, seed=1) for one in PHONES],
        "false_alarms": [false_alarms(one, 10 * count) for one in PHONES],
        "five_percent": [judge_phone(one.with_change(0.05), count, seed=2) for one in PHONES],
        "fifteen_percent": judge_phone(PHONES[1].with_change(0.15), count, seed=3),
        "runs_of_20_cells": [judge_runs(one, count, seed=4) for one in PHONES],
        "coverage_of_fixed_plans": coverage_of_fixed_plans(count),
        "by_change": {f"{sd:.0%}": pairs_by_change(count, sd) for sd in (0.01, 0.02, 0.03, 0.05)},
        "resampled_p95": resampled_p95(count),
        "strict": cost_of_strict(min(count, 4000)),
        "speed": speed(count),
    }


def _rounded(share: float) -> float:
    return round(float(share), 4)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--comparisons", type=int, default=10_000)
    parser.add_argument("--plots", type=Path)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(arguments)
    figures = measure(given.comparisons)
    text = json.dumps(figures, indent=1)
    print(text)
    if given.out:
        given.out.write_text(f"{text}\n", encoding="utf-8")
    if given.plots:
        from benchmarks.error_rate_plots import draw

        draw(figures, given.plots)


if __name__ == "__main__":
    main()
