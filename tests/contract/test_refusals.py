"""What neither side of the contract accepts, each refused as a violation that names the key."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from android_runner.contract import ModelRequest, decode_event, decode_request, encode_request
from harness.errors import ContractViolation
from tests.virtual.launching import quick_request

MODEL = ModelRequest(name="m", runtime="pytorch_mobile", path="/m.ptl", sha256="0" * 64, inputs=())


def event(**changes: Any) -> str:
    """A `first` event with some of its keys changed."""
    body = {"event": "first", "model": "m", "duration_ns": 12} | changes
    envelope = {"launch": "l", "seq": 0, "t_ns": 1, "body": body}
    return base64.b64encode(json.dumps(envelope).encode()).decode()


def test_a_right_event_is_read() -> None:
    assert decode_event(event()).body.event == "first"


@pytest.mark.parametrize("noise", ["é", "\ufffd\ufffd", "abc", "Zm9v", ""])
def test_noise_in_the_place_of_an_event_is_a_violation(noise: str) -> None:
    with pytest.raises(ContractViolation):
        decode_event(noise)


@pytest.mark.parametrize("value", ["12", 12.0, True, None, -1, 1 << 63])
def test_a_duration_that_is_no_count_is_refused_by_name(value: object) -> None:
    with pytest.raises(ContractViolation, match="duration_ns"):
        decode_event(event(duration_ns=value))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda request: request.update(threads="1"), "threads"),
        (lambda request: request.update(foreground="yes"), "foreground"),
        (lambda request: request["measure"].update(max_iterations=2.0), "max_iterations"),
        (lambda request: request["warmup"].update(min_seconds="1"), "min_seconds"),
        (lambda request: request["models"][0].update(name=7), "name"),
        (lambda request: request.update(extra=1), "extra"),
        (lambda request: request.pop("memory"), "memory"),
    ],
)
def test_a_request_with_a_wrong_key_is_refused_by_name(
    change: Callable[[dict[str, Any]], object], named: str
) -> None:
    request = json.loads(encode_request(quick_request("l", MODEL)))
    decode_request(json.dumps(request).encode())
    change(request)
    with pytest.raises(ContractViolation, match=named):
        decode_request(json.dumps(request).encode())
