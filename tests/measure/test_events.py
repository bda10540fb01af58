"""The runner's stream: what a good one gives, and how each bad one is told apart."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from android_runner.contract import Loaded, Output, Samples, Warmup
from harness.errors import ContractViolation
from harness.measure.events import Measured, NotMeasured, read_stream
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
        outcome="rejected", evidence="load: RuntimeError: no such operator: foo::bar\nat …"
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
