"""Accuracy of one model on one phone: its images pushed, the runner asked, its answer beside the host's.

Never raises for what a phone does: every way in which an evaluation can fail becomes a record with its
outcome and evidence, as of a launch.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from android_runner.contract import BEST_CLASSES, EvaluateRequest, Request
from harness.errors import NoUsablePhone, PhoneError, PhoneLost
from harness.measure.events import NotMeasured, Seen
from harness.measure.examination import Examination
from harness.measure.images_on_phone import announced, remove_large, send
from harness.measure.instrumentation import carry_out
from harness.measure.launch import make_request
from harness.measure.phone_under_test import PhoneUnderTest, clean_up
from harness.measure.plan import Plan
from harness.measure.predictions import Predictions
from harness.measure.settlement import settle
from harness.phone.conditions import read_conditions
from harness.results.records import Artifact, Conditions, Evaluation, LaunchRequest, Run

_SLOWEST_IMAGE_S = 5.0
"""An emulated phone takes a second for a light network at 224 × 224."""
COMPUTES_NOTHING = "modelled"
"""The engine of virtual phones of which only times are known."""
_NO_PHONE = ("top1_right", "top5_right", "equal_predictions")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEvaluation:
    """One model that one phone is to evaluate."""

    request: LaunchRequest
    """The launch that asks."""
    examination: Examination

    @property
    def images(self) -> int:
        """How many there are."""
        return self.examination.images.data.images

    def carry_out(self, phone: PhoneUnderTest) -> Evaluation:
        """Let the phone say what it takes the images for, and count where it is right."""
        asked = replace(phone, plan=_patient(phone.plan, self.images))
        evaluation = _evaluate(asked, self.examination, self.request)
        phone.is_gone = asked.is_gone
        return evaluation


def tidy(phone: PhoneUnderTest, planned: Sequence[PlannedEvaluation]) -> None:
    """After a phone's last evaluation: give back the room that large sets of images take."""
    if not phone.is_gone:
        remove_large(phone.transport, (one.examination.images for one in planned))


def plan_evaluations(
    run: Run, examinations: Sequence[Examination], done: Collection[Evaluation], threads: int
) -> dict[str, tuple[PlannedEvaluation, ...]]:
    """What each phone of a run still has to evaluate, by phone id; phones that compute nothing are left out.

    Args:
        done: what became of earlier evaluations.
        threads: for all of them; they change no class.
    """
    answered = {(one.phone_id, one.artifact_sha256) for one in done if one.outcome == "ok"}
    lacking = {
        facts.phone_id: tuple(
            PlannedEvaluation(
                request=_launch(run.run_id, facts.phone_id, index, examination.artifact, threads),
                examination=examination,
            )
            for index, examination in enumerate(examinations)
            if (facts.phone_id, examination.artifact.sha256) not in answered
        )
        for facts in run.phones
        if facts.engine != COMPUTES_NOTHING
    }
    return {phone_id: planned for phone_id, planned in lacking.items() if planned}


def _launch(run_id: str, phone_id: str, index: int, artifact: Artifact, threads: int) -> LaunchRequest:
    return LaunchRequest(
        index=index,
        block=0,
        launch_id=f"{run_id}-{phone_id}-accuracy-{artifact.sha256[:12]}".lower(),
        phone_id=phone_id,
        artifact_sha256=artifact.sha256,
        model=artifact.model,
        threads=threads,
    )


def _patient(plan: Plan, images: int) -> Plan:
    """The plan with time for so many images; an app that is silent is given up as soon as ever."""
    limits = plan.limits
    seconds = limits.launch_seconds + images * _SLOWEST_IMAGE_S
    return plan.model_copy(update={"limits": limits.model_copy(update={"launch_seconds": seconds})})


