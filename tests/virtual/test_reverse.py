"""Ports and sockets between host and phone, in both directions, through real adb servers."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.conftest import free_port
from tests.virtual.connected import ConnectedPhone


@dataclass
class EchoServer:
    """A server on the computer, which says everything again."""

    port: int


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(client,), daemon=True).start()

    def answer(client: socket.socket) -> None:
        with client:
            while data := client.recv(65536):
                client.sendall(data)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield EchoServer(listener.getsockname()[1])
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(10)


@pytest.fixture
def bare_phone(each_phone: ConnectedPhone) -> Iterator[ConnectedPhone]:
    """A phone without reversed or forwarded sockets, before and after."""
    yield each_phone
    each_phone.run("reverse", "--remove-all")
    each_phone.run("forward", "--remove-all")


def said_back(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(data)
        got = b""
        while len(got) < len(data) and (more := client.recv(65536)):
            got += more
        return got


@pytest.mark.parametrize("on_phone", ["tcp:8081", "localabstract:elbench echo"])
def test_bytes_go_to_the_phone_and_back_to_the_computer_by_two_sockets(
    bare_phone: ConnectedPhone, echo: EchoServer, on_phone: str
) -> None:
    local = free_port()
    assert bare_phone.run("reverse", on_phone, f"tcp:{echo.port}").returncode == 0
    assert bare_phone.run("forward", f"tcp:{local}", on_phone).returncode == 0
    data = bytes(range(256)) * 2000
    assert said_back(local, data) == data
    assert said_back(local, b"again") == b"again"


def test_reversed_sockets_are_listed_rebound_and_removed(bare_phone: ConnectedPhone) -> None:
    bare_phone.run("reverse", "tcp:8081", "tcp:9001")
    bare_phone.run("reverse", "tcp:8082", "tcp:9002")
    assert bare_phone.run("reverse", "--list").stdout.split("\n")[:2] == [
        "host-1 tcp:8081 tcp:9001",
        "host-1 tcp:8082 tcp:9002",
    ]
    again = bare_phone.run("reverse", "--no-rebind", "tcp:8081", "tcp:9003")
    assert (again.returncode, "cannot rebind existing socket" in again.stderr) == (1, True)
    assert bare_phone.run("reverse", "tcp:8081", "tcp:9003").returncode == 0
    assert "tcp:8081 tcp:9003" in bare_phone.run("reverse", "--list").stdout
    assert bare_phone.run("reverse", "--remove", "tcp:8082").returncode == 0
    missing = bare_phone.run("reverse", "--remove", "tcp:8082")
    assert (missing.returncode, "listener 'tcp:8082' not found" in missing.stderr) == (1, True)
    bare_phone.run("reverse", "--remove-all")
    assert bare_phone.run("reverse", "--list").stdout.strip() == ""


def test_a_free_port_is_chosen_and_told(bare_phone: ConnectedPhone) -> None:
    chosen = bare_phone.run("reverse", "tcp:0", "tcp:9001").stdout.strip()
    assert f"tcp:{chosen} tcp:9001" in bare_phone.run("reverse", "--list").stdout
    assert 32768 <= int(chosen) < 61000


def test_a_phone_never_reaches_the_computers_own_ports(bare_phone: ConnectedPhone, echo: EchoServer) -> None:
    local = free_port()
    bare_phone.run("forward", f"tcp:{local}", f"tcp:{echo.port}")
    assert said_back(local, b"is anybody there?") == b""


def test_a_host_that_does_not_answer_leaves_the_phone_well(bare_phone: ConnectedPhone) -> None:
    local, nobody = free_port(), free_port()
    bare_phone.run("reverse", "tcp:8081", f"tcp:{nobody}")
    bare_phone.run("forward", f"tcp:{local}", "tcp:8081")
    assert said_back(local, b"hello?") == b""
    assert bare_phone.shell("echo alive").stdout == "alive\n"
