"""Whether many runs in a row against one virtual phone leave anything behind.

Runs the installed `elbench run` (engine `modelled`, one short launch) again and again, with an adb server, a
home and a folder for temporary files of its own, and compares what is there after the first runs with what
is there after the last: processes, file descriptors, listening ports, temporary files, files on the phone,
files in the cache, settings of the phone.

    python -m benchmarks.soak [RUNS]
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import adbutils

from harness.virtual.process import VirtualPhones

MODEL = "elnet_0.5"
RUNS_BEFORE = 2
"""Runs after which everything that is made once is there: folders, locks, the model on the phone."""
MARK = "ELBENCH_SOAK"
PLAN = f"""
models = ["{MODEL}"]
launches = 1
[warmup]
rule = "fixed"
min_iterations = 1
min_seconds = 0.0
[measure]
min_iterations = 3
min_seconds = 0.0
"""
SETTLED_S = 20.0
"""How long what ends by itself may take to end."""
PASSING = ("descriptors", "threads")
"""What may be on its way out while one looks: the adb server still holds the socket of a client that has just
ended after one look in twelve on a busy machine. So fewer than before is no leak; more is, if it stays."""


@dataclass(frozen=True)
class Left:
    """What is there between two runs."""

    processes: tuple[str, ...]
    """By their programs: the adb server, the phone and its zygote."""
    descriptors: tuple[str, ...]
    """Of all these processes: whose, and of what kind or to which file."""
    threads: tuple[str, ...]
    """Whose, and their names."""
    listening: tuple[str, ...]
    """Whose ports they listen on."""
    temporary_files: tuple[str, ...]
    phone_files: tuple[str, ...]
    phone_settings: tuple[str, ...]
    cache_files: tuple[str, ...]

    def leaks_since(self, before: "Left") -> dict[str, str]:
        """What is there now and was not before, or no more, by the name of its field."""
        changes = {field.name: self._changes_since(before, field.name) for field in fields(Left)}
        return {name: ", ".join(found) for name, found in changes.items() if found}

    def _changes_since(self, before: "Left", name: str) -> list[str]:
        was, now = Counter(getattr(before, name)), Counter(getattr(self, name))
        fewer = was - now if name not in PASSING else Counter[str]()
        return [f"{number:+} {what}" for what, number in [*(now - was).items(), *_negative(fewer).items()]]


def _negative(counted: Counter[str]) -> dict[str, int]:
    return {what: -number for what, number in counted.items()}


@dataclass(frozen=True)
class Soaked:
    """What many runs left behind, and how long one took."""

    runs: int
    median_run_s: float
    before: Left
    after: Left

    @property
    def leaks(self) -> dict[str, str]:
        """What is there now and was not before, or no more, by its name."""
        return self.after.leaks_since(self.before)


@dataclass(frozen=True)
class Bench:
    """One phone on one adb server, and the environment in which elbench meets them."""

    adb: Path
    serial: str
    environment: Mapping[str, str]
    folder: Path

    def run(self, number: int) -> float:
        """One whole run; how long it took, in seconds."""
        began_s = time.monotonic()
        command = ["run", "--plan", "plan.toml", "--device", self.serial, "--out", f"run-{number}"]
        elbench = Path(sys.executable).with_name("elbench")
        ran = subprocess.run(
            [elbench, *command], env=self.environment, cwd=self.folder, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
        return time.monotonic() - began_s

    def shell(self, line: str) -> str:
        """Run a command line on the phone."""
        command = [str(self.adb), "-s", self.serial, "shell", line]
        said = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return said.stdout

    def look(self) -> Left:
        """What is there at this moment."""
        programs = {pid: _program(pid) for pid in _marked(self.environment[MARK])}
        links = [(program, link) for pid, program in programs.items() for link in _descriptors(pid)]
        listening = _listening()
        phone = self.shell("find /data/local/tmp /sdcard -type f; ls -R /data/local/tmp/elbench")
        settings = self.shell("for n in global system secure; do echo [$n]; settings list $n; done")
        return Left(
            processes=tuple(sorted(programs.values())),
            descriptors=tuple(sorted(f"{program} {_kind(link)}" for program, link in links)),
            threads=tuple(
                sorted(f"{program} {name}" for pid, program in programs.items() for name in _threads(pid))
            ),
            listening=tuple(sorted(program for program, link in links if link in listening)),
            temporary_files=_files(Path(self.environment["TMPDIR"])),
            phone_files=tuple(sorted(phone.splitlines())),
            phone_settings=tuple(_settings(settings)),
            cache_files=_files(Path(self.environment["ELBENCH_CACHE"])),
        )


def left(look: Callable[[], Left]) -> Left:
    """What is there now, once two looks see the same."""
    until_s, seen = time.monotonic() + SETTLED_S, look()
    while time.monotonic() < until_s and (again := look()) != seen:
        seen = again
    return seen


def left_since(before: Left, look: Callable[[], Left], *, settled_s: float = SETTLED_S) -> Left:
    """What is there now, once nothing has leaked, or after so long that it will not end by itself."""
    until_s, seen = time.monotonic() + settled_s, look()
    while time.monotonic() < until_s and seen.leaks_since(before):
        seen = look()
    return seen


def _settings(text: str) -> Iterator[str]:
    """Each setting with its namespace, whose name stands above it in brackets."""
    namespace = ""
    for line in text.splitlines():
        if line.startswith("["):
            namespace = line
        else:
            yield f"{namespace} {line}"


def _marked(mark: str) -> Iterator[int]:
    """Processes that were started with this mark in their environment."""
    wanted = f"{MARK}={mark}".encode()
    for name in _names(Path("/proc")):
        with suppress(OSError):
            if name.isdecimal() and wanted in Path(f"/proc/{name}/environ").read_bytes().split(b"\0"):
                yield int(name)


def _program(pid: int) -> str:
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        modules = [word for word in words if word.startswith("harness.")]
        return (modules or [Path(words[0]).name])[0]
    return "gone"


def _descriptors(pid: int) -> list[str]:
    links = []
    for name in _names(Path(f"/proc/{pid}/fd")):
        with suppress(OSError):
            links.append(str(Path(f"/proc/{pid}/fd/{name}").readlink()))
    return links


def _kind(link: str) -> str:
    """`socket`, `pipe`, or which file."""
    kind, _, inode = link.partition(":[")
    return kind if inode.rstrip("]").isdecimal() else link


def _threads(pid: int) -> list[str]:
    names = []
    for name in _names(Path(f"/proc/{pid}/task")):
        with suppress(OSError):
            names.append(Path(f"/proc/{pid}/task/{name}/comm").read_text().strip())
    return names


def _listening() -> set[str]:
    """Links of all sockets that listen."""
    rows = [row.split() for name in ("tcp", "tcp6") for row in _rows(Path(f"/proc/net/{name}"))]
    return {f"socket:[{row[9]}]" for row in rows if row[3] == "0A"}


def _rows(table: Path) -> list[str]:
    return table.read_text().splitlines()[1:] if table.exists() else []


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []


def _files(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()))


@contextmanager
def bench(folder: Path, cache: Path) -> Iterator[Bench]:
    """A phone and an adb server, for as long as the caller needs them."""
    temporary = folder / "tmp"
    temporary.mkdir()
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    adb = Path(adbutils.__file__).parent / "binaries" / "adb"
    port = random.SystemRandom().randrange(10_000, 30_000)
    mark = {MARK: str(port)}
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("ADB_", "ANDROID_"))}
    environment = {
        **ours,
        **mark,
        "HOME": str(folder),
        "TMPDIR": str(temporary),
        "ELBENCH_CACHE": str(cache),
        "ADBUTILS_ADB_PATH": str(adb),
        "ADB_MDNS": "0",
        "ANDROID_ADB_SERVER_PORT": str(port),
    }
    with _marked_environment(mark), VirtualPhones.start(engine="modelled") as phones:
        [serial] = phones.addresses
        subprocess.run([adb, "connect", serial], env=environment, capture_output=True, check=True)
        try:
            yield Bench(adb, serial, environment, folder)
        finally:
            subprocess.run([adb, "kill-server"], env=environment, capture_output=True)


@contextmanager
def _marked_environment(mark: Mapping[str, str]) -> Iterator[None]:
    """Let processes that are started meanwhile bear the mark."""
    os.environ.update(mark)
    try:
        yield
    finally:
        for name in mark:
            del os.environ[name]


def soak(runs: int, folder: Path, cache: Path) -> Soaked:
    """Run elbench so many times and compare.

    Args:
        runs: how many, more than `RUNS_BEFORE`.
        folder: empty; runs and temporary files come here.
        cache: elbench's cache; with the model in it the first run is as short as the others.
    """
    with bench(folder, cache) as one:
        for number in range(RUNS_BEFORE):
            one.run(number)
        before = left(one.look)
        seconds = sorted(one.run(number) for number in range(RUNS_BEFORE, runs))
        after = left_since(before, one.look)
    return Soaked(runs, round(seconds[len(seconds) // 2], 2), before, after)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory(prefix="elbench-soak-") as name:
        folder = Path(name) / "runs"
        folder.mkdir()
        soaked = soak(runs, folder, Path(name) / "cache")
    after = replace(soaked.after, phone_settings=(), cache_files=(), phone_files=())
    said = {"runs": runs, "median_run_s": soaked.median_run_s, "leaks": soaked.leaks, "after": asdict(after)}
    print(json.dumps(said, indent=2))


if __name__ == "__main__":
    main()
