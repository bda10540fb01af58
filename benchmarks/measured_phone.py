"""A virtual phone with one exported model, ready to launch: what the benchmarks of this folder measure on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from harness.cli.phones import virtual_phone
from harness.export.cache import ArtifactCache
from harness.export.identify import identify
from harness.export.obtain import obtain
from harness.measure.launch import Subject, run_launch
from harness.measure.phone_under_test import PhoneUnderTest
from harness.measure.plan import Plan
from harness.measure.preparation import ReadyPhone, prepare
from harness.phone.server import AdbServer
from harness.results.records import LaunchRecord, LaunchRequest
from harness.virtual.engine_choice import EngineChoice


@dataclass(frozen=True)
class MeasuredPhone:
    """Launches of one model on one phone."""

    server: AdbServer
    phone: ReadyPhone
    subject: Subject
    request: LaunchRequest

    def launch(self, plan: Plan, number: int) -> LaunchRecord:
        """One launch under `plan`; `number` must be new."""
        request = replace(self.request, launch_id=f"benchmark-{number}")
        under_test = PhoneUnderTest(
            phone=self.phone, server=self.server, plan=plan, waiting=print, stop=lambda: False
        )
        subjects = {request.artifact_sha256: self.subject}
        (record,) = run_launch(under_test, [request], subjects, attempt=1)
        assert record.outcome == "ok", record.evidence
        return record


@contextmanager
def measured_phone(model: str, engine: EngineChoice = "auto") -> Iterator[MeasuredPhone]:
    """A virtual phone on the user's adb server, with `model` pushed."""
    server = AdbServer.from_environment(os.environ)
    server.start()
    (exported,) = obtain(identify([model], say=print), cache=ArtifactCache.default())
    with virtual_phone(server, engine) as serials:
        (serial,) = serials()
        ready = prepare(server.transport(serial), [exported])
        yield MeasuredPhone(
            server=server,
            phone=ready,
            subject=Subject(artifact=exported.artifact, reference=exported.reference),
            request=LaunchRequest(
                index=0,
                block=0,
                launch_id="benchmark",
                phone_id=ready.facts.phone_id,
                artifact_sha256=exported.artifact.sha256,
                model=model,
                threads=1,
            ),
        )
