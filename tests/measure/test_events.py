"""The runner's stream: what a good one gives, and how each bad one is told apart."""

import json
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from android_runner.contract import Envelope, Loaded, Output, Samples, Warmup
from harness.errors import ContractViolation
from harness.measure.events import Measured, NotMeasured, read_copy, read_stream
from tests.measure.streams import LAUNCH, closed, failure, good_events, lines


def test_a_good_stream_gives_every_number_of_the_launch() -> None:
    measured = read_stream(lines(closed(good_events())), LAUNCH)
    assert isinstance(measured, Measured)
    assert (measured.load_ns, measured.first_ns) == (7_000_000, 9_000_000)
    assert measured.warmup_ns == (5, 4, 3)
    assert measured.start_ns == (10, 20, 30)
    assert measured.duration_ns == (3, 4, 5)
    assert measured.runner.runtime == "pytorch_mobile 1.12.2"
    assert measured.output is not None


def test_a_memory_value_that_is_null_keeps_its_reason() -> None:
    measured = read_stream(lines(closed(good_events())), LAUNCH)
    assert isinstance(measured, Measured)
    [sample] = measured.memory
    assert sample.pss_kib is None
    assert sample.missing["pss_kib"] == "smaps_rollup: Permission denied"
    assert sample.rss_kib == 1000


def test_carriage_returns_of_old_phones_do_no_harm() -> None:
    stream = [f"{line}\r\n" for line in lines(closed(good_events()))]
    assert isinstance(read_stream(stream, LAUNCH), Measured)


def test_an_error_event_is_a_rejected_launch_with_its_stage_and_message() -> None:
    result = read_stream(lines(closed([*good_events()[:2], failure()]), ok=False), LAUNCH)
    assert result == NotMeasured(
        outcome="rejected", evidence="load: RuntimeError: no such operator: foo::bar\nat …", pid=4711
    )


@pytest.mark.parametrize(
    "tail",
    [
        ["INSTRUMENTATION_RESULT: shortMsg=Process crashed.", "INSTRUMENTATION_CODE: 0"],
        [
            "INSTRUMENTATION_RESULT: shortMsg=Native crash",
            "INSTRUMENTATION_RESULT: longMsg=Native crash: Segmentation fault",
            "*** *** ***",
            "INSTRUMENTATION_CODE: 0",
        ],
        [],
    ],
    ids=["java", "native", "cut"],
)
def test_a_process_that_dies_is_a_crash_with_what_android_said(tail: list[str]) -> None:
    result = read_stream([*lines(closed(good_events()))[:6], *tail], LAUNCH)
    assert isinstance(result, NotMeasured)
    assert result.outcome == "crashed"
    assert result.evidence.startswith(tail[0] if tail else "the stream ended without a result")


def test_an_instrumentation_that_android_refuses_is_rejected_with_the_reason() -> None:
    said = "INSTRUMENTATION_STATUS: Error=Unable to find instrumentation info for: ComponentInfo{a/a.b}"
    result = read_stream([said, "INSTRUMENTATION_STATUS_CODE: -1", "INSTRUMENTATION_CODE: 0"], LAUNCH)
    assert isinstance(result, NotMeasured)
    assert result.outcome == "rejected"
    assert "Unable to find instrumentation info" in result.evidence


def without(kind: type) -> list[str]:
    return lines(closed([event for event in good_events() if not isinstance(event, kind)]))


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (lines(closed(good_events()), launch="other"), "belongs to launch other"),
        (lines(closed(good_events()))[2:], "event 1 came where 0 was due"),
        (lines(good_events()), "no `finished` event"),
        (without(Samples), "no `samples` event"),
        (without(Loaded), "0 `loaded` events"),
        (without(Warmup), "0 `warmup` events"),
        (lines(closed([*good_events(), good_events()[2]])), "2 `loaded` events"),
        (["INSTRUMENTATION_STATUS: elbench=!!!"], "not base64"),
        (["INSTRUMENTATION_STATUS: elbench=e30="], "launch"),
        (["INSTRUMENTATION_RESULT: elbench=e30="], "result line cannot be read"),
    ],
)
def test_a_stream_that_breaks_the_contract_is_named_as_such(stream: list[str], said: str) -> None:
    with pytest.raises(ContractViolation, match=said):
        read_stream(stream, LAUNCH)


def test_a_launch_whose_runner_computes_no_output_is_measured_without_one() -> None:
    events = [event for event in good_events() if not isinstance(event, Output)]
    measured = read_stream(lines(closed(events)), LAUNCH)
    assert isinstance(measured, Measured)
    assert measured == replace(measured, output=None)


