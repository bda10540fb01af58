"""A phone survives every host: nonsense ends a connection or is ignored, and nothing is left behind."""

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.virtual.adb.wire import HEADER, Command
from tests.virtual.in_process import PhoneHere, invented, phone_here
from tests.virtual.raw_host import BANNER, RawHost

PLAIN = BANNER.replace(b",delayed_ack", b"")
LENGTHS = st.sampled_from([0, 1, 4, 8, 1024, 1025, 65536, 65537, 1 << 31, 0xFFFFFFFF])
WORDS = st.sampled_from([0, 1, 2, 3, 0xFFFFFFFF])
SYNC_REQUESTS = [
    b"STAT",
    b"STA2",
    b"LST2",
    b"LIST",
    b"LIS2",
    b"SEND",
    b"SND2",
    b"RECV",
    b"RCV2",
    b"DATA",
    b"DONE",
]
SERVICES = [
    "", ":", "shell:", "shell,v2,raw:echo a", "shell,v2,pty:", "exec:cat", "sync:", "reverse:", "tcp:80",
    "reverse:forward:", "reverse:forward:tcp:1;tcp:2", "reverse:killforward:tcp:1", "reverse:list-forward",
    "localabstract:",
    "abb_exec:package\0install\0-S\0999999999", "jdwp", "track-jdwp", "tcpip:0", "tcpip:x", "dev:/dev/mem",
    "framebuffer:", "source:10", "sink:10", "root:", "remount:", "unknown:thing", "shell:" + "a" * 5000,
    "localfilesystem:/etc/passwd", "shell,v2:sh -c 'sh -c id'", "jdwp:1", "reboot-nothing:",
]  # fmt: skip
MESSAGES = st.tuples(st.sampled_from(list(Command)), WORDS, WORDS, st.binary(max_size=60))
OPENS = st.tuples(
    st.just(Command.OPEN), WORDS, st.just(0), st.sampled_from(SERVICES).map(lambda s: s.encode() + b"\0")
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneHere]:
    with phone_here(tmp_path_factory.mktemp("hostile"), invented()) as phone:
        yield phone


def assert_well(here: PhoneHere) -> None:
    """The phone still works, has no connection or task of a host that has gone, and no error was lost."""
    with RawHost(here.port) as host:
        host.greet(banner=PLAIN)
        assert host.all_of("shell:echo alive") == b"alive\n"
    until = time.monotonic() + 10
    while (here.connections or here.tasks() > 1) and time.monotonic() < until:
        pass
    assert here.connections == []
    assert here.tasks() == 1  # the one that serves
    assert here.problems == []


few = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few
@given(data=st.binary(max_size=200), greets=st.booleans())
def test_bytes_that_are_no_messages_end_the_connection(here: PhoneHere, data: bytes, greets: bool) -> None:
    with RawHost(here.port) as host:
        if greets:
            host.greet(banner=PLAIN)
        host.socket.sendall(data)
    assert_well(here)


@few
@given(messages=st.lists(MESSAGES | OPENS, max_size=12))
def test_messages_in_any_order_do_no_harm(
    here: PhoneHere, messages: list[tuple[int, int, int, bytes]]
) -> None:
    with RawHost(here.port) as host:
        host.greet(banner=PLAIN)
        with contextlib.suppress(ConnectionError):
            for message in messages:
                host.send(*message)
    assert_well(here)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_survives_a_host_that_leaves_at_once(here: PhoneHere, service: str) -> None:
    with RawHost(here.port) as host:
        host.greet(banner=PLAIN)
        host.send(Command.OPEN, 7, 0, service.encode() + b"\0")
        host.receive()
    assert_well(here)


def sync_answers(here: PhoneHere, data: bytes) -> None:
    with RawHost(here.port) as host:
        host.greet(banner=PLAIN)
        remote = host.open("sync:")
        assert remote
        with contextlib.suppress(ConnectionError):
            host.send(Command.WRTE, 1, remote, data)
            host.send(Command.CLSE, 1, remote)
            host.socket.shutdown(socket.SHUT_WR)
            with contextlib.suppress(EOFError):
                while True:
                    host.receive()


