"""The classes of all images, joined from the events of a stream; what is not whole is refused."""

import hashlib
import struct
from dataclasses import replace

import pytest

from android_runner.contract import Evaluated, Loaded, Predicted
from harness.errors import ContractViolation
from harness.measure.events import NotMeasured, read_stream
from harness.measure.predictions import Predictions
from tests.measure.streams import LAUNCH, STARTED, closed, lines

CLASSES = (4, 1, 0, 2, 3, 3)
LOADED = Loaded(model="net", load_ns=7, sha256="ab" * 32)
FIRST = Predicted(model="net", first=0, best=2, classes=CLASSES[:4], not_finite=(1,))
SECOND = Predicted(model="net", first=2, best=2, classes=CLASSES[4:], not_finite=())
END = Evaluated(model="net", count=3, sha256=hashlib.sha256(struct.pack("<6i", *CLASSES)).hexdigest())


def test_all_images_come_in_their_order_with_what_was_not_finite() -> None:
    seen = read_stream(lines(closed([STARTED, LOADED, FIRST, SECOND, END])), LAUNCH)
    assert isinstance(seen, Predictions)
    assert seen.sha256 == "ab" * 32
    assert seen.classes.tolist() == [[4, 1], [0, 2], [3, 3]]
    assert seen.is_finite.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([LOADED, SECOND, END], "the classes of 1 images arrived, of 3 they were sent"),
        ([LOADED, FIRST, END], "the classes of 2 images arrived, of 3 they were sent"),
        ([LOADED, FIRST, FIRST, SECOND, END], "were sent"),
        ([LOADED, SECOND, FIRST, END], "were sent"),
        ([LOADED, FIRST, replace(SECOND, classes=(3, 4)), END], "are not those that were sent"),
        ([LOADED, FIRST, replace(SECOND, best=1, classes=(3,)), END], "different numbers of classes"),
        ([LOADED, FIRST, replace(SECOND, classes=(3, 3, 3)), END], "3 classes are no 2 for each image"),
        ([LOADED, FIRST, replace(SECOND, classes=()), END], "0 classes are no 2 for each image"),
        ([LOADED, FIRST, replace(SECOND, not_finite=(1,)), END], "not in the same event"),
        ([FIRST, SECOND, END], "0 `loaded` events"),
        ([LOADED, FIRST, SECOND, END, END], "2 `evaluated` events"),
        ([LOADED, FIRST, SECOND], "`samples`"),
    ],
)
def test_what_is_torn_double_or_missing_is_refused(events: list[object], said: str) -> None:
    with pytest.raises(ContractViolation, match=said):
        read_stream(lines(closed([STARTED, *events])), LAUNCH)  # type: ignore[list-item]


def test_an_app_that_died_on_the_way_predicted_nothing() -> None:
    died = [*lines([STARTED, LOADED, FIRST])[:6], "INSTRUMENTATION_RESULT: shortMsg=Process crashed."]
    result = read_stream([*died, "INSTRUMENTATION_CODE: 0"], LAUNCH)
    assert isinstance(result, NotMeasured)
    assert (result.outcome, result.pid) == ("crashed", STARTED.pid)
