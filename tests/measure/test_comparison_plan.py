"""Plans of comparisons: their launches follow from their pairs, and what is compared is said once."""

from pathlib import Path

import pytest

from harness.errors import BadPlan
from harness.measure.plan_file import make_plan
from harness.measure.plan_sections import Compare


def test_a_comparison_has_a_launch_for_each_pair_whatever_else_is_written(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text("launches = 7\n[compare]\nmax_pairs = 12\nmargin = 0.05\n")
    plan = make_plan(file, quick=False, overrides={"compare": {"max_pairs": 20}})
    assert plan.compare
    assert (plan.launches, plan.compare.max_pairs, plan.compare.margin) == (20, 20, 0.05)
    assert make_plan(None, quick=False, overrides={"compare": {}}).launches == 40


def test_recipes_that_are_compared_are_exported_each() -> None:
    both = {"models": ["net"], "compare": {"recipes": ["documented", "fast"]}, "duet": True}
    assert make_plan(None, quick=False, overrides=both).recipes == ("documented", "fast")
    assert make_plan(None, quick=False, overrides={"recipe": "documented"}).recipes == ("documented",)


@pytest.mark.parametrize(
    ("compare", "models", "said"),
    [
        ({"recipes": ["fast"]}, ["net"], "recipes are compared with each other, got fast"),
        ({"recipes": ["fast", "fast"]}, ["net"], "recipes are compared with each other, got fast, fast"),
        ({"recipes": ["fast", "documented"]}, ["a", "b"], "compare.recipes are of one model, the plan has 2"),
        ({"recipes": ["fast", "slow"]}, ["net"], "compare.recipes.1"),
        ({"margin": 0.5}, ["a", "b"], "compare.margin"),
        ({"max_minutes": 0}, ["a", "b"], "compare.max_minutes"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(
    compare: dict[str, object], models: list[str], said: str
) -> None:
    with pytest.raises(BadPlan, match=said):
        make_plan(None, quick=False, overrides={"models": models, "compare": compare})


def test_a_metric_that_is_named_twice_is_one_question() -> None:
    assert Compare(metrics=("load", "steady", "load")).metrics == ("load", "steady")


def test_what_was_wrong_on_the_command_line_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text("[compare]\nmargin = 0.6\n")
    with pytest.raises(BadPlan) as in_file:
        make_plan(file, quick=False, overrides={"compare": {"max_pairs": 5}})
    assert in_file.value.where == str(file)
    file.write_text("[compare]\nmargin = 0.04\n")
    with pytest.raises(BadPlan) as in_option:
        make_plan(file, quick=False, overrides={"compare": {"max_pairs": 0}})
    assert in_option.value.where == "command line"
    with pytest.raises(BadPlan) as in_list:
        make_plan(file, quick=False, overrides={"threads": [1, 99]})
    assert in_list.value.where == "command line"


def test_a_duet_is_compared_by_what_it_tells_of_each_model() -> None:
    duet = {"models": ["a", "b"], "duet": True, "virtual": True}
    plan = make_plan(None, quick=False, overrides={**duet, "compare": {}})
    assert plan.compare
    assert plan.compare.metrics == ("steady", "p95")
    with pytest.raises(BadPlan, match="a duet tells nothing of first, peak_memory"):
        make_plan(
            None, quick=False, overrides={**duet, "compare": {"metrics": ["steady", "first", "peak_memory"]}}
        )


def test_an_emulated_phone_has_nothing_to_compare() -> None:
    with pytest.raises(BadPlan, match="engine arm64 has no times to compare"):
        make_plan(None, quick=False, overrides={"virtual": True, "engine": "arm64", "compare": {}})
