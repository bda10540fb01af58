"""What all tests share: private adb servers, so that no test meets the user's own server or phones."""

import gc
import os
import random
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import adbutils
import pytest
from hypothesis import settings

# How long one example takes tells nothing on a busy machine, and the first may import scipy.
settings.register_profile("elbench", deadline=None)
settings.load_profile("elbench")


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives to the end: thousands of tests, and all that they import.

    Each full collection, as before a warm-up, would look at it for 0.4 s.
    """
    gc.collect()
    gc.freeze()


@dataclass(frozen=True)
class PrivateAdb:
    """A running adb server of the tests' own."""

    binary: Path
    port: int
    environment: dict[str, str]

    def run(self, *arguments: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
        """Call the adb client against this server."""
        return subprocess.run(
            [self.binary, "-P", str(self.port), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )


def bundled_adb() -> Path:
    """The adb 36 that adbutils ships."""
    return Path(adbutils.__file__).parent / "binaries" / "adb"


def system_adb() -> Path:
    """Debian's adb 29, which the set-up installs; a missing one is a failure, not a skip."""
    found = shutil.which("adb", path="/usr/bin:/usr/lib/android-sdk/platform-tools")
    if found is None:
        pytest.fail("Debian's adb is missing; `make test` installs it (package adb)")
    return Path(found)


def free_port() -> int:
    """A port that nobody listens on now.

    It is none of those that Linux gives to outgoing connections: a client that finds nobody listening on such
    a one can be given that very port, and then talks to itself.
    """
    lowest_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.SystemRandom().randrange(10_000, lowest_outgoing)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def serving(binary: Path, home: Path) -> Iterator[PrivateAdb]:
    """Run a private adb server for as long as the caller needs it."""
    port = free_port()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("ADB_", "ANDROID_"))},
        "HOME": str(home),
        "ANDROID_ADB_SERVER_PORT": str(port),
        "ADB_MDNS": "0",
        "TMPDIR": str(home),
    }
    adb = PrivateAdb(binary, port, environment)
    started = adb.run("start-server")
    assert started.returncode == 0, started.stderr
    try:
        yield adb
    finally:
        adb.run("kill-server")


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run share, for what takes long to make."""
    run = factory.getbasetemp()
    return run.parent if run.name.startswith("popen-") else run  # of one of several processes


@pytest.fixture(scope="session")
def adb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAdb]:
    """A private server of the bundled adb."""
    yield from serving(bundled_adb(), tmp_path_factory.mktemp("adb-home"))


@pytest.fixture(scope="session", params=["adb36", "adb29"])
def each_adb(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrivateAdb]:
    """A private server of each adb that users have: the bundled one and Debian's."""
    binary = bundled_adb() if request.param == "adb36" else system_adb()
    yield from serving(binary, tmp_path_factory.mktemp(f"{request.param}-home"))
