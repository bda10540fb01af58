"""What a duet finds two models to be to each other, against launches that take turns: bias, noise, cost.

Every block measures a pair of models in processes of their own and in a duet of each block length, in random
order and then backwards. Prints JSON: by pair of models and by method the ratio with its interval, the launch
sd of its logarithm, and what a given power costs. `bias` is the ratio of both ratios, block by block: 1 where
the method changes nothing. Times are those of Android's x86_64 libraries on this machine, one thread; what
else runs on it is noise to both methods, so `load_average` stands beside them.

    python -m benchmarks.duet_bias [--minutes M] [--blocks ITERATIONS,ITERATIONS]
"""

import argparse
import json
import math
import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.interleaved import Side, exported
from harness.cli.phones import virtual_phone
from harness.export.artifact import ExportedModel
from harness.measure.launch import Subject, run_launch
from harness.measure.phone_under_test import PhoneUnderTest
from harness.measure.plan import Plan
from harness.measure.plan_sections import Measure, Warmup
from harness.measure.preparation import ReadyPhone, prepare
from harness.measure.schedule import Cell, make_schedule, processes
from harness.phone.server import AdbServer
from harness.results.records import LaunchRecord
from harness.stats.estimate import geometric_mean

PAIRS = (
    (Side("elnet_1.0", "fast"), Side("shufflenet_v2_x0_5", "fast")),
    (Side("elnet_1.0", "fast"), Side("mobilenet_v3_small", "fast")),
    (Side("elnet_1.0", "fast"), Side("elnet_1.0", "documented")),
)
METRICS = ("steady", "first", "load")
ALONE = "launch pairs"
DETECTED = math.log(1.05)
POWER_FACTOR = (2.576 + 2.326) ** 2
"""Normal quantiles for 1 % false alarms on both sides and 99 % power: n = factor · (sd / effect)²."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One block of one method: both models' figures, and what they took."""

    figures: tuple[Mapping[str, float], Mapping[str, float]]
    """By metric in ns, in the order of the pair, however it was measured."""
    seconds: float
    is_reversed: bool
    """Whether the second model was measured first."""

    def log_ratio(self, metric: str) -> float:
        """Of the first model to the second."""
        first, second = (one[metric] for one in self.figures)
        return math.log(first / second)


def plan_of(block: int) -> Plan:
    """Short launches; with a block, of both models in one process."""
    return Plan(
        models=("first", "second"),
        duet=block > 0,
        duet_block=max(block, 1),
        warmup=Warmup(rule="fixed", min_iterations=10, min_seconds=0.1),
        measure=Measure(min_iterations=50, min_seconds=0.4, max_seconds=3.0),
    )


class Bench:
    """A pair of models on one phone, measured block after block by every method."""

    def __init__(
        self,
        server: AdbServer,
        phone: ReadyPhone,
        name: str,
        pair: Sequence[ExportedModel],
        blocks: Sequence[int],
    ) -> None:
        self._phones = {
            block: PhoneUnderTest(
                phone=phone, server=server, plan=plan_of(block), waiting=lambda _: None, stop=lambda: False
            )
            for block in (0, *blocks)
        }
        self._name = name
        self._shas = [model.artifact.sha256 for model in pair]
        self._subjects = {
            one.artifact.sha256: Subject(artifact=one.artifact, reference=one.reference) for one in pair
        }
        self._cells = [
            Cell(artifact_sha256=one.artifact.sha256, model=one.artifact.model, threads=1) for one in pair
        ]
        self.found: dict[str, list[Observation]] = defaultdict(list)

    def run_two_blocks(self, number: int) -> None:
        """Every method in random order and then backwards, the models of each likewise."""
        methods = list(self._phones)
        random.Random(number).shuffle(methods)
        for half, ordered in enumerate((methods, methods[::-1])):
            for block in ordered:
                self._observe(block, number, half)

    def _observe(self, block: int, number: int, half: int) -> None:
        phone = self._phones[block]
        schedule = make_schedule(
            f"duet-bias-{self._name}-{number}-{half}-{block}",
            [phone.phone.facts.phone_id],
            self._cells,
            launches=2,
            seed=number,
            duet=block > 0,
        )
        requests = [request for request in schedule if request.block == half]
        began_s = time.monotonic()
        records = [
            record
            for process in processes(requests)
            for record in run_launch(phone, process, self._subjects, attempt=1)
        ]
        seconds = time.monotonic() - began_s
        self.found[method_name(block)].append(self._observation(records, seconds))

    def _observation(self, records: Sequence[LaunchRecord], seconds: float) -> Observation:
        failed = [record.evidence for record in records if record.outcome != "ok"]
        assert not failed, failed
        by_sha = {record.request.artifact_sha256: _figures(record) for record in records}
        first, second = (by_sha[sha256] for sha256 in self._shas)
        is_reversed = records[0].request.artifact_sha256 != self._shas[0]
        return Observation((first, second), seconds, is_reversed)


