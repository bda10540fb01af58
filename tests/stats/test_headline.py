from dataclasses import replace

import numpy as np

from harness.stats.headline import Headline, headline
from harness.stats.summary import CellSummary
from tests.reports.runs import make_phone
from tests.stats.cells import PHONE, cell


def judge(*cells: CellSummary) -> Headline:
    return headline(PHONE, 1, cells)


def test_a_clear_winner_is_named_with_its_lead_and_interval() -> None:
    said = judge(cell("slow", (6.6, 6.7, 6.5)), cell("fast", (6.0, 6.1, 5.9)))
    assert said.verdict.startswith("fast is fastest on this phone with 1 thread: 6.00 ms per inference.")
    assert "The next, slow, takes 1.10 times as long (95 % interval 1.10 to 1.10, 3 paired" in said.verdict
    assert said.caveats == ()


def test_models_that_cannot_be_told_apart_are_not_ranked() -> None:
    said = judge(cell("one", (6.0, 6.3, 5.8)), cell("two", (6.1, 6.0, 6.2)), cell("far", (9.0, 9.1, 9.2)))
    assert said.verdict.startswith("one and two cannot be told apart on this phone with 1 thread")
    assert "fastest" not in said.verdict
    assert "far" not in said.verdict


def test_failed_and_missing_launches_are_said_before_the_verdict() -> None:
    said = judge(cell("fast", (6.0, 6.1), planned=5, failed=1), cell("slow", (7.0, 7.1), planned=5, failed=0))
    assert said.text.startswith("4 of 10 planned launches are usable (1 failed or invalid, 5 not run).")
    assert said.text.endswith(said.verdict)


def test_a_single_launch_claims_nothing_beyond_itself() -> None:
    said = judge(cell("fast", (6.0,)), cell("slow", (7.0, 7.1)))
    assert "Only 1 usable launch of fast, so no interval." in said.caveats
    assert "fast was measured fastest" in said.verdict
    assert "is fastest" not in said.verdict
    assert "cannot be said from 1 pair" in said.verdict


def test_a_model_without_a_usable_launch_is_named() -> None:
    said = judge(cell("fine", (6.0, 6.1)), cell("broken", (), planned=2, failed=2))
    assert "No usable launch of broken." in said.caveats
    assert said.verdict == "fine takes 6.05 ms per inference on this phone with 1 thread."


def test_no_usable_launch_at_all_gives_no_verdict() -> None:
    said = judge(cell("a", (), planned=1, failed=1), cell("b", (), planned=1))
    assert said.verdict.startswith("Nothing can be said on this phone")
    assert said.caveats == ("0 of 2 planned launches are usable (1 failed or invalid, 1 not run).",)


def test_a_verdict_from_a_virtual_phone_says_so() -> None:
    said = headline(make_phone(is_virtual=True), 2, (cell("a", (6.0, 6.1)),))
    assert said.is_virtual
    assert "on this virtual phone with 2 threads" in said.verdict


def test_equal_models_are_rarely_ranked() -> None:
    random = np.random.default_rng(3)
    verdicts = [
        judge(*(cell(name, np.exp(random.normal(1.8, 0.03, 10)).tolist()) for name in ("a", "b"))).verdict
        for _ in range(300)
    ]
    assert sum("fastest" in verdict for verdict in verdicts) / len(verdicts) < 0.08


def test_numbers_from_a_phone_that_was_not_itself_say_so_beside_them() -> None:
    quiet = cell("net", [5.0, 5.1, 5.2])
    disturbed = replace(quiet.launches[0], disturbed=True)
    one = replace(quiet, launches=(disturbed, *quiet.launches[1:]))
    assert "In 1 of 3 usable launches the phone was throttled or not ready." in headline(PHONE, 1, [one]).text
    assert "throttled" not in headline(PHONE, 1, [quiet]).text
