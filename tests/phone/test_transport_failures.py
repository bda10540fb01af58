"""What a transport says of phones that die, hang, drip, refuse or are very old."""

import time

import pytest

from harness.errors import (
    CommandFailed,
    DeadlineExceeded,
    ElbenchError,
    PhoneLost,
    PhoneNotReady,
    TransferFailed,
)
from tests.phone.scripted import SERIAL, Scene, packet, scripted

EXIT_0 = packet(3, b"\0")
SHELL = "shell,v2,raw:"


def test_a_phone_that_dies_in_the_middle_of_its_output_gives_no_answer() -> None:
    with (
        scripted({SHELL: Scene(sends=[packet(1, b"half an ans")])}) as server,
        pytest.raises(PhoneLost, match="ended during `cat x`"),
    ):
        server.transport.shell("cat x", deadline_s=5)


def test_a_phone_that_dies_in_the_middle_of_a_packet_gives_no_answer() -> None:
    with (
        scripted({SHELL: Scene(sends=[packet(1, b"half an answer")[:9]])}) as server,
        pytest.raises(PhoneLost),
    ):
        server.transport.shell("cat x", deadline_s=5)


def test_lines_that_arrived_before_the_phone_died_are_given_and_then_its_death() -> None:
    with scripted({SHELL: Scene(sends=[packet(1, b"one\ntwo\nthr")])}) as server:
        lines = server.transport.lines("am instrument", deadline_s=5, silence_s=5)
        assert [next(lines), next(lines)] == ["one", "two"]
        with pytest.raises(PhoneLost):
            next(lines)


def test_a_command_that_never_answers_ends_at_its_deadline() -> None:
    with scripted({SHELL: Scene(hangs=True)}) as server:
        start_s = time.monotonic()
        with pytest.raises(DeadlineExceeded, match=r"`sleep 99`: no complete answer within 0\.3 s"):
            server.transport.shell("sleep 99", deadline_s=0.3)
        assert 0.25 < time.monotonic() - start_s < 10


def test_a_phone_that_drips_output_does_not_stretch_the_deadline() -> None:
    drip = Scene(sends=[packet(1, b".")] * 100, pause_s=0.05, hangs=True)
    with scripted({SHELL: drip}) as server:
        start_s = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            server.transport.shell("logcat", deadline_s=0.3)
        assert time.monotonic() - start_s < 4


def test_a_stream_that_falls_silent_ends_before_its_deadline() -> None:
    with scripted({SHELL: Scene(sends=[packet(1, b"one\n")], hangs=True)}) as server:
        lines = server.transport.lines("am instrument", deadline_s=60, silence_s=0.3)
        assert next(lines) == "one"
        with pytest.raises(DeadlineExceeded, match=r"nothing arrived for 0\.3 s"):
            next(lines)


def test_a_stream_with_an_exit_code_fails_after_its_last_line() -> None:
    sends = [packet(1, b"one\r\nend"), packet(2, b"no such app\n"), packet(3, b"\x01")]
    with scripted({SHELL: Scene(sends=sends)}) as server:
        lines = server.transport.lines("am instrument", deadline_s=5, silence_s=5)
        assert [next(lines), next(lines)] == ["one", "end"]
        with pytest.raises(CommandFailed, match="exited with 1: no such app"):
            next(lines)


def test_packets_of_unknown_kinds_are_no_output() -> None:
    with scripted({SHELL: Scene(sends=[packet(9, b"?"), packet(1, b"text"), EXIT_0])}) as server:
        assert server.transport.check("echo", deadline_s=5) == "text"


def test_an_end_without_an_exit_code_is_no_success() -> None:
    with (
        scripted({SHELL: Scene(sends=[packet(1, b"text"), packet(3, b"")])}) as server,
        pytest.raises(CommandFailed, match="exited with 255"),
    ):
        server.transport.check("echo", deadline_s=5)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (b"device unauthorized.\nThis adb server's $ADB_VENDOR_KEYS is not set", PhoneNotReady),
        (b"device still authorizing", PhoneNotReady),
        (b"insufficient permissions for device", PhoneNotReady),
        (b"device '" + SERIAL.encode() + b"' not found", PhoneLost),
        (b"device offline", PhoneLost),
        (b"closed", PhoneLost),
        (b"unknown host service", CommandFailed),
    ],
)
def test_refusals_of_the_adb_server_are_told_apart_and_keep_the_serial_out_of_their_cause(
    message: bytes, kind: type[ElbenchError]
) -> None:
    with scripted({}, refusal=message) as server, pytest.raises(kind) as raised:
        server.transport.shell("true", deadline_s=5)
    assert raised.value.where == SERIAL
    assert SERIAL not in raised.value.cause
    assert raised.value.__cause__ is not None


def test_a_push_that_the_phone_refuses_ends_early_with_the_phones_own_message() -> None:
    message = b"couldn't create file: No space left on device"
    refusing = Scene(
        sends=[b"FAIL" + len(message).to_bytes(4, "little") + message], after_input=b"DATA", hangs=True
    )
    with (
        scripted({"sync:": refusing}) as server,
        pytest.raises(TransferFailed, match="No space left on device") as raised,
    ):
        server.transport.push(bytes(32 << 20), "/data/local/tmp/x", deadline_s=10)
    assert raised.value.where == SERIAL


def test_a_phone_that_dies_during_a_pull_gives_no_part_of_the_file() -> None:
    dying = Scene(sends=[b"DATA" + (100).to_bytes(4, "little") + b"only this"], after_input=b"RECV")
    with scripted({"sync:": dying}) as server, pytest.raises(PhoneLost):
        server.transport.pull("/sdcard/x", deadline_s=5)


def test_a_pull_that_hangs_ends_at_its_deadline() -> None:
    with scripted({"sync:": Scene(hangs=True)}) as server, pytest.raises(DeadlineExceeded):
        server.transport.pull("/sdcard/x", deadline_s=0.3)


def test_a_chunk_longer_than_the_protocol_allows_is_a_failed_transfer() -> None:
    with (
        scripted({"sync:": Scene(sends=[b"DATA" + (1 << 31).to_bytes(4, "little")], hangs=True)}) as server,
        pytest.raises(TransferFailed, match="no part of the protocol"),
    ):
        server.transport.pull("/sdcard/x", deadline_s=5)


def test_an_answer_that_is_no_sync_protocol_is_a_failed_transfer() -> None:
    with (
        scripted({"sync:": Scene(sends=[b"HTTP/1.1 400 "])}) as server,
        pytest.raises(TransferFailed, match="no part of the protocol"),
    ):
        server.transport.pull("/sdcard/x", deadline_s=5)


def test_stat_without_version_2_knows_a_missing_file() -> None:
    with scripted({"sync:": Scene(sends=[b"STAT" + bytes(12)])}, features="cmd") as server:
        assert server.transport.stat("/sdcard/x") is None


def test_a_command_that_adb_cannot_carry_is_refused_before_it_is_sent() -> None:
    with scripted({}) as server:
        for command in ("echo \0", "x" * 70_000):
            with pytest.raises(ValueError, match="cannot carry"):
                server.transport.shell(command, deadline_s=5)
        assert {service.rpartition(":")[2] for service in server.services} == {"features"}