def _figures(record: LaunchRecord) -> dict[str, float]:
    assert record.first_ns is not None
    assert record.load_ns is not None
    steady_ns = statistics.median(record.duration_ns)
    return {"steady": steady_ns, "first": record.first_ns, "load": record.load_ns}


def method_name(block: int) -> str:
    """For people."""
    return f"duet, blocks of {block}" if block else ALONE


def summary(found: Mapping[str, Sequence[Observation]]) -> dict[str, Any]:
    """What each method found of one pair of models."""
    return {method: _method(own, found[ALONE]) for method, own in found.items()}


def _method(own: Sequence[Observation], alone: Sequence[Observation]) -> dict[str, Any]:
    logs = [one.log_ratio("steady") for one in own]
    sd = statistics.stdev(logs)
    pairs = max(2, math.ceil(POWER_FACTOR * (sd / DETECTED) ** 2))
    seconds = statistics.median(one.seconds for one in own)
    ratios = {
        metric: {
            "ratio": _interval(one.log_ratio(metric) for one in own),
            "bias": _interval(
                one.log_ratio(metric) - other.log_ratio(metric) for one, other in zip(own, alone, strict=True)
            ),
            "first_model_first": _interval(one.log_ratio(metric) for one in own if not one.is_reversed),
            "second_model_first": _interval(one.log_ratio(metric) for one in own if one.is_reversed),
        }
        for metric in METRICS
    }
    return {
        "observations": len(own),
        **ratios,
        "log_ratio_sd_percent": round(100 * sd, 2),
        "seconds_per_pair": round(seconds, 2),
        "pairs_to_detect_5_percent": pairs,
        "minutes_to_detect_5_percent": round(pairs * seconds / 60, 2),
        "relative_minutes": round(sd**2 * seconds / _cost(alone), 2),
    }


def _cost(own: Sequence[Observation]) -> float:
    """Time for a given power up to a factor: variance times seconds an observation."""
    variance = statistics.variance(one.log_ratio("steady") for one in own)
    return variance * statistics.median(one.seconds for one in own)


def _interval(logs: Iterable[float]) -> list[float | None]:
    """Value, lower and upper end."""
    found = geometric_mean(map(math.exp, logs))
    return [None if value is None else round(value, 4) for value in (found.value, found.low, found.high)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--blocks", default="10,1", metavar="ITERATIONS,ITERATIONS")
    options = parser.parse_args()
    blocks = [int(block) for block in options.blocks.split(",")]
    models = exported(list(dict.fromkeys(side for pair in PAIRS for side in pair)))
    server = AdbServer.from_environment(os.environ)
    server.start()
    with virtual_phone(server, "android") as serials:
        (serial,) = serials()
        phone = prepare(server.transport(serial), list(models.values()))
        benches = {
            f"{one.model} {one.recipe} / {other.model} {other.recipe}": Bench(
                server, phone, str(place), (models[one], models[other]), blocks
            )
            for place, (one, other) in enumerate(PAIRS)
        }
        loads = [os.getloadavg()[0]]
        end_s, number = time.monotonic() + 60 * options.minutes, 0
        while time.monotonic() < end_s or number < 2:
            for bench in benches.values():
                bench.run_two_blocks(number)
            number += 1
            loads.append(os.getloadavg()[0])
    found = {name: summary(bench.found) for name, bench in benches.items()}
    machine = {"cores": os.cpu_count(), "load_average": [round(one, 1) for one in loads]}
    print(json.dumps({"machine": machine, "pairs": found}, indent=1))


if __name__ == "__main__":
    main()