def _evaluate(phone: PhoneUnderTest, examination: Examination, request: LaunchRequest) -> Evaluation:
    before = _ready(phone, examination)
    begin_ns = time.monotonic_ns()
    result: Seen | NotMeasured
    if isinstance(before, NotMeasured):
        result = before
    else:
        asked = _request(phone.plan, examination, request)
        result = carry_out(phone.transport, asked, phone.plan.limits)
    if not isinstance(before, NotMeasured) or before.outcome == "disconnected":
        state = before.evidence if isinstance(before, NotMeasured) else before
        result = settle(phone, request.launch_id, result, state).result
    wall_ns = time.monotonic_ns() - begin_ns
    clean_up(phone, request.launch_id)
    return _evaluation(examination, request.phone_id, _judged(result, examination), wall_ns)


def _ready(phone: PhoneUnderTest, examination: Examination) -> Conditions | NotMeasured:
    """Have the images on the phone; its state then, or why there is nothing to start."""
    try:
        send(phone.transport, examination.images)
        return read_conditions(phone.transport)
    except (PhoneLost, NoUsablePhone) as error:
        return NotMeasured(outcome="disconnected", evidence=error.cause)
    except PhoneError as error:
        return NotMeasured(outcome="rejected", evidence=error.cause)


def _request(plan: Plan, examination: Examination, request: LaunchRequest) -> Request:
    images = announced(examination.images)
    return make_request(request, (examination.artifact,), plan, evaluate=EvaluateRequest(images=images))


def _judged(result: Seen | NotMeasured, examination: Examination) -> Predictions | NotMeasured:
    if isinstance(result, NotMeasured):
        return result
    if not isinstance(result, Predictions):
        return NotMeasured(outcome="rejected", evidence="the runner sent times where classes were due")
    if result.sha256 != examination.artifact.sha256:
        return NotMeasured(outcome="rejected", evidence=f"the runner read a file with hash {result.sha256}")
    images = len(examination.images.labels)
    if len(result.classes) != images:
        seen = f"the runner saw {len(result.classes)} images, {images} were asked for"
        return NotMeasured(outcome="rejected", evidence=seen)
    return result


@dataclass(frozen=True, slots=True)
class _Right:
    """Images that one side is right about."""

    top1: int
    top5: int | None


def _evaluation(
    examination: Examination, phone_id: str, result: Predictions | NotMeasured, wall_ns: int
) -> Evaluation:
    labels, classes = examination.images.labels, examination.images.data.classes
    missing: dict[str, str] = {}
    on_phone = on_host = equal = None
    if isinstance(examination.host, str):
        missing |= dict.fromkeys(
            ("host_top1_right", "host_top5_right", "equal_predictions"), examination.host
        )
    else:
        on_host = _right(examination.host, labels, classes)
    if isinstance(result, NotMeasured):
        missing |= dict.fromkeys(_NO_PHONE, f"the phone did not evaluate ({result.outcome})")
    else:
        seen = np.where(result.is_finite[:, None], result.classes, -1)
        on_phone = _right(seen, labels, classes)
        if not isinstance(examination.host, str):
            equal = int(np.sum((seen[:, 0] == examination.host[:, 0]) & (seen[:, 0] >= 0)))
    for name, right in (("top5_right", on_phone), ("host_top5_right", on_host)):
        if right is not None and right.top5 is None:
            missing[name] = "the model has no more than five classes"
    return Evaluation(
        phone_id=phone_id,
        artifact_sha256=examination.artifact.sha256,
        model=examination.artifact.model,
        data=examination.images.data,
        outcome=result.outcome if isinstance(result, NotMeasured) else "ok",
        evidence=result.evidence if isinstance(result, NotMeasured) else "",
        top1_right=on_phone.top1 if on_phone else None,
        top5_right=on_phone.top5 if on_phone else None,
        host_top1_right=on_host.top1 if on_host else None,
        host_top5_right=on_host.top5 if on_host else None,
        equal_predictions=equal,
        wall_ns=wall_ns,
        missing=missing,
    )


def _right(classes: NDArray[np.int32], labels: NDArray[np.int64], most_classes: int) -> _Right:
    """Count; of five classes or fewer one is always among the first five."""
    hits = classes == labels[:, None]
    return _Right(int(hits[:, 0].sum()), int(hits.any(axis=1).sum()) if most_classes > BEST_CLASSES else None)
