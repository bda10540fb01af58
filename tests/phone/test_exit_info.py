"""Why Android says that a process ended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.phone.exit_info import parse_exits

# The form of AOSP's ApplicationExitInfo.dump, android-11 to android-15.
ANSWER = """ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)
Last Timestamp of Persistence Into Persistent Storage: 2026-11-25 10:00:00.000
  package: io.elbench.runner
    Historical Process Exit for uid=10217
        ApplicationExitInfo #0:
          timestamp=2026-11-25 10:00:02.345 pid=61 realUid=10217 packageUid=10217 definingUid=10217 user=0
          process=io.elbench.runner reason=3 (LOW_MEMORY) subreason=0 (UNKNOWN) status=0
          importance=100 pss=0.00 rss=182MB description=null state=empty trace=null
        ApplicationExitInfo #1:
          timestamp=2026-11-25 09:59:58.000 pid=60 realUid=10217 packageUid=10217 definingUid=10217 user=0
          process=io.elbench.runner reason=6 (ANR) subreason=0 (UNKNOWN) status=0
          importance=100 pss=0.00 rss=0.00 description=Input dispatching timed out state=empty trace=null
"""


def test_each_end_has_its_process_and_its_reason_in_words() -> None:
    lack, anr = parse_exits(ANSWER)
    assert (lack.pid, lack.reason, lack.described) == (61, 3, "killed for lack of memory")
    assert (anr.pid, anr.reason, anr.described) == (60, 6, "ANR (Input dispatching timed out)")


@pytest.mark.parametrize(
    "answer",
    ["", "Bad activity command, or no activities match: exit-info\n", "Can't find service: activity"],
)
def test_a_phone_that_remembers_nothing_is_no_error(answer: str) -> None:
    assert parse_exits(answer) == ()


def test_an_end_on_one_line_and_a_reason_of_the_future_are_read() -> None:
    [end] = parse_exits(
        "ApplicationExitInfo(timestamp=11/25 pid=9 process=x reason=99 (NEW) description=a b)"
    )
    assert (end.pid, end.reason) == (9, 99)


@given(st.text())
def test_any_text_is_an_answer(text: str) -> None:
    parse_exits(text)
    parse_exits(f"ApplicationExitInfo #0: {text}")
