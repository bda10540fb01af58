"""The parser of the harness on the shared examples."""

from pathlib import Path

import pytest

from android_runner.contract import Envelope, result_lines, status_lines
from harness.errors import ContractViolation
from harness.measure.events import Measured, NotMeasured, read_stream
from harness.measure.predictions import Predictions
from tests.contract.test_examples import EXAMPLES, envelopes_of


def lines(envelopes: list[Envelope], *, ok: bool) -> list[str]:
    text = "".join(map(status_lines, envelopes)) + result_lines(ok=ok, events=len(envelopes))
    return text.splitlines()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_an_example_is_read_as_what_it_is(example: Path) -> None:
    envelopes = envelopes_of(example)
    failures = [envelope.body for envelope in envelopes if envelope.body.event == "error"]
    result = read_stream(lines(envelopes, ok=not failures), envelopes[0].launch)
    if failures:
        assert isinstance(result, NotMeasured)
        assert result.outcome == "rejected"
        assert failures[0].message in result.evidence
    elif example.stem == "evaluated":
        assert isinstance(result, Predictions)
        assert result.classes.tolist() == [[7, 2, 9, 0, 4], [1, 7, 3, 5, 8], [0, 1, 2, 3, 4]]
        assert result.is_finite.tolist() == [True, True, False]
    else:
        assert isinstance(result, Measured)
        samples = [envelope.body for envelope in envelopes if envelope.body.event == "samples"]
        assert result.duration_ns == tuple(ns for part in samples for ns in part.duration_ns)
        memory = [envelope.body for envelope in envelopes if envelope.body.event == "memory"]
        assert [sample.rss_kib for sample in result.memory] == [body.rss_kib for body in memory]


WHOLE = [example for example in EXAMPLES if example.stem in ("complete", "evaluated")]


@pytest.mark.parametrize(
    ("example", "at"),
    [(example, at) for example in WHOLE for at in range(len(envelopes_of(example)) - 1)],
    ids=lambda one: one.stem if isinstance(one, Path) else None,
)
def test_a_complete_example_without_one_event_is_refused(example: Path, at: int) -> None:
    envelopes = envelopes_of(example)
    with pytest.raises(ContractViolation):
        read_stream(lines([*envelopes[:at], *envelopes[at + 1 :]], ok=True), envelopes[0].launch)
