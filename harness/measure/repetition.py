"""Which failed launch is worth another attempt: one that failed for a reason that may pass by itself."""

from harness.results.records import LaunchRecord, Outcome

_MAY_PASS = ("disconnected", "killed_by_lmk", "anr", "timed_out")
_CRASH_ATTEMPTS = 2
"""A crash that comes again is the model's or the runner's, and no accident."""
_PASSING_FINDINGS = {"screen_off"}


def is_worth_repeating(record: LaunchRecord, retries: int) -> bool:
    """Whether a launch is to be run again.

    A wrong output, a refused model or a full phone stay what they are, and a phone that was not ready was
    waited for already.

    Args:
        retries: how many attempts may follow the first.
    """
    if record.outcome == "rejected" and record.attempt <= retries:
        invalid = {finding.code for finding in record.findings if finding.severity == "invalid"}
        return bool(invalid) and invalid <= _PASSING_FINDINGS
    return may_pass(record.outcome, record.attempt, retries)


def may_pass(outcome: Outcome, attempt: int, retries: int) -> bool:
    """Whether another attempt may end otherwise than this one.

    Args:
        attempt: from 1.
        retries: how many attempts may follow the first.
    """
    if attempt > retries:
        return False
    if outcome == "crashed":
        return attempt < _CRASH_ATTEMPTS
    return outcome in _MAY_PASS
