"""What a failed launch is called, from what `am`, the log and Android's memory of processes say."""

import pytest

from harness.measure.autopsy import judge
from harness.measure.events import NotMeasured
from harness.phone.exit_info import ProcessExit
from harness.phone.logcat import LoggedEnd
from harness.results.records import Outcome

NOTHING_LOGGED = LoggedEnd(None, "", "")
CRASHED = NotMeasured(outcome="crashed", evidence="INSTRUMENTATION_RESULT: shortMsg=Process crashed.", pid=61)
KILL = "I lowmemorykiller: Kill 'io.elbench.runner' (61), uid 10217, oom_score_adj 0"


def remembered(reason: int, words: str = "why") -> ProcessExit:
    return ProcessExit(61, reason, words)


def test_what_am_calls_a_crash_was_a_low_memory_kill_if_the_log_says_so() -> None:
    found = judge(CRASHED, LoggedEnd("killed_by_lmk", KILL, f"{KILL}\nmore"), None)
    assert found.outcome == "killed_by_lmk"
    first, *rest = found.evidence.splitlines()
    assert first == KILL
    assert CRASHED.evidence in rest
    assert rest[-2:] == [KILL, "more"]


@pytest.mark.parametrize(
    ("reason", "outcome"), [(3, "killed_by_lmk"), (4, "crashed"), (5, "crashed"), (6, "anr"), (10, "crashed")]
)
def test_what_android_remembers_of_the_process_decides(reason: int, outcome: Outcome) -> None:
    found = judge(CRASHED, NOTHING_LOGGED, remembered(reason))
    assert found.outcome == outcome


def test_what_android_remembers_goes_before_what_the_log_seems_to_say() -> None:
    found = judge(CRASHED, LoggedEnd("killed_by_lmk", KILL, KILL), remembered(5, "native crash"))
    assert found.outcome == "crashed"
    assert found.evidence.startswith("Android says of process 61: native crash")


@pytest.mark.parametrize("outcome", ["rejected", "disconnected"])
def test_what_no_dead_app_explains_keeps_its_name_but_gains_evidence(outcome: Outcome) -> None:
    failure = NotMeasured(outcome=outcome, evidence="as it was", pid=61)
    found = judge(failure, LoggedEnd("crashed", "F libc: Fatal signal 11", "F libc: Fatal signal 11"), None)
    assert found.outcome == outcome
    assert found.evidence == "as it was\nlog:\nF libc: Fatal signal 11"


def test_without_further_evidence_the_failure_stays_as_it_is() -> None:
    assert judge(CRASHED, NOTHING_LOGGED, None) == CRASHED


def test_evidence_is_bounded() -> None:
    assert len(judge(CRASHED, LoggedEnd("crashed", "x" * 9000, "y" * 9000), None).evidence) <= 8000
