"""The run directory on disk: what a run was (`run.json`), and its journals of launches and of evaluations.

Format version 2, described in docs/reference/run-directory.md. The journals are the truth: a line is written
and fsynced before the next launch starts; a line that a kill cut short is dropped when the run goes on.
"""

import fcntl
import json
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from harness.durable import write_durably
from harness.errors import BadRunDirectory, OutputFolderUnusable
from harness.results.records import Evaluation, LaunchRecord, Run

FORMAT_VERSION = 2
RUN_FILE = "run.json"
JOURNAL_FILE = "launches.jsonl"
EVALUATIONS_FILE = "evaluations.jsonl"
REPORT_FILE = "report.html"

_ROOM_BYTES = 64 * 1024 * 1024
_RUN = TypeAdapter(Run)
_LAUNCH = TypeAdapter(LaunchRecord)
_EVALUATION = TypeAdapter(Evaluation)
_Line = TypeVar("_Line")


def check_output_folder(path: Path) -> None:
    """Prove that results can be written to the existing folder `path`, before anything is computed.

    Raises:
        OutputFolderUnusable: it cannot be written, or its disk is nearly full.
    """
    try:
        probe = path / ".probe"
        write_durably(probe, b"elbench")
        probe.unlink()
        free_bytes = shutil.disk_usage(path).free
    except OSError as error:
        raise unusable(path, error) from error
    if free_bytes < _ROOM_BYTES:
        raise OutputFolderUnusable(
            f"its disk has {free_bytes // 1024**2} MiB left, {_ROOM_BYTES // 1024**2} are needed",
            remedy="make room or choose another folder",
            where=str(path),
        )


def check_empty(path: Path) -> None:
    """A new run needs a folder of its own.

    Raises:
        OutputFolderUnusable: there is something in it.
    """
    if any(path.iterdir()):
        raise OutputFolderUnusable(
            "is not empty",
            remedy="choose a new folder, or continue the run in it with --resume",
            where=str(path),
        )


def unusable(path: Path, error: OSError) -> OutputFolderUnusable:
    """The error for a folder that the operating system refuses to write."""
    return OutputFolderUnusable(
        f"cannot be written ({error.strerror})",
        remedy="make room, change its permissions, or choose another folder",
        where=str(path),
    )


