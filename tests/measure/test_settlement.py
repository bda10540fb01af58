"""Whether a phone that came back had restarted."""

from dataclasses import replace

import pytest

from harness.measure.settlement import has_restarted
from tests.reports.runs import make_conditions

BEFORE = replace(make_conditions(0), uptime_s=5000.0)


@pytest.mark.parametrize(
    ("uptime_s", "restarted"), [(5031.0, False), (5030.2, False), (12.0, True), (5012.0, True)]
)
def test_a_phone_on_which_less_time_passed_than_here_has_restarted(uptime_s: float, restarted: bool) -> None:
    assert has_restarted(BEFORE, replace(BEFORE, uptime_s=uptime_s), away_s=30.0) is restarted


def test_a_phone_that_was_only_just_on_is_seen_to_have_restarted_too() -> None:
    assert has_restarted(replace(BEFORE, uptime_s=5.0), replace(BEFORE, uptime_s=9.0), away_s=30.0)


def test_without_both_uptimes_no_restart_is_claimed() -> None:
    unread = replace(BEFORE, uptime_s=None, missing={**BEFORE.missing, "uptime_s": "denied"})
    assert not has_restarted(BEFORE, unread, away_s=30.0)
    assert not has_restarted(unread, BEFORE, away_s=30.0)
    assert not has_restarted(BEFORE, "the phone is away", away_s=30.0)
    assert not has_restarted("unread", BEFORE, away_s=30.0)
