"""In which mode a run measured, as its stored plan says."""

import pytest

from harness.measure.plan_file import make_plan
from harness.stats.mode import MeasuringMode, mode_of, mode_words


@pytest.mark.parametrize(
    ("overrides", "mode", "words"),
    [
        ({}, MeasuringMode("burst", 0, None), ""),
        (
            {"sustained_minutes": 2.5},
            MeasuringMode("sustained", 0, 2.5),
            "sustained: 2.5 minutes each launch",
        ),
        (
            {"measure": {"pause_ms": 1500}},
            MeasuringMode("sparse", 1500, None),
            "sparse: 1,500 ms of pause after each inference",
        ),
    ],
)
def test_the_mode_of_a_stored_plan_is_told_in_words(
    overrides: dict[str, object], mode: MeasuringMode, words: str
) -> None:
    plan = make_plan(None, quick=False, overrides=overrides).model_dump(mode="json")
    assert mode_of(plan) == mode
    assert mode_words(mode_of(plan)) == words


def test_a_run_older_than_modes_is_sparse_by_its_pause() -> None:
    assert mode_of({"measure": {"pause_ms": 5}}).mode == "sparse"
    assert mode_of({"launches": 3}) == MeasuringMode("burst", 0, None)
