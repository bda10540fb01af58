"""`--filter`: a part of the text, or a condition on a number."""

import pytest

from harness.errors import UsageError
from harness.models.catalogue import entries, entry
from harness.models.selection import selected


def names(*filters: str) -> list[str]:
    return [chosen.name for chosen in selected(entries(), filters)]


def test_text_is_looked_for_in_name_library_and_note() -> None:
    assert names("squeeze") == ["squeezenet1_0", "squeezenet1_1"]
    assert names("Reconstruction") == ["elnet_0.5", "elnet_1.0", "elnet_1.5", "elnet_2.0"]
    assert "starnet_s1" in names("timm")
    assert names("nothing like it") == []


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("macs<20M", ["elnet_0.5"]),
        ("macs < 20e6", ["elnet_0.5"]),
        ("params>=11689512", ["resnet18"]),
        ("params>11689512", []),
        ("params=698440", ["elnet_1.0"]),
        ("params==698440", ["elnet_1.0"]),
        ("size>40MB", ["resnet18"]),
        ("top1>=78.7", ["repvit_m0_9"]),
        ("macs>1g", ["resnet18"]),
    ],
)
def test_a_condition_compares_a_number(condition: str, expected: list[str]) -> None:
    assert names(condition) == expected


def test_all_filters_must_hold() -> None:
    assert names("shuffle", "macs<100M", "year=2018") == ["shufflenet_v2_x0_5"]


def test_what_is_not_known_meets_no_condition() -> None:
    unbuilt = [entry("timm:resnet18")]
    assert selected(unbuilt, ["macs<1e18"]) == ()
    assert selected(unbuilt, ["year!=2000"]) == ()


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("flops<3", "Known are params, macs, traffic, size, input, top1, year"),
        ("mac<3", "Did you mean macs"),
        ("<3", "Known are"),
        ("macs<many", "'many' is no number"),
        ("macs<", "'' is no number"),
        ("macs<1MM", "'1MM' is no number"),
        ("macs<-1", "'-1' is no number"),
    ],
)
def test_a_condition_that_makes_no_sense_is_answered_in_one_line(condition: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        names(condition)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)
