"""One phone through the adb server: commands, output lines and files, each call bounded and accounted for.

Each call has a `connection` of its own, so a Transport may be used from several threads. The formats on the
wire are in `shell_protocol` and `sync_protocol`; the adb server itself is `server`'s business.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from harness.errors import CommandFailed, TransferFailed
from harness.phone import sync_protocol
from harness.phone.connection import Address, Connection
from harness.phone.deadline import Deadline
from harness.phone.shell_protocol import (
    Piece,
    ShellAnswer,
    collect,
    marked_pieces,
    quoted,
    stdout_lines,
    v2_pieces,
    with_exit_marker,
)
from harness.phone.sync_protocol import CHUNK_BYTES, RemoteFile

__all__ = ["RemoteFile", "ShellAnswer", "Transport", "quoted"]

_LONGEST_SERVICE_BYTES = 0xFFFF


class Transport:
    """A phone, by its serial. Making one does nothing yet.

    Besides what its docstring names, each call can raise PhoneNotReady (the phone lets nobody in any more)
    and AdbServerUnavailable.
    """

    def __init__(self, address: Address, serial: str) -> None:
        self._address = address
        self.serial = serial
        self._known_features: frozenset[str] | None = None

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        """Run a command line, whatever its exit code.

        Raises:
            PhoneLost: the phone went away; its output so far is no answer.
            DeadlineExceeded: the command had not ended after `deadline_s`.
        """
        with self._shell(command, Deadline(deadline_s)) as pieces:
            return collect(pieces)

    def check(self, command: str, *, deadline_s: float) -> str:
        """Run a command line that must exit with 0, and return its stdout.

        Raises:
            CommandFailed: another exit code.
            PhoneLost, DeadlineExceeded: as `shell`.
        """
        answer = self.shell(command, deadline_s=deadline_s)
        self._require_success(command, answer)
        return answer.stdout

    def lines(self, command: str, *, deadline_s: float, silence_s: float) -> Iterator[str]:
        """Stream the stdout of a command line by lines; leaving early closes the connection.

        Raises:
            CommandFailed: after the last line, an exit code other than 0.
            DeadlineExceeded: not ended after `deadline_s`, or nothing arrived for `silence_s`.
            PhoneLost: the phone went away; the lines so far are not all.
        """
        with self._shell(command, Deadline(deadline_s, silence_s=silence_s)) as pieces:
            answer = yield from stdout_lines(pieces)
        self._require_success(command, answer)

    def push(self, data: bytes | Path, remote: str, *, mode: int = 0o644, deadline_s: float) -> None:
        """Write bytes or a local file to a path on the phone; missing folders are made.

        Raises:
            TransferFailed: the phone refused (with its message), or the local file cannot be read.
            PhoneLost, DeadlineExceeded: as `shell`.
        """
        with self._sync(f"push {remote}", Deadline(deadline_s)) as channel:
            sync_protocol.send(channel, _chunks(data), remote, mode=mode, mtime_s=int(time.time()))

    def pull(self, remote: str, *, deadline_s: float) -> bytes:
        """Read a file of the phone.

        Raises:
            TransferFailed: the phone refused, with its message; a missing file is one.
            PhoneLost, DeadlineExceeded: as `shell`.
        """
        with self._sync(f"pull {remote}", Deadline(deadline_s)) as channel:
            return b"".join(sync_protocol.receive(channel, remote))

    def stat(self, remote: str, *, deadline_s: float = 20) -> RemoteFile | None:
        """What lies at a path of the phone, or None if nothing does.

        Raises:
            TransferFailed: the phone does not let us look.
            PhoneLost, DeadlineExceeded: as `shell`.
        """
        deadline = Deadline(deadline_s)
        version_2 = "stat_v2" in self._features(deadline)
        with self._sync(f"stat {remote}", deadline) as channel:
            return sync_protocol.stat(channel, remote, version_2=version_2)

    @contextmanager
    def _shell(self, command: str, deadline: Deadline) -> Iterator[Iterator[Piece]]:
        if "shell_v2" in self._features(deadline):
            with self._service(f"shell,v2,raw:{command}", command, deadline) as connection:
                yield v2_pieces(connection)
        else:
            marker = secrets.token_hex(8)
            marked = f"shell:{with_exit_marker(command, marker)}"
            with self._service(marked, command, deadline) as connection:
                yield marked_pieces(connection, marker)

    @contextmanager
    def _sync(self, doing: str, deadline: Deadline) -> Iterator[Connection]:
        with self._service("sync:", doing, deadline) as connection:
            yield connection

    @contextmanager
    def _service(self, service: str, doing: str, deadline: Deadline) -> Iterator[Connection]:
        if "\0" in service or len(service.encode()) > _LONGEST_SERVICE_BYTES:
            raise ValueError(f"adb cannot carry this command: {doing[:100]!r}")
        with closing(self._connect(doing, deadline)) as connection:
            connection.request(f"host:transport:{self.serial}")
            connection.request(service)
            yield connection

    def _features(self, deadline: Deadline) -> frozenset[str]:
        if self._known_features is None:
            with closing(self._connect("features", deadline)) as connection:
                connection.request(f"host-serial:{self.serial}:features")
                self._known_features = frozenset(connection.read_block().split(","))
        return self._known_features

    def _connect(self, doing: str, deadline: Deadline) -> Connection:
        return Connection(self._address, deadline, doing=doing, place=self.serial)

    def _require_success(self, command: str, answer: ShellAnswer) -> None:
        if answer.exit_code:
            said = " ".join((answer.stderr or answer.stdout).split())[-300:] or "no output"
            raise CommandFailed(
                f"`{command}` exited with {answer.exit_code}: {said}",
                remedy="run it with `adb shell` to see more",
                where=self.serial,
            )


def _chunks(data: bytes | Path) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield from (data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES))
        return
    try:
        with data.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise TransferFailed(
            f"{data} cannot be read ({error.strerror})", remedy="check the file", where=str(data)
        ) from error
