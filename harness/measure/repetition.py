"""Which failed launch is worth another attempt: one that failed for a reason that may pass by itself."""

from harness.results.records import LaunchRecord

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
    if record.attempt > retries:
        return False
    if record.outcome == "crashed":
        return record.attempt < _CRASH_ATTEMPTS
    if record.outcome == "rejected":
        invalid = {finding.code for finding in record.findings if finding.severity == "invalid"}
        return bool(invalid) and invalid <= _PASSING_FINDINGS
    return record.outcome in _MAY_PASS
