"""An adb server whose phone follows a script: for what no healthy phone shows, such as dying mid-answer."""

import contextlib
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from typing import Any

from harness.phone.connection import Address
from harness.phone.transport import Transport

SERIAL = "SCRIPTED 01"


@dataclass(frozen=True)
class Scene:
    """What the phone does with one service: optionally waits for input, then sends, then leaves or hangs."""

    sends: Sequence[bytes] = ()
    pause_s: float = 0.0
    """Between two sends."""
    hangs: bool = False
    after_input: bytes = b""
    """Sends only once this has arrived."""
    is_shell: bool = False
    """Runs the command after `shell:` on this machine and sends its output, as old phones do."""


@dataclass
class ScriptedServer:
    """Serves one phone; `scenes` are found by the beginning of the service's name."""

    scenes: Mapping[str, Scene]
    features: str = "shell_v2,stat_v2"
    refusal: bytes | None = None
    """With which `host:transport` is turned down."""
    services: list[str] = field(default_factory=list)
    """Every service that was asked for."""

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._open: list[socket.socket] = []
        self._threads[0].start()

    @property
    def transport(self) -> Transport:
        """The phone of the script."""
        return Transport(Address(*self._listener.getsockname()), SERIAL)

    def close(self) -> None:
        """Hang up everywhere and wait until every thread has ended."""
        self._stopping.set()
        for connection in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self._stopping.is_set():
                connection, _ = self._listener.accept()
                self._open.append(connection)
                self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, EOFError), connection.makefile("rb") as requests:
            while service := _next_service(requests.read(4), requests):
                self.services.append(service)
                if service.startswith("host:transport") and self.refusal is not None:
                    connection.sendall(b"FAIL" + _block(self.refusal))
                    return
                connection.sendall(b"OKAY")
                if service.endswith(":features"):
                    connection.sendall(_block(self.features.encode()))
                elif not service.startswith("host:transport"):
                    self._play(self._scene(service), service, connection, requests)
                    return

    def _scene(self, service: str) -> Scene:
        return next(scene for start, scene in self.scenes.items() if service.startswith(start))

    def _play(self, scene: Scene, service: str, connection: socket.socket, requests: BufferedReader) -> None:
        received = b""
        while scene.after_input not in received:
            received += requests.read1(65536) or _end()
        sends = [_output_of(service.removeprefix("shell:"))] if scene.is_shell else scene.sends
        for data in sends:
            connection.sendall(data)
            self._stopping.wait(scene.pause_s)
        if scene.hangs:
            self._stopping.wait()


@contextlib.contextmanager
def scripted(scenes: Mapping[str, Scene], **options: Any) -> Iterator[ScriptedServer]:
    """A scripted server for as long as the caller needs it."""
    server = ScriptedServer(scenes, **options)
    try:
        yield server
    finally:
        server.close()


def packet(kind: int, data: bytes) -> bytes:
    """A packet of shell v2."""
    return bytes([kind]) + len(data).to_bytes(4, "little") + data


def _next_service(length: bytes, requests: BufferedReader) -> str:
    return requests.read(int(length, 16)).decode() if len(length) == 4 else ""


def _output_of(command: str) -> bytes:
    ran = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return ran.stdout.replace(b"\n", b"\r\n")


def _block(data: bytes) -> bytes:
    return b"%04x" % len(data) + data


def _end() -> bytes:
    raise EOFError
