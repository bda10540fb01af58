"""The rule that ends warm-up, on the examples that the Java runner's tests use too."""

import json
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from android_runner.contract import WarmupRequest
from harness.virtual.app.clock import ModelledClock
from harness.virtual.app.loops import warm_up

EXAMPLES = json.loads((Path(__file__).parent / "warmup.json").read_text())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_warm_up_ends_at_the_same_iteration_as_in_java(example: dict[str, Any]) -> None:
    """`durations_ns` are pairs of a duration and how often it comes, the last one for ever."""
    pairs = example["durations_ns"]
    durations = chain.from_iterable([repeat(*pair) for pair in pairs] + [repeat(pairs[-1][0])])
    clock = ModelledClock(0)
    request = WarmupRequest(**example["request"])
    seen, converged = warm_up(lambda: clock.sleep(next(durations)), clock, lambda _: None, request)
    assert (len(seen), converged) == (example["iterations"], example["converged"])
