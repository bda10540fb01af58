"""Which planned launches a run still lacks: of a comparison only those that a verdict would need."""

from collections.abc import Sequence

from harness.results.records import LaunchRecord, LaunchRequest, Run
from harness.stats.comparison import PhoneComparison


def lacking(
    run: Run, launches: Sequence[LaunchRecord], comparisons: Sequence[PhoneComparison] = ()
) -> tuple[LaunchRequest, ...]:
    """The launches that would be worth measuring now.

    Args:
        run: the run.
        launches: its journal so far.
        comparisons: how it stands on each phone, where it is a comparison. One that is decided lacks
            nothing; one that is over for another reason lacks the launches of its blocks that failed.
    """
    measured = {launch.request.launch_id for launch in launches if launch.outcome == "ok"}
    standing = {one.phone_id: one for one in comparisons}
    return tuple(
        request
        for request in run.schedule
        if request.launch_id not in measured and _is_wanted(request, standing.get(request.phone_id))
    )


def _is_wanted(request: LaunchRequest, comparison: PhoneComparison | None) -> bool:
    if comparison is None:
        return True
    return not comparison.is_decided and (request.block < comparison.pairs or not comparison.is_over)
