"""A virtual phone as a real adb server sees it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import PrivateAdb


@dataclass(frozen=True)
class ConnectedPhone:
    """One phone on one adb server."""

    adb: PrivateAdb
    serial: str

    def run(self, *arguments: str, timeout_s: float = 60) -> "subprocess.CompletedProcess[str]":
        """Call the adb client for this phone."""
        return self.adb.run("-s", self.serial, *arguments, timeout_s=timeout_s)

    def shell(self, line: str, *, timeout_s: float = 60) -> "subprocess.CompletedProcess[str]":
        """Run a command line on the phone."""
        return self.run("shell", line, timeout_s=timeout_s)

    def push(self, local: Path, remote: str) -> "subprocess.CompletedProcess[str]":
        """Send a file."""
        return self.run("push", str(local), remote)

    def pull(self, remote: str, local: Path) -> "subprocess.CompletedProcess[str]":
        """Fetch a file."""
        return self.run("pull", remote, str(local))

    def client(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start the adb client without waiting for it."""
        return subprocess.Popen(
            [self.adb.binary, "-P", str(self.adb.port), "-s", self.serial, *arguments],
            env=self.adb.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


def connect(adb: PrivateAdb, address: str) -> ConnectedPhone:
    """Connect an adb server to a phone."""
    answer = adb.run("connect", address)
    assert "connected to" in answer.stdout, answer.stdout
    return ConnectedPhone(adb, address)
