"""The files that a request names, read with the app's rights and checked before anything trusts them."""

import hashlib
import json
import math
import stat
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from android_runner.contract import LONGEST_STATEMENT_BYTES, STATED_INPUTS, InputRequest, ModelRequest
from harness.virtual.system.filesystem import PhoneFiles, canonical

ITEM_BYTES = {"float32": 4}


def read(files: PhoneFiles, path: str) -> bytes:
    """A file's content, if the app may read it.

    The app is another user than the shell that pushed the file, so the file must be readable, and the
    folders above it searchable, by everybody.

    Raises:
        PermissionError: the push left modes with which an app cannot read the file.
        OSError: no such file.
    """
    for folder in PurePosixPath(canonical(path)).parents[:-3]:
        if not files.stat(str(folder)).st_mode & stat.S_IXOTH:
            raise PermissionError(f"the app may not enter {folder}: give the folder mode 0755")
    try:
        content = files.read(path)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"there is no file {path} on the phone: push it first") from error
    if not files.stat(path).st_mode & stat.S_IROTH:
        raise PermissionError(f"the app may not read {path}: push it with mode 0644")
    return content


def verified(files: PhoneFiles, wanted: ModelRequest) -> tuple[Path, str]:
    """The host path of a model file and its hash, which must be the one that the request states.

    Raises:
        ValueError: the file is not the one that was asked for, or is for other inputs.
        OSError: see `read`.
    """
    sha256 = hashlib.sha256(read(files, wanted.path)).hexdigest()
    if sha256 != wanted.sha256:
        raise ValueError(
            f"{wanted.path} has sha256 {sha256}, the request says {wanted.sha256}: the file arrived damaged, "
            "push it again"
        )
    file = files.host_path(wanted.path)
    _require_stated_inputs(wanted, file)
    return file, sha256


def _require_stated_inputs(wanted: ModelRequest, file: Path) -> None:
    """An optimised model computes silently on a wrong channel count, so what its file states counts."""
    statement = _statement(file)
    if statement is None:
        return
    try:
        stated = [one["shape"] for one in json.loads(statement)["inputs"]]
        takes = _listed(stated)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{wanted.name} states its inputs in a form that this runner does not know: export it again"
        ) from error
    gives = _listed(one.shape for one in wanted.inputs)
    if takes != gives:
        raise ValueError(
            f"{wanted.name} takes {takes} float32, the request gives {gives}: export it again for this "
            "shape, or request the right one"
        )


def _statement(file: Path) -> bytes | None:
    """What the file states of its inputs; None where it states nothing or is no archive."""
    try:
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                if entry.filename.endswith(STATED_INPUTS):
                    with archive.open(entry) as record:
                        return record.read(LONGEST_STATEMENT_BYTES)
    except zipfile.BadZipFile:
        pass  # the engine says more about a damaged archive
    return None


def _listed(shapes: Iterable[Sequence[int]]) -> str:
    return ", ".join("x".join(str(size) for size in shape) for shape in shapes)


def input_bytes(wanted: InputRequest) -> int:
    """Bytes of one input of the requested shape."""
    return math.prod(wanted.shape) * ITEM_BYTES[wanted.dtype]


def read_input(files: PhoneFiles, wanted: InputRequest) -> bytes:
    """The raw data of an input.

    Raises:
        ValueError: the file's size does not fit the shape.
        OSError: see `read`.
    """
    content = read(files, wanted.path)
    expected = input_bytes(wanted)
    if len(content) != expected:
        raise ValueError(
            f"{wanted.path} has {len(content)} bytes, an input of {_listed([wanted.shape])} {wanted.dtype} "
            f"has {expected}: "
            "push the input that belongs to the model"
        )
    return content
