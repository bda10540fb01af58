"""The phone's arm64 code in an emulator that counts: one fresh process a model file and core.

Everything that could move a count by an instruction is kept away from the process: it sees no environment,
and only relative paths of one length, whatever the folders are called here.
"""

import asyncio
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from android_runner.arm64.cores import Core, write_core
from harness.counts.measurement import Measurement, Report, read_measurement, read_output, read_report
from harness.counts.parts import Attribution
from harness.errors import SetupIncomplete, UnreadableModel
from harness.export.artifact import ExportedModel

LONGEST_S = 3600
"""A network of 1.8 G multiply-accumulates takes one minute here."""

LONGEST_REASON = 160
"""Of PyTorch's words, which for a missing operator go on for a page."""

LOADER = "ld-linux-aarch64.so.1"
"""That the process is started by, and finds the other libraries."""

_HOST, _PLUGIN, _MODEL, _INPUT, REPORT, OUTPUT = "host", "plugin.so", "model", "input", "report", "output"
_LIBRARIES, _CORE, COUNTED = "lib", "core", "counted"
_COULD_NOT_LOAD, _COULD_NOT_RUN, _COULD_NOT_WRITE = 3, 4, 74
HOST_NAME = "elbench-count"
"""What the counted program calls itself."""
_SAYS = f"{HOST_NAME}: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """The emulator, its plugin and all that a counted process is made of."""

    emulator: Path
    emulator_version: str
    """`qemu 7.2.22`."""
    plugin: Path
    host: Path
    """The arm64 program that runs the model."""
    libraries: Mapping[str, Path]
    """What it loads, by the name under which it looks for it."""
    runtime: str
    """All of this that decides a count, with hashes."""


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """One process' numbers and what it computed."""

    report: Report
    measurement: Measurement
    output: NDArray[np.float32]


async def count_once(counter: Counter, model: ExportedModel, core: Core) -> Counted:
    """Count one model file on one core, now.

    Raises:
        UnreadableModel: it does not load or run there.
        SetupIncomplete: the emulator does not work here.
    """
    with _scratch() as folder:
        try:
            lay_out(folder, counter, model, core)
        except OSError as error:
            raise _no_room(error.strerror or str(error)) from error
        await _run(command_line(counter, model, core), folder, model)
        return _read(folder, counter)


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder of one process' own."""
    try:
        scratch = tempfile.TemporaryDirectory(prefix="elbench-count-", ignore_cleanup_errors=True)
    except OSError as error:
        raise _no_room(error.strerror or str(error)) from error
    with scratch as folder:
        yield Path(folder)


def lay_out(folder: Path, counter: Counter, model: ExportedModel, core: Core) -> None:
    """Fill the folder that is the process' whole world."""
    write_core(core, folder / _CORE)
    (folder / COUNTED).mkdir()
    (folder / _LIBRARIES).mkdir()
    links = {_HOST: counter.host, _PLUGIN: counter.plugin, _MODEL: model.model_file, _INPUT: model.input_file}
    links |= {f"{_LIBRARIES}/{name}": file for name, file in counter.libraries.items()}
    for name, file in links.items():
        (folder / name).symlink_to(file.absolute())


def command_line(counter: Counter, model: ExportedModel, core: Core) -> list[str]:
    """What runs the process in the folder."""
    emulator = [str(counter.emulator), "-L", ".", "-cpu", core.cpu, "-E", f"ELBENCH_CORE={_CORE}"]
    plugin = ["-plugin", f"./{_PLUGIN},folder={COUNTED}"]
    program = [f"{_LIBRARIES}/{LOADER}", "--inhibit-cache", "--library-path", _LIBRARIES, f"./{_HOST}"]
    (spec,) = model.artifact.inputs
    inputs = ["x".join(map(str, spec.shape)), spec.memory_format, _INPUT]
    return [*emulator, *plugin, *program, _MODEL, REPORT, OUTPUT, *inputs]


async def _run(command: Sequence[str], folder: Path, model: ExportedModel) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise _no_emulator(str(error.strerror)) from error
    try:
        async with asyncio.timeout(LONGEST_S):
            _, said = await process.communicate()
    except TimeoutError as error:
        raise _unfit(model, f"computes nothing within {LONGEST_S} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    _require_success(process.returncode, said.decode(errors="replace"), model)


def _require_success(code: int | None, said: str, model: ExportedModel) -> None:
    """Tell apart what the model, the emulator and this machine are to blame for."""
    lines = said.splitlines()
    told = next((line.removeprefix(_SAYS) for line in lines if line.startswith(_SAYS)), "")[:LONGEST_REASON]
    crash = re.search(r"uncaught target signal (\d+)", said)
    if code == _COULD_NOT_LOAD:
        raise _unfit(model, f"does not load ({told})")
    if code == _COULD_NOT_RUN:
        raise _unfit(model, f"does not run ({told})")
    if crash:
        raise _unfit(model, f"ends the process that runs it ({signal.Signals(int(crash[1])).name})")
    if code == _COULD_NOT_WRITE:
        raise _no_room(told or (lines or [""])[-1])
    if code == -signal.SIGKILL:
        raise SetupIncomplete(
            "the emulator was killed",
            remedy="see whether the machine ran out of memory, then try again",
            where="counting",
        )
    if code != 0:
        raise _no_emulator(f"it ends with {code}: {told or (lines or ['not a word'])[-1][:200]}")


def _unfit(model: ExportedModel, cause: str) -> UnreadableModel:
    return UnreadableModel(
        f"{cause} in the phones' arm64 runtime",
        remedy="see `elbench preflight` on what the runtime takes",
        where=model.artifact.file_name,
    )


def _no_room(why: str) -> SetupIncomplete:
    return SetupIncomplete(
        f"what is counted cannot be written ({why})",
        remedy="set TMPDIR to a folder with 50 MB of room that can be written",
        where="counting",
    )


def _no_emulator(why: str) -> SetupIncomplete:
    return SetupIncomplete(
        f"the emulator does not run the arm64 libraries ({why})",
        remedy="run `make arm64`, or `python -m android_runner.arm64`",
        where="counting",
    )


def _read(folder: Path, counter: Counter) -> Counted:
    report = read_report(folder / REPORT)
    known = {HOST_NAME: counter.host, **counter.libraries}
    libraries = {base: known.get(Path(name).name) for base, name in report.libraries.items()}
    attribution = Attribution(libraries, report.functions)
    return Counted(
        report,
        read_measurement(folder / COUNTED, attribution, operators=len(report.operators)),
        read_output(folder / OUTPUT, report),
    )