@given(st.data())
def test_a_damaged_stream_never_ends_in_anything_but_a_named_failure(data: st.DataObject) -> None:
    stream = lines(closed(good_events()))
    position = data.draw(st.integers(0, len(stream) - 1))
    damage = data.draw(
        st.one_of(
            st.just([]),
            st.text(max_size=60).map(lambda text: [text]),
            st.integers(0, 200).map(lambda cut: [stream[position][:cut]]),
        )
    )
    damaged = [*stream[:position], *damage, *stream[position + 1 :]]
    try:
        result = read_stream(damaged, LAUNCH)
    except ContractViolation:
        return
    assert isinstance(result, Measured | NotMeasured)
    if isinstance(result, Measured):
        assert result.duration_ns == (3, 4, 5)


def copied(count: int | None = None) -> bytes:
    """The copy on the phone of a good launch, or its first so many events."""
    envelopes = [
        Envelope(launch=LAUNCH, seq=seq, t_ns=100 * seq, body=event)
        for seq, event in enumerate(closed(good_events()))
    ]
    return b"".join(json.dumps(asdict(one)).encode() + b"\n" for one in envelopes[:count])


def test_the_copy_on_the_phone_gives_the_same_numbers_as_the_stream() -> None:
    from_stream = read_stream(lines(closed(good_events())), LAUNCH)
    from_copy = read_copy(copied(), LAUNCH)
    assert isinstance(from_stream, Measured)
    assert isinstance(from_copy, Measured)
    assert replace(from_copy, span_ns=0) == replace(from_stream, span_ns=0)
    assert from_copy.span_ns == 800


def test_a_copy_without_its_end_is_no_launch() -> None:
    whole = copied()
    for count in range(9):
        assert read_copy(copied(count), LAUNCH) is None
    assert read_copy(whole[:-1], LAUNCH) is None
    assert read_copy(b"", LAUNCH) is None


def test_a_copy_of_another_launch_or_with_a_gap_is_refused() -> None:
    with pytest.raises(ContractViolation):
        read_copy(copied(), "another")
    with pytest.raises(ContractViolation):
        read_copy(b"\n".join(copied().split(b"\n")[1:]), LAUNCH)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_copy_or_a_violation(content: bytes) -> None:
    for broken in (content, copied()[: len(content) * 7] + content):
        with suppress(ContractViolation):
            assert not isinstance(read_copy(broken, LAUNCH), NotMeasured)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("INSTRUMENTATION_RESULT: shortMsg=keyDispatchingTimedOut\nINSTRUMENTATION_CODE: 0", "anr"),
        ("INSTRUMENTATION_RESULT: shortMsg=Native crash\nINSTRUMENTATION_CODE: 0", "crashed"),
        (
            "INSTRUMENTATION_RESULT: shortMsg=java.lang.IllegalStateException\n"
            "INSTRUMENTATION_RESULT: longMsg=java.lang.IllegalStateException: BT Adapter is not turned ON\n"
            "INSTRUMENTATION_CODE: 0",
            "crashed",
        ),
        ("INSTRUMENTATION_RESULT: shortMsg=Process crashed.\nINSTRUMENTATION_CODE: 0", "crashed"),
        ("android.util.AndroidException: INSTRUMENTATION_FAILED: a/.B", "rejected"),
        ("INSTRUMENTATION_RESULT: stream=\nOK (1 test)\nINSTRUMENTATION_CODE: -1", "rejected"),
    ],
)
def test_how_am_says_that_an_app_ended(said: str, outcome: str) -> None:
    result = read_stream([*lines(good_events()[:1])[:2], *said.splitlines()], LAUNCH)
    assert isinstance(result, NotMeasured)
    assert (result.outcome, result.pid) == (outcome, 4711)


SAMPLES = Path(__file__).parent / "samples" / "am_instrument"


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("bt_illegalstate_longmsg.txt", "crashed"),
        ("classnotfound_longmsg.txt", "crashed"),
        ("success_tail.txt", "rejected"),
        ("uiautomator2_509_process_crashed.txt", "crashed"),
    ],
)
def test_other_instrumentations_on_real_phones_are_never_taken_for_a_launch(name: str, outcome: str) -> None:
    text = (SAMPLES / name).read_text(encoding="utf-8").partition("\n")[2]
    result = read_stream(text.splitlines(), LAUNCH)
    assert isinstance(result, NotMeasured)
    assert result.outcome == outcome
