"""The example streams of the contract: what every side that speaks it must read and write alike."""

import base64
import json
from pathlib import Path

import pytest

from android_runner.contract import Envelope, Memory, Output, decode_event, encode_event
from tests.virtual.grammar import breaks

EXAMPLES = sorted(Path(__file__).parent.glob("*.jsonl"))


def envelopes_of(example: Path) -> list[Envelope]:
    """An example, read."""
    lines = example.read_text().splitlines()
    return [decode_event(base64.b64encode(line.encode()).decode()) for line in lines]


def test_there_are_examples() -> None:
    assert {example.stem for example in EXAMPLES} == {
        "complete",
        "evaluated",
        "nothing_readable",
        "refused_model",
        "refused_request",
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_an_example_is_read_written_and_in_order(example: Path) -> None:
    lines = example.read_text().splitlines()
    envelopes = envelopes_of(example)
    written = [base64.b64decode(encode_event(envelope)).decode() for envelope in envelopes]
    assert [json.loads(line) for line in written] == [json.loads(line) for line in lines]
    assert breaks(envelopes) is None


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_every_missing_memory_value_has_its_reason(example: Path) -> None:
    for body in (envelope.body for envelope in envelopes_of(example)):
        if isinstance(body, Memory):
            names = [name for name in Memory.__dataclass_fields__ if name.endswith("_kib")]
            assert all(body.sources[name] for name in names if getattr(body, name) is None)
        if isinstance(body, Output):
            assert body.values_f32 is not None


@pytest.mark.parametrize("at", range(10))
def test_a_complete_stream_without_one_event_is_out_of_order(at: int) -> None:
    envelopes = envelopes_of(Path(__file__).parent / "complete.jsonl")
    assert breaks([*envelopes[:at], *envelopes[at + 1 :]]) is not None
