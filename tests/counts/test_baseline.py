"""Counts against those of an earlier day."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.counts.baseline import SCHEMA, compare_with, read_counts
from harness.errors import UsageError
from tests.counts.records import CONVOLUTION, POOLING, count, operator


def test_an_equal_count_is_unchanged() -> None:
    (found,) = compare_with([count()], [count()])
    assert (found.change, found.operators, found.why) == ("unchanged", (), "")


def test_one_instruction_more_is_growth_and_names_its_operator() -> None:
    before = count(operator(), operator(POOLING, 300))
    now = count(operator(instructions=601), operator(POOLING, 300))
    (found,) = compare_with([before], [now])
    assert found.change == "grew"
    (change,) = found.operators
    assert (change.number, change.operator, change.before, change.now) == (1, CONVOLUTION, 600, 601)


def test_the_operator_that_grew_most_comes_first() -> None:
    before = count(operator(), operator(), operator())
    now = count(operator(instructions=700), operator(instructions=500), operator(instructions=900))
    (grew,), (fell,) = compare_with([before], [now]), compare_with([now], [before])
    assert (grew.change, [change.by for change in grew.operators]) == ("grew", [300, 100, -100])
    assert (fell.change, [change.by for change in fell.operators]) == ("fell", [-300, -100, 100])


def test_an_inserted_operator_came_and_leaves_the_others_alone() -> None:
    before = count(operator(), operator(POOLING, 300))
    now = count(operator(), operator("aten::add", 50), operator(POOLING, 300))
    (found,) = compare_with([before], [now])
    (change,) = found.operators
    assert (change.number, change.operator, change.before, change.now) == (2, "aten::add", None, 50)


def test_a_layer_with_other_channels_takes_the_place_of_the_old_one() -> None:
    before = count(operator(), operator(channels=32, instructions=800), operator(POOLING, 300))
    now = count(operator(), operator(channels=64, instructions=1500), operator(POOLING, 300))
    (found,) = compare_with([before], [now])
    (change,) = found.operators
    assert (change.inputs, change.by) == (((1, 64, 56, 56),), 700)


def test_growth_between_operators_names_none() -> None:
    (found,) = compare_with([count(between=100)], [count(between=150)])
    assert (found.change, found.operators) == ("grew", ())


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"core": "a55"}, "no such model and core"),
        ({"model": "other"}, "no such model and core"),
        ({"runtime": "PyTorch Mobile 1.13.1"}, "1.13.1"),
    ],
)
def test_counts_of_another_core_model_or_runtime_are_not_compared(changed: dict[str, str], why: str) -> None:
    (found,) = compare_with([count(**changed)], [count()])
    assert found.change == "not comparable"
    assert why in found.why


def test_another_version_of_the_emulator_is_compared() -> None:
    (found,) = compare_with([count(emulator="qemu 8.0.0")], [count()])
    assert found.change == "unchanged"


calls = st.lists(
    st.builds(
        operator,
        st.sampled_from([CONVOLUTION, POOLING, "aten::add"]),
        st.integers(1, 1000),
        st.sampled_from([8, 16]),
    ),
    min_size=1,
    max_size=12,
)


@given(calls, calls)
def test_changes_of_operators_add_up_to_the_whole_change(before: list, now: list) -> None:
    old, new = count(*before), count(*now)
    (found,) = compare_with([old], [new])
    assert sum(change.by for change in found.operators) == new.instructions - old.instructions


def test_what_was_printed_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "counts.json"
    file.write_text(json.dumps({"schema": SCHEMA, "counts": [asdict(count())]}))
    assert read_counts(file) == (count(),)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"schema": 9, "counts": []}', '{"schema": 1, "counts": [{"model": "x"}]}', "\xff"],
)
def test_a_file_that_is_no_baseline_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    file = tmp_path / "counts.json"
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(UsageError, match=r"is not what `elbench count --json` printed") as refused:
        read_counts(file)
    assert str(refused.value).startswith(str(file))
    assert "\n" not in str(refused.value)


def test_a_baseline_that_says_two_things_or_nothing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "counts.json"
    wrong = ([count(), count()], "elnet_1.0 on a76 twice"), ([count(instructions=0)], "no instruction")
    for counts, why in wrong:
        file.write_text(json.dumps({"schema": SCHEMA, "counts": [asdict(one) for one in counts]}))
        with pytest.raises(UsageError, match=why):
            read_counts(file)


def test_a_baseline_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.json: cannot be read"):
        read_counts(tmp_path / "nowhere.json")
