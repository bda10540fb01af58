"""The example requests, which the Java runner's tests read too: both sides accept and refuse the same."""

from pathlib import Path

import pytest

from android_runner.contract import decode_request, encode_request
from harness.errors import ContractViolation

FOLDER = Path(__file__).parent / "requests"
ACCEPTED = sorted((FOLDER / "accepted").glob("*.json"))
REFUSED = sorted((FOLDER / "refused").glob("*.json"))


def test_there_are_examples_of_both() -> None:
    assert len(ACCEPTED) >= 10
    assert len(REFUSED) >= 100


@pytest.mark.parametrize("example", ACCEPTED, ids=lambda example: example.stem)
def test_an_accepted_request_is_read_and_survives_being_written(example: Path) -> None:
    request = decode_request(example.read_bytes())
    assert request.launch == "01JDEXAMPLE0001"
    assert decode_request(encode_request(request)) == request


@pytest.mark.parametrize("example", REFUSED, ids=lambda example: example.stem)
def test_a_refused_request_is_refused_by_the_key_in_its_name(example: Path) -> None:
    key, _ = example.stem.split("--")
    with pytest.raises(ContractViolation) as refusal:
        decode_request(example.read_bytes())
    expected = ("Invalid JSON", "should be an object") if key == "document" else (key,)
    assert any(words in refusal.value.cause for words in expected)


def test_what_is_left_out_has_the_defaults_of_the_contract() -> None:
    request = decode_request((FOLDER / "accepted" / "defaults-left-out.json").read_bytes())
    assert (request.schedule, request.block, request.measure.pause_ms) == ("single", 0, 0)
    assert request.models[0].outputs == "values"
    assert request.models[0].inputs[0].memory_format == "contiguous"
    assert request.evaluate is None
    assert request.foreground


def test_numbers_and_texts_mean_what_they_mean_in_java() -> None:
    def accepted(name: str) -> bytes:
        return (FOLDER / "accepted" / f"{name}.json").read_bytes()

    assert decode_request(accepted("seconds-with-exponent")).measure.max_seconds == 65.0
    assert decode_request(accepted("largest-integers")).measure.max_iterations == (1 << 31) - 1
    assert decode_request(accepted("key-twice")).threads == 4
    assert decode_request(accepted("names-in-any-script")).models[0].name == 'ελνετ é \U0001f600 \\ "quoted"'
