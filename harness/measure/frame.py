"""What surrounds a launch whatever becomes of it, and the record that it makes with what became of it."""

from dataclasses import dataclass
from typing import TypeVar

from harness.measure.events import Measured, NotMeasured
from harness.results.records import (
    Conditions,
    Finding,
    LaunchRecord,
    LaunchRequest,
    OutputProof,
    Readiness,
    Telemetry,
)

_Part = TypeVar("_Part")
_ONLY_OF_MEASURED = ("runner", "load_ns", "first_ns", "warmup_converged", "output")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One launch seen from outside.

    Args:
        attempt: 1 for the first.
        started_at: UTC, ISO 8601.
        wall_ns: host time of the launch.
        before: the phone's state, or why it could not be read.
        after: the same, afterwards.
        readiness: the gate before it, or why there was none.
        telemetry: what was sampled beside it, or why nothing was.
        recovered: whether its events come from the phone's copy.
    """

    request: LaunchRequest
    attempt: int
    started_at: str
    wall_ns: int
    before: Conditions | str
    after: Conditions | str
    readiness: Readiness | str
    telemetry: Telemetry | str
    recovered: bool

    def measured(
        self, measured: Measured, output: OutputProof | None, findings: tuple[Finding, ...]
    ) -> LaunchRecord:
        """The record of a launch that measured; an `invalid` finding makes it a rejected one."""
        wrong = next((finding for finding in findings if finding.severity == "invalid"), None)
        return LaunchRecord(
            request=self.request,
            started_at=self.started_at,
            wall_ns=measured.span_ns if self.recovered else self.wall_ns,
            outcome="rejected" if wrong else "ok",
            evidence=wrong.message if wrong else "",
            runner=measured.runner,
            load_ns=measured.load_ns,
            first_ns=measured.first_ns,
            warmup_ns=measured.warmup_ns,
            warmup_converged=measured.warmup_converged,
            start_ns=measured.start_ns,
            duration_ns=measured.duration_ns,
            memory=measured.memory,
            output=output,
            before=_taken(self.before),
            after=_taken(self.after),
            attempt=self.attempt,
            recovered=self.recovered,
            readiness=_taken(self.readiness),
            telemetry=_taken(self.telemetry),
            findings=findings,
            missing=self._unread() | ({} if output else {"output": "the runner computed no output"}),
        )

    def failed(self, failure: NotMeasured, findings: tuple[Finding, ...] = ()) -> LaunchRecord:
        """The record of a launch that measured nothing."""
        return LaunchRecord(
            request=self.request,
            started_at=self.started_at,
            wall_ns=self.wall_ns,
            outcome=failure.outcome,
            evidence=failure.evidence,
            runner=None,
            load_ns=None,
            first_ns=None,
            warmup_ns=(),
            warmup_converged=None,
            start_ns=(),
            duration_ns=(),
            memory=(),
            output=None,
            before=_taken(self.before),
            after=_taken(self.after),
            attempt=self.attempt,
            recovered=self.recovered,
            readiness=_taken(self.readiness),
            telemetry=_taken(self.telemetry),
            findings=findings,
            missing=self._unread()
            | dict.fromkeys(_ONLY_OF_MEASURED, f"the launch did not measure ({failure.outcome})"),
        )

    def _unread(self) -> dict[str, str]:
        parts = {
            "before": self.before,
            "after": self.after,
            "readiness": self.readiness,
            "telemetry": self.telemetry,
        }
        return {name: part for name, part in parts.items() if isinstance(part, str)}


def _taken(part: _Part | str) -> _Part | None:
    return None if isinstance(part, str) else part
