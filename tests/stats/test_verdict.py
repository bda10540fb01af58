from dataclasses import replace
from typing import Literal

import pytest

from harness.results.records import MetricName
from harness.stats.estimate import Estimate
from harness.stats.verdict import Verdict, VerdictName


def verdict(
    value: float,
    low: float,
    high: float,
    *,
    metric: MetricName | Literal["size"] = "steady",
    name: VerdictName = "equivalent",
) -> Verdict:
    return Verdict(
        phone_id="0123456789ab",
        threads=1,
        baseline_sha256="ab" * 32,
        candidate_sha256="cd" * 32,
        metric=metric,
        verdict=name,
        ratio=Estimate(count=9, value=value, low=low, high=high),
        margin=0.03,
        p=0.004,
        futile=False,
        reason="",
    )


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (verdict(1.051, 1.03, 1.07, name="regressed"), "regressed, 5.1 % slower"),
        (verdict(0.9, 0.88, 0.92, name="improved"), "improved, 10.0 % faster"),
        (verdict(1.2, 1.1, 1.3, name="regressed", metric="peak_memory"), "regressed, 20.0 % larger"),
        (verdict(0.8, 0.8, 0.8, name="improved", metric="size"), "improved, 20.0 % smaller"),
        (verdict(1.012, 1.004, 1.02), "equivalent, 1.2 % slower"),
        (verdict(1.012, 0.99, 1.02), "equivalent"),
        (verdict(1.0, 1.0, 1.0, metric="size"), "equivalent"),
        (verdict(1.0004, 1.0002, 1.0006), "equivalent, 0.04 % slower"),
        (verdict(0.99999, 0.99998, 0.999995, metric="size"), "equivalent, less than 0.01 % smaller"),
    ],
)
def test_an_answer_in_words_names_a_shift_only_where_it_is_surely_one(told: Verdict, words: str) -> None:
    assert told.words == words
    assert told.is_decided


def test_no_answer_gives_its_reason() -> None:
    told = replace(verdict(1.1, 0.9, 1.3, name="inconclusive"), reason="the phone burned")
    assert told.words == "inconclusive (the phone burned)"
    assert not told.is_decided


def test_a_ratio_without_an_interval_is_no_sure_shift() -> None:
    few = Estimate(count=1, value=1.2, low=None, high=None, missing={"low": "one pair", "high": "one pair"})
    assert replace(verdict(1.2, 1.1, 1.3, name="inconclusive"), ratio=few).shift == ""
