"""The installed command as a user calls it: with a HOME of its own and a private adb server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from harness.places import cache_folder, locked
from harness.virtual.process import VirtualPhones
from harness.virtual.profile import EngineName
from tests.conftest import PrivateAdb, bundled_adb, serving, shared_folder
from tests.virtual.apk import build_apk

COMMAND = Path(sys.executable).with_name("elbench")
MODEL = "elnet_0.5"
JOURNAL = "launches.jsonl"
FAST_PLAN = """
launches = 2
[warmup]
rule = "fixed"
min_iterations = 3
min_seconds = 0.0
[measure]
min_iterations = 10
min_seconds = 0.0
[limits]
reconnect_seconds = 3.0
"""


@dataclass(frozen=True)
class Elbench:
    """The command in one environment."""

    environment: dict[str, str]
    folder: Path
    plan: Path
    """A plan whose launches last a moment."""

    def __call__(self, *arguments: str, timeout_s: float = 240) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )

    def with_environment(self, **variables: str) -> "Elbench":
        """The same command with other variables."""
        return replace(self, environment={**self.environment, **variables})

    def measure(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`elbench run` with the short plan; must succeed."""
        ran = self("run", "--plan", str(self.plan), *arguments)
        assert ran.returncode == 0, ran.stderr
        return ran

    def measuring(self, launches: int, *arguments: str) -> AbstractContextManager["subprocess.Popen[str]"]:
        """`elbench run` with the short plan into the folder `run`, running."""
        plan = ("--plan", str(self.plan), "--launches", str(launches))
        return self.started("run", *plan, *arguments, "--out", "run")

    @contextmanager
    def started(self, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
        """The command, running; killed at the end if it still is."""
        with subprocess.Popen(
            [COMMAND, *arguments],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


def stop_after(process: "subprocess.Popen[str]", words: str, number: signal.Signals) -> tuple[str, str]:
    """Send a signal as soon as a line of stderr holds `words`; returns what the command still said."""
    assert process.stderr
    said = next((line for line in process.stderr if words in line), None)
    assert said is not None, f"it ended without saying {words!r}"
    process.send_signal(number)
    return process.communicate(timeout=60)


@pytest.fixture(scope="session")
def cache(adb: PrivateAdb, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of this process's own but for exported models, which all processes of this run share.

    The model that most tests measure is in it, so that no other test waits for its export.
    """
    shared = shared_folder(tmp_path_factory) / "exported"
    (shared / "artifacts").mkdir(parents=True, exist_ok=True)
    (shared / "lock").touch()
    cache = tmp_path_factory.mktemp("cache")
    for name in ("artifacts", "lock"):
        (cache / name).symlink_to(shared / name)
    folder = tmp_path_factory.mktemp("export")
    with locked(shared / "first"):
        exported = in_environment(adb, cache, folder)("export", MODEL, "--out", str(folder / "models"))
    assert exported.returncode == 0, exported.stderr
    return cache


@pytest.fixture(scope="session")
def adb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAdb]:
    """A server of these tests' own: they look at all the phones that it sees."""
    yield from serving(bundled_adb(), tmp_path_factory.mktemp("adb-home"))


def in_environment(adb: PrivateAdb, cache: Path, folder: Path) -> Elbench:
    plan = folder / "plan.toml"
    plan.write_text(f'models = ["{MODEL}"]\n{FAST_PLAN}', encoding="utf-8")
    environment = {
        **adb.environment,
        "HOME": str(folder),
        "ELBENCH_CACHE": str(cache),
        "ADBUTILS_ADB_PATH": str(adb.binary),
        "MPLCONFIGDIR": str(cache / "matplotlib"),  # its list of fonts takes longer than a page
    }
    return Elbench(environment, folder, plan)


@pytest.fixture
def elbench(adb: PrivateAdb, cache: Path, tmp_path: Path) -> Elbench:
    return in_environment(adb, cache, tmp_path)


@pytest.fixture
def elbench_with_each_adb(each_adb: PrivateAdb, cache: Path, tmp_path: Path) -> Elbench:
    return in_environment(each_adb, cache, tmp_path)


@contextmanager
def connected_phones(
    adb: PrivateAdb, count: int, *, engine: EngineName = "modelled", **options: object
) -> Iterator[tuple[str, ...]]:
    """Virtual phones that this adb server sees, for as long as the caller needs them."""
    with VirtualPhones.start(engine=engine, count=count, **options) as phones:
        for address in phones.addresses:
            said = adb.run("connect", address)
            assert "connected" in said.stdout, said
        yield phones.addresses
        for address in phones.addresses:
            adb.run("disconnect", address)


def journal(run: Path) -> list[dict[str, Any]]:
    """The lines of a run's journal."""
    return [json.loads(line) for line in (run / JOURNAL).read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def small_apk(tmp_path: Path) -> Path:
    """An APK of the package com.example.small."""
    file = tmp_path / "small.apk"
    file.write_bytes(build_apk("com.example.small"))
    return file


@pytest.fixture
def counting(elbench: Elbench, cache: Path) -> Elbench:
    """The command with what `make arm64` set up for this user."""
    kit = cache / "arm64"
    if not kit.exists():
        kit.symlink_to(cache_folder(os.environ) / "arm64")
    return elbench
