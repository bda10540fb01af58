"""The adb server that elbench talks to: found, started if need be, asked for its phones.

What is done with one phone is `transport`'s business, what a phone's state means `discovery`'s.
"""

import importlib.util
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import AdbServerUnavailable, CommandFailed, PhoneError, PhoneNotReady
from harness.phone.connection import Address, Connection
from harness.phone.deadline import Deadline
from harness.phone.transport import Transport

_ANSWER_S = 5.0
_START_S = 30.0
# `adb connect` itself gives up on a silent phone after 10 s.
_CONNECT_S = 15.0
_LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class ListedPhone:
    """A line of `adb devices -l`."""

    serial: str
    """May contain spaces."""
    state: str
    """As adb says it: `device`, `unauthorized`, `offline`, `no permissions (…)`, …"""
    details: Mapping[str, str] = field(default_factory=dict)
    """`usb`, `product`, `model`, `device`, `transport_id`, as far as adb knows them."""


@dataclass(frozen=True, slots=True)
class AdbServer:
    """An adb server, running or not."""

    host: str
    port: int
    adb_path: Path
    """The adb program that starts it."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "AdbServer":
        """The server that adb itself would use with these variables.

        Raises:
            AdbServerUnavailable: a variable that cannot be understood.
        """
        host, port = _address(environ)
        return cls(host=host, port=port, adb_path=_find_adb(environ))

    @property
    def is_local(self) -> bool:
        """Whether it runs on this computer, so that its phones are plugged in here."""
        return self.host in _LOCAL

    def start(self) -> None:
        """Start the server if it is a local one that does not run yet.

        Raises:
            AdbServerUnavailable: it cannot be started or reached, or something else holds its port.
        """
        try:
            self._require_adb()
        except AdbServerUnavailable as error:
            if not self.is_local or not isinstance(error.__cause__, ConnectionRefusedError):
                raise
            self._launch_or_find()

    def devices(self) -> tuple[ListedPhone, ...]:
        """Every phone that the server sees, usable or not.

        Raises:
            AdbServerUnavailable: it does not answer, or not to the end.
        """
        try:
            return parse_devices(self._ask("host:devices"), self._ask("host:devices-l"))
        except PhoneError as error:
            raise AdbServerUnavailable(
                f"the adb server does not list its phones: {error.cause}",
                remedy="end it with `adb kill-server`, then run again",
                where=self._place,
            ) from error

    def connect(self, address: str) -> None:
        """Connect to a phone at `host:port`, as `adb connect` does.

        Raises:
            PhoneNotReady: nothing there, or it does not let us in.
        """
        answer = self._ask(f"host:connect:{address}", _CONNECT_S)
        if not answer.startswith(("connected to", "already connected to")):
            raise PhoneNotReady(
                answer.strip() or "the adb server gave no reason",
                remedy="check the address and that wireless debugging is on, then connect again",
                where=address,
            )

    def disconnect(self, address: str) -> None:
        """Disconnect a phone at `host:port`; one that is not connected is left alone."""
        try:
            self._ask(f"host:disconnect:{address}")
        except CommandFailed:
            return

    def transport(self, serial: str) -> Transport:
        """A phone by its serial, whether it is there or not."""
        return Transport(Address(self.host, self.port), serial)

    def _ask(self, service: str, limit_s: float = _ANSWER_S) -> str:
        address = Address(self.host, self.port)
        with closing(Connection(address, Deadline(limit_s), doing=service, place=self._place)) as connection:
            connection.request(service)
            return connection.read_block()

    @property
    def _place(self) -> str:
        return f"{self.host}:{self.port}"

    def _require_adb(self) -> None:
        try:
            int(self._ask("host:version"), 16)
        except (PhoneError, ValueError) as error:
            raise AdbServerUnavailable(
                "something that is no adb server answers on this port",
                remedy="end that program, or choose another port with ANDROID_ADB_SERVER_PORT",
                where=self._place,
            ) from error

    def _launch_or_find(self) -> None:
        """Of two programs that start a server at once one fails, and finds that of the other."""
        try:
            self._launch()
        except AdbServerUnavailable as failure:
            try:
                self._require_adb()
            except AdbServerUnavailable:
                raise failure from failure.__cause__
        else:
            self._require_adb()

    def _launch(self) -> None:
        command = [str(self.adb_path), "-P", str(self.port), "start-server"]
        try:
            started = subprocess.run(command, capture_output=True, text=True, timeout=_START_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise self._not_started(str(error)) from error
        if started.returncode:
            raise self._not_started(started.stderr or f"exit code {started.returncode}")

    def _not_started(self, said: str) -> AdbServerUnavailable:
        return AdbServerUnavailable(
            f"the adb server cannot be started: {' '.join(said.split())[-300:]}",
            remedy="install Android's platform-tools, or name a working adb in ADBUTILS_ADB_PATH",
            where=str(self.adb_path),
        )


def parse_devices(short: str, long: str) -> tuple[ListedPhone, ...]:
    """Read the answers of `host:devices` (serial TAB state) and `host:devices-l` (columns, with details).

    Serials and states may contain spaces, so only the short form can be split; the long one adds details.
    """
    pairs = [line.split("\t", 1) for line in short.splitlines() if "\t" in line]
    return tuple(ListedPhone(serial, state, _details(serial, state, long)) for serial, state in pairs)


def _details(serial: str, state: str, long: str) -> dict[str, str]:
    for line in long.splitlines():
        rest = line.removeprefix(serial).lstrip()
        if line.startswith(f"{serial} ") and rest.startswith(state):
            words = (word.partition(":") for word in rest.removeprefix(state).split())
            return {key: value for key, colon, value in words if colon}
    return {}


def _address(environ: Mapping[str, str]) -> Address:
    """As adb does: ADB_SERVER_SOCKET before the others. The adb library of others reads …_HOST."""
    wanted = environ.get("ADB_SERVER_SOCKET", "")
    if wanted:
        kind, _, rest = wanted.partition(":")
        host, _, port = rest.rpartition(":")
        if kind != "tcp":
            raise _bad_variable("ADB_SERVER_SOCKET", wanted)
        return Address(host.strip("[]") or "127.0.0.1", _port("ADB_SERVER_SOCKET", port))
    host = environ.get("ANDROID_ADB_SERVER_ADDRESS") or environ.get("ANDROID_ADB_SERVER_HOST") or "127.0.0.1"
    name = "ANDROID_ADB_SERVER_PORT"
    return Address(host, _port(name, environ.get(name) or "5037"))


def _port(variable: str, text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise _bad_variable(variable, text)
    return int(text)


def _bad_variable(variable: str, value: str) -> AdbServerUnavailable:
    return AdbServerUnavailable(
        f"{value!r} is not understood",
        remedy="give a port from 1 to 65535, or tcp:HOST:PORT for ADB_SERVER_SOCKET",
        where=variable,
    )


def _find_adb(environ: Mapping[str, str]) -> Path:
    """The adb that ADBUTILS_ADB_PATH names, else the one on PATH, else the one that adbutils brings."""
    named = environ.get("ADBUTILS_ADB_PATH") or shutil.which("adb", path=environ.get("PATH"))
    if named:
        return Path(named)
    package = importlib.util.find_spec("adbutils")
    if package is None or package.origin is None:
        raise AdbServerUnavailable("no adb is installed", remedy="install Android's platform-tools")
    return Path(package.origin).parent / "binaries" / "adb"
