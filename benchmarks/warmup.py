"""What warm-up rules leave and take: AndroidX Benchmark's against elbench's, by simulation, as JSON.

An iteration takes its model's time × (1 + excess · e^(-t/τ)) × log-normal noise; t is the time since warm-up
began. Each rule ends the warm-up, then the steady phase is measured as the default plan does. Nothing runs on
a phone.

    python -m benchmarks.warmup [SERIES]
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import mean, median

import numpy as np

from android_runner.contract import WarmupRequest
from harness.measure.plan import Plan
from harness.virtual.app.warmup import WarmupRule

MODELS_MS = (0.5, 1.0, 10.0, 50.0, 200.0, 1000.0, 3000.0)
EXCESS = 0.5
ITERATION_SD, NOISIER_SD = 0.015, (0.05, 0.1)
OUTLIER_SHARE, OUTLIER_FACTOR = 0.01, 1.5
DECAYS: dict[str, Callable[[float], float]] = {
    "1 iteration": lambda model_s: model_s,
    "8 iterations": lambda model_s: 8 * model_s,
    "0.1 s": lambda _: 0.1,
    "0.5 s": lambda _: 0.5,
    "2 s": lambda _: 2.0,
}
"""τ in seconds: what ends with the first calls (memory, caches), and what ends with time (clocks)."""
REQUEST = WarmupRequest(**Plan().warmup.model_dump())
MEASURE = Plan().measure


@dataclass(frozen=True, slots=True)
class Outcome:
    """One simulated launch."""

    bias: float
    """Of the steady median, relative to the model's own time."""
    seconds: float
    """Of warm-up."""
    converged: bool


class AndroidxRule:
    """WarmupManager.kt with its limits: 30 iterations and 250 ms at least, 8 s at most."""

    def __init__(self) -> None:
        self.converged = False
        self._iterations, self._elapsed_ns, self._similar = 0, 0, 0
        self._fast_ns, self._slow_ns = 0.0, 0.0

    def is_over(self, duration_ns: int) -> bool:
        """Take in one more iteration; true once warm-up may end or must."""
        self._iterations += 1
        self._elapsed_ns += duration_ns
        if self._iterations == 1:
            self._fast_ns = self._slow_ns = float(duration_ns)
        else:
            self._fast_ns += 0.1 * (duration_ns - self._fast_ns)
            self._slow_ns += 0.005 * (duration_ns - self._slow_ns)
            is_similar = abs(self._fast_ns / self._slow_ns - 1) <= 0.04
            self._similar = self._similar + 1 if is_similar else 0
        enough = self._iterations >= 30 and self._elapsed_ns >= 250_000_000
        self.converged = enough and self._similar > 40
        return self.converged or self._elapsed_ns >= 8_000_000_000


def launch(rule: AndroidxRule | WarmupRule, durations: Iterator[int], model_ms: float) -> Outcome:
    """Warm up by a rule, then measure."""
    warm_ns = 0
    for duration_ns in durations:
        warm_ns += duration_ns
        if rule.is_over(duration_ns):
            break
    steady: list[int] = []
    steady_ns = 0
    for duration_ns in durations:
        steady.append(duration_ns)
        steady_ns += duration_ns
        enough = len(steady) >= MEASURE.min_iterations and steady_ns >= MEASURE.min_seconds * 1e9
        if enough or steady_ns >= MEASURE.max_seconds * 1e9:
            break
    return Outcome(median(steady) / (model_ms * 1e6) - 1, warm_ns / 1e9, rule.converged)


def warming(model_ms: float, decay_s: float, sd: float, random: np.random.Generator) -> Iterator[int]:
    """Durations of the iterations, without an end."""
    at_ns = 0.0
    while True:
        noise = random.lognormal(0.0, sd, 512)
        noise[random.random(512) < OUTLIER_SHARE] *= OUTLIER_FACTOR
        for factor in noise.tolist():
            excess = EXCESS * np.exp(-at_ns / 1e9 / decay_s)
            duration_ns = round(model_ms * 1e6 * (1 + excess) * factor)
            at_ns += duration_ns
            yield duration_ns


def row(model_ms: float, decay: str, sd: float, series: int) -> dict[str, object]:
    """Both rules on the same series."""
    outcomes: dict[str, list[Outcome]] = {"androidx": [], "elbench": []}
    for seed in range(series):
        for name, rule in (("androidx", AndroidxRule()), ("elbench", WarmupRule(REQUEST))):
            random = np.random.default_rng([seed, round(model_ms * 1000)])
            durations = warming(model_ms, DECAYS[decay](model_ms / 1e3), sd, random)
            outcomes[name].append(launch(rule, durations, model_ms))
    return {
        "model_ms": model_ms,
        "decay": decay,
        "iteration_sd": sd,
        **{
            name: {
                "bias_percent": round(100 * mean(one.bias for one in own), 2),
                "seconds": round(mean(one.seconds for one in own), 2),
                "converged": round(mean(one.converged for one in own), 2),
            }
            for name, own in outcomes.items()
        },
    }


def main() -> None:
    """Print the table."""
    series = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    rows = [row(model_ms, decay, ITERATION_SD, series) for model_ms in MODELS_MS for decay in DECAYS]
    noisier = [row(model_ms, "8 iterations", sd, series) for sd in NOISIER_SD for model_ms in MODELS_MS]
    print(json.dumps({"series": series, "excess": EXCESS, "rows": rows, "noisier": noisier}))


if __name__ == "__main__":
    main()
