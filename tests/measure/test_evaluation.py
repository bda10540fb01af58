"""What a phone's classes are worth beside the labels and beside the host's."""

from dataclasses import replace

import numpy as np
import pytest

from harness.measure.evaluation import _evaluation, _judged, plan_evaluations
from harness.measure.events import NotMeasured
from harness.measure.examination import Examination, ImageSet
from harness.measure.predictions import Predictions
from harness.results.records import DataFacts
from tests.results.records import ARTIFACT, PHONE, run
from tests.results.test_evaluations import DONE, FAILED

LABELS = np.array([3, 1, 0, 7], dtype=np.int64)
SEEN = np.array([[3, 1, 2, 4, 5], [2, 1, 3, 4, 5], [9, 8, 7, 6, 5], [7, 1, 2, 3, 4]], dtype=np.int32)
HOST = np.array([[3, 1, 2, 4, 5], [1, 2, 3, 4, 5], [9, 8, 7, 6, 0], [7, 1, 2, 3, 4]], dtype=np.int32)


def examination(host: "np.ndarray | str" = HOST, classes: int = 10) -> Examination:
    data = DataFacts(name="digits", source="4 digits", images=4, classes=classes, sha256="aa" * 32)
    images = ImageSet(data=data, labels=LABELS, files=(), shape=(1, 3, 8, 8))
    return Examination(artifact=ARTIFACT, images=images, host=host)


def predictions(
    classes: np.ndarray = SEEN, is_finite: tuple[bool, ...] = (True, True, True, True)
) -> Predictions:
    return Predictions(
        sha256=ARTIFACT.sha256, classes=classes, is_finite=np.array(is_finite), span_ns=5_000_000
    )


def test_right_first_classes_right_first_five_and_equal_ones_are_counted() -> None:
    found = _evaluation(examination(), PHONE.phone_id, predictions(), 5)
    assert (found.outcome, found.evidence, found.wall_ns) == ("ok", "", 5)
    assert (found.top1_right, found.top5_right) == (2, 3)
    assert (found.host_top1_right, found.host_top5_right) == (3, 4)
    assert found.equal_predictions == 3
    assert found.missing == {}


def test_an_image_whose_output_is_not_finite_is_never_right_nor_equal() -> None:
    host = HOST.copy()
    host[0] = -1
    found = _evaluation(
        examination(host), PHONE.phone_id, predictions(is_finite=(False, True, True, True)), 5
    )
    assert (found.top1_right, found.top5_right, found.host_top1_right) == (1, 2, 2)
    assert found.equal_predictions == 2


def test_of_five_classes_or_fewer_the_first_five_say_nothing() -> None:
    few = np.array([[3, 1], [2, 1], [1, 0], [0, 1]], dtype=np.int32)
    found = _evaluation(examination(few, classes=5), PHONE.phone_id, predictions(few), 5)
    assert (found.top1_right, found.top5_right, found.host_top5_right) == (1, None, None)
    assert found.missing["top5_right"] == "the model has no more than five classes"


def test_a_phone_that_failed_has_the_host_beside_its_evidence() -> None:
    failure = NotMeasured(outcome="crashed", evidence="shortMsg=Process crashed.")
    found = _evaluation(examination(), PHONE.phone_id, failure, 5)
    assert (found.outcome, found.evidence) == ("crashed", "shortMsg=Process crashed.")
    assert (found.top1_right, found.host_top1_right, found.equal_predictions) == (None, 3, None)
    assert found.missing["equal_predictions"] == "the phone did not evaluate (crashed)"


def test_a_file_without_an_eager_module_is_compared_with_nothing() -> None:
    found = _evaluation(examination("no eager module"), PHONE.phone_id, predictions(), 5)
    assert (found.top1_right, found.host_top1_right, found.equal_predictions) == (2, None, None)
    assert found.missing["host_top1_right"] == "no eager module"


def test_another_file_or_another_number_of_images_is_no_answer() -> None:
    other = _judged(replace(predictions(), sha256="00"), examination())
    assert isinstance(other, NotMeasured)
    assert other.evidence == "the runner read a file with hash 00"
    fewer = _judged(predictions(SEEN[:3], (True, True, True)), examination())
    assert isinstance(fewer, NotMeasured)
    assert fewer.evidence == "the runner saw 3 images, 4 were asked for"


@pytest.mark.parametrize(("done", "lacking"), [((), 1), ((FAILED,), 1), ((DONE,), 0)])
def test_only_what_has_no_answer_yet_is_asked(done: tuple, lacking: int) -> None:
    planned = plan_evaluations(run(), [examination()], done, 2)
    assert sum(len(lane) for lane in planned.values()) == lacking
    for one in planned.get(PHONE.phone_id, ()):
        assert one.request.launch_id == f"01m890efjmkenjwybtamfnvj12-0123456789ab-accuracy-{'ab' * 6}"
        assert one.request.threads == 2


def test_a_phone_that_computes_nothing_is_not_asked() -> None:
    missing = {name: why for name, why in PHONE.missing.items() if name != "engine"}
    modelled = replace(PHONE, is_virtual=True, engine="modelled", missing=missing)
    assert plan_evaluations(replace(run(), phones=(modelled,)), [examination()], (), 1) == {}
