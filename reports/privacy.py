"""Serial numbers stay out of reports: what the plan names and what phones' own texts repeat.

Phones are identified by `PhoneFacts.phone_id`, which is safe to publish; a serial is not, and `tcp` phones'
serials are addresses in somebody's network.
"""

from collections.abc import Sequence
from dataclasses import replace

from harness.results.records import Evaluation, LaunchRecord, Run

_HIDDEN = "[serial]"


def without_serials(
    run: Run, launches: Sequence[LaunchRecord], evaluations: Sequence[Evaluation] = ()
) -> tuple[Run, tuple[LaunchRecord, ...], tuple[Evaluation, ...]]:
    """The run and what was measured, with every serial that the plan names left out of what is shown."""
    serials = _planned_serials(run)
    plan = {**run.plan, "devices": f"{len(serials)} named"} if serials else run.plan
    return (
        replace(run, plan=plan),
        tuple(_hide(launch, serials) for launch in launches),
        tuple(replace(one, evidence=_without(one.evidence, serials)) for one in evaluations),
    )


def _planned_serials(run: Run) -> tuple[str, ...]:
    devices = run.plan.get("devices")
    if not isinstance(devices, list | tuple):
        return ()
    # Longest first: one serial may begin like another.
    return tuple(sorted((str(serial) for serial in devices if serial), key=len, reverse=True))


def _hide(launch: LaunchRecord, serials: Sequence[str]) -> LaunchRecord:
    if not serials:
        return launch
    findings = tuple(
        replace(finding, message=_without(finding.message, serials)) for finding in launch.findings
    )
    return replace(launch, evidence=_without(launch.evidence, serials), findings=findings)


def _without(text: str, serials: Sequence[str]) -> str:
    for serial in serials:
        text = text.replace(serial, _HIDDEN)
    return text