class RunDirectory:
    """One run on disk.

    Appending is for the process inside `writing()`; reading needs nothing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._append_lock = threading.Lock()

    @classmethod
    def create(cls, path: Path, run: Run) -> Self:
        """Write `run.json` into a folder that `check_output_folder` has accepted."""
        try:
            write_durably(path / RUN_FILE, _encode({"format": FORMAT_VERSION, "run": run}))
            (path / JOURNAL_FILE).touch()
        except OSError as error:
            raise unusable(path, error) from error
        return cls(path)

    def run(self) -> Run:
        """Read `run.json`.

        Raises:
            BadRunDirectory: it is missing, damaged, or of another format version.
        """
        content = self._read_json()
        version = content.get("format")
        if version != FORMAT_VERSION:
            raise BadRunDirectory(
                f"{RUN_FILE} has format {version!r}, this elbench reads {FORMAT_VERSION}",
                remedy="use the elbench version that wrote it",
                where=str(self.path),
            )
        try:
            run = _RUN.validate_python(content.get("run"))
        except ValidationError as error:
            raise self._damaged(RUN_FILE, str(error.errors(include_url=False)[0]["msg"])) from error
        phones = {phone.phone_id for phone in run.phones}
        artifacts = {artifact.sha256 for artifact in run.artifacts}
        if any(r.phone_id not in phones or r.artifact_sha256 not in artifacts for r in run.schedule):
            raise self._damaged(RUN_FILE, "its schedule names a phone or a model that it does not describe")
        counted = [(count.artifact_sha256, count.core) for count in run.counts]
        if any(sha256 not in artifacts for sha256, _ in counted) or len(set(counted)) < len(counted):
            raise self._damaged(RUN_FILE, "it counts a model that it does not describe, or one twice")
        return run

    def launches(self) -> tuple[LaunchRecord, ...]:
        """Read the journal; a last line without its newline was cut short and does not count.

        Nor does a duet's line from which a kill has cut off the other one.

        Raises:
            BadRunDirectory: the journal is missing, or a whole line of it cannot be read.
        """
        try:
            content = (self.path / JOURNAL_FILE).read_bytes()
        except OSError as error:
            raise self._damaged(JOURNAL_FILE, error.strerror or str(error)) from error
        return _without_halves(self._lines(content, JOURNAL_FILE, _LAUNCH))

    def evaluations(self) -> tuple[Evaluation, ...]:
        """What became last of each model on each phone that was to evaluate it, in the order of the journal.

        None where nothing was evaluated, and in a run of an elbench that did not evaluate.

        Raises:
            BadRunDirectory: a whole line of the journal cannot be read.
        """
        try:
            content = (self.path / EVALUATIONS_FILE).read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._damaged(EVALUATIONS_FILE, error.strerror or str(error)) from error
        last: dict[tuple[str, str], Evaluation] = {}
        for one in self._lines(content, EVALUATIONS_FILE, _EVALUATION):
            last.pop((one.phone_id, one.artifact_sha256), None)
            last[one.phone_id, one.artifact_sha256] = one
        return tuple(last.values())

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the run for appending: one process at a time, the cut-short line of a killed one removed.

        Raises:
            BadRunDirectory: another process is measuring into this run.
        """
        with (self.path / JOURNAL_FILE).open("r+b") as journal:
            try:
                fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BadRunDirectory(
                    "another elbench is measuring into this run", remedy="wait for it", where=str(self.path)
                ) from error
            _drop_cut_short(journal)
            with suppress(FileNotFoundError), (self.path / EVALUATIONS_FILE).open("r+b") as evaluations:
                _drop_cut_short(evaluations)
            yield

    def append(self, *records: LaunchRecord) -> None:
        """Write what one process measured, a line a launch, and wait until the disk has it.

        Raises:
            OutputFolderUnusable: the disk is full or has gone; earlier launches are kept.
        """
        self._append(JOURNAL_FILE, b"\n".join(map(_LAUNCH.dump_json, records)))

    def append_evaluation(self, evaluation: Evaluation) -> None:
        """Write one evaluation and wait until the disk has it.

        Raises:
            OutputFolderUnusable: as `append`.
        """
        self._append(EVALUATIONS_FILE, _EVALUATION.dump_json(evaluation))

    def _append(self, name: str, line: bytes) -> None:
        try:
            with self._append_lock, (self.path / name).open("ab", buffering=0) as journal:
                _append_whole(journal.fileno(), line + b"\n")
        except OSError as error:
            raise unusable(self.path, error) from error

    def write_report(self, page: str) -> Path:
        """Write the HTML page beside the data."""
        return self._write(REPORT_FILE, page.encode())

    def _write(self, name: str, data: bytes) -> Path:
        try:
            write_durably(self.path / name, data)
        except OSError as error:
            raise unusable(self.path, error) from error
        return self.path / name

    def _read_json(self) -> dict[str, Any]:
        try:
            content = json.loads((self.path / RUN_FILE).read_bytes())
        except FileNotFoundError as error:
            raise BadRunDirectory(
                f"is no run directory (no {RUN_FILE} in it)",
                remedy="give the folder that `elbench run` named",
                where=str(self.path),
            ) from error
        except (OSError, ValueError, RecursionError) as error:
            raise self._damaged(RUN_FILE, str(error)) from error
        if not isinstance(content, dict):
            raise self._damaged(RUN_FILE, "it holds no JSON object")
        return content

    def _lines(self, content: bytes, name: str, kind: "TypeAdapter[_Line]") -> tuple[_Line, ...]:
        *lines, _cut_short = content.split(b"\n")
        return tuple(
            self._decode(f"{name} line {number}", line, kind) for number, line in enumerate(lines, 1)
        )

    def _decode(self, what: str, line: bytes, kind: "TypeAdapter[_Line]") -> _Line:
        try:
            return kind.validate_json(line)
        except ValidationError as error:
            raise self._damaged(what, str(error.errors(include_url=False)[0]["msg"])) from error

    def _damaged(self, what: str, why: str) -> BadRunDirectory:
        return BadRunDirectory(
            f"{what} cannot be read ({why})", remedy="restore it from a copy", where=str(self.path)
        )


def _encode(content: dict[str, Any]) -> bytes:
    return TypeAdapter(dict[str, Any]).dump_json(content, indent=1) + b"\n"


def _without_halves(records: Sequence[LaunchRecord]) -> tuple[LaunchRecord, ...]:
    """The records but those of a duet whose other one does not stand beside them."""
    neighbours = zip((None, *records), records, (*records[1:], None), strict=False)
    return tuple(
        record
        for before, record, after in neighbours
        if not record.request.beside or _are_a_duet(record, before) or _are_a_duet(record, after)
    )


def _are_a_duet(record: LaunchRecord, other: LaunchRecord | None) -> bool:
    """Whether one process measured both: of one attempt, start and place are the same."""
    if other is None:
        return False
    one, two = record.request, other.request
    return (one.artifact_sha256, one.phone_id, one.block, record.started_at) == (
        two.beside,
        two.phone_id,
        two.block,
        other.started_at,
    )


def _drop_cut_short(journal: BinaryIO) -> None:
    """Remove the line that a killed process did not finish."""
    journal.truncate(journal.read().rfind(b"\n") + 1)


def _append_whole(descriptor: int, line: bytes) -> None:
    """Append all of `line` or nothing: a full disk must leave no torn line for the next one to continue."""
    size_before = os.fstat(descriptor).st_size
    view = memoryview(line)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size_before)
        raise
