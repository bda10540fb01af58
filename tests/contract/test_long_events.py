"""An event that is too long for one status comes in several, and is read as one."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from android_runner.contract import CHARACTERS_PER_STATUS, Envelope, Warmup, encode_event, status_lines
from harness.errors import ContractViolation
from harness.measure.events import Measured, read_stream
from tests.contract.test_examples import envelopes_of
from tests.contract.test_parser import lines

ITERATIONS = 100_000


def with_a_long_warm_up() -> list[Envelope]:
    """The complete example, its warm-up as long as a runner lets it become."""
    envelopes = envelopes_of(Path(__file__).parent / "complete.jsonl")
    durations_ns = tuple(2_000_000 + index for index in range(ITERATIONS))
    return [
        replace(envelope, body=replace(envelope.body, durations_ns=durations_ns))
        if isinstance(envelope.body, Warmup)
        else envelope
        for envelope in envelopes
    ]


def test_a_long_event_comes_in_parts_and_is_read_as_one() -> None:
    envelopes = with_a_long_warm_up()
    stream = lines(envelopes, ok=True)
    statuses = [line.partition("=")[2] for line in stream if line.startswith("INSTRUMENTATION_STATUS: ")]
    assert len(statuses) > len(envelopes) + 10
    assert max(map(len, statuses)) == CHARACTERS_PER_STATUS
    result = read_stream(stream, envelopes[0].launch)
    assert isinstance(result, Measured)
    assert result.warmup_ns == tuple(2_000_000 + index for index in range(ITERATIONS))


def test_a_long_event_without_one_of_its_parts_is_refused() -> None:
    envelopes = with_a_long_warm_up()
    stream = lines(envelopes, ok=True)
    part = next(
        at for at, line in enumerate(stream) if line.startswith("INSTRUMENTATION_STATUS: elbench_part=")
    )
    with pytest.raises(ContractViolation):
        read_stream(stream[:part] + stream[part + 1 :], envelopes[0].launch)


@pytest.mark.parametrize(("surplus", "statuses"), [(0, 1), (1, 2)])
def test_an_event_that_just_fits_comes_in_one(surplus: int, statuses: int) -> None:
    envelope = envelopes_of(Path(__file__).parent / "complete.jsonl")[3]
    plain = len(base64.b64decode(encode_event(envelope)))
    longer = "l" * (CHARACTERS_PER_STATUS // 4 * 3 - plain + len(envelope.launch) + surplus)
    text = status_lines(replace(envelope, launch=longer))
    assert text.count("INSTRUMENTATION_STATUS: ") == statuses