@few
@given(
    parts=st.lists(
        st.tuples(st.sampled_from(SYNC_REQUESTS), LENGTHS | st.integers(0, 20), st.binary(max_size=30)),
        max_size=6,
    )
)
def test_requests_for_files_may_lie_about_everything(
    here: PhoneHere, parts: list[tuple[bytes, int, bytes]]
) -> None:
    sync_answers(here, b"".join(kind + length.to_bytes(4, "little") + rest for kind, length, rest in parts))
    assert_well(here)


@few
@given(packets=st.lists(st.tuples(st.integers(0, 255), LENGTHS, st.binary(max_size=20)), max_size=6))
def test_packets_of_a_shell_may_lie_about_everything(
    here: PhoneHere, packets: list[tuple[int, int, bytes]]
) -> None:
    with RawHost(here.port) as host:
        host.greet(banner=PLAIN)
        remote = host.open("shell,v2,raw:cat")
        assert remote
        for packet_id, length, data in packets:
            host.send(Command.WRTE, 1, remote, bytes([packet_id]) + length.to_bytes(4, "little") + data)
    assert_well(here)


def test_a_host_that_never_reads_blocks_nobody_else(here: PhoneHere) -> None:
    with RawHost(here.port) as lazy:
        lazy.greet(banner=PLAIN)
        lazy.send(Command.OPEN, 1, 0, b"source:50000000\0")
        with RawHost(here.port) as host:
            host.greet(banner=PLAIN)
            assert host.all_of("shell:echo quick") == b"quick\n"
    assert_well(here)


def test_a_command_ends_soon_after_its_host_has_gone(here: PhoneHere) -> None:
    started = time.monotonic()
    with RawHost(here.port) as host:
        host.greet(banner=PLAIN)
        host.open("shell:sleep 60")
    assert_well(here)
    assert time.monotonic() - started < 10


def test_a_greeting_longer_than_the_largest_payload_is_taken(here: PhoneHere) -> None:
    with RawHost(here.port) as host:
        assert host.greet(max_payload=0, banner=PLAIN + b"," + b"x" * 8000).startswith(b"device::")


def test_a_header_alone_is_no_message(here: PhoneHere) -> None:
    with RawHost(here.port) as host:
        host.socket.sendall(HEADER.pack(Command.CNXN, 0, 0, 100, 0, Command.CNXN ^ 0xFFFFFFFF))
    assert_well(here)


@pytest.mark.parametrize(
    ("service", "answer"),
    [
        ("root:", b"adbd cannot run as root in production builds\n"),
        ("unroot:", b"adbd not running as root\n"),
        ("remount:", b'Not running as root. Try "adb root" first.\n'),
        ("disable-verity:", b"verity cannot be disabled/enabled - USER build\n"),
        ("tcpip:5555", b"restarting in TCP mode port: 5555\n"),
        ("tcpip:70000", b"invalid port 70000\n"),
        ("usb:", b"restarting in USB mode\n"),
        ("jdwp", b""),
        ("source:5", bytes(5)),
        ("exec:echo raw", b"raw\n"),
        ("abb_exec:package\0path\0com.android.shell", b"package:/system/app/com.android.shell/base.apk\n"),
        ("reverse:forward:tcp:1", b"FAIL0012bad forward: tcp:1"),
        ("reverse:list-forward", b"0000"),
    ],
)
def test_services_answer_in_adbds_words(here: PhoneHere, service: str, answer: bytes) -> None:
    with RawHost(here.port) as host:
        host.greet(banner=PLAIN)
        assert host.all_of(service) == answer


@pytest.mark.parametrize(
    "service", ["framebuffer:", "dev:/dev/mem", "tcp:22", "tcp:example.org:80", "jdwp:1", "what"]
)
def test_what_a_phone_does_not_have_is_refused(here: PhoneHere, service: str) -> None:
    with RawHost(here.port) as host:
        host.greet(banner=PLAIN)
        assert host.open(service) is None


def test_a_terminal_echoes_edits_and_ends(here: PhoneHere) -> None:
    with RawHost(here.port) as host:
        host.greet(banner=PLAIN)
        remote = host.open("shell:")
        assert remote
        host.send(Command.WRTE, 1, remote, b"echo hi!\x7f\rexit\r")
        said = b""
        while (message := host.receive())[0] != Command.CLSE:
            said += message[3]
            if message[0] == Command.WRTE:
                host.send(Command.OKAY, 1, remote)
        assert said == b"virtual:/ $ echo hi!\b \b\r\nhi\r\nvirtual:/ $ exit\r\n"
