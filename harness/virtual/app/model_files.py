"""The files that a request names, read with the app's rights and checked before anything trusts them."""

import hashlib
import math
import stat
from pathlib import Path, PurePosixPath

from android_runner.contract import InputRequest, ModelRequest
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
        ValueError: the file is not the one that was asked for.
        OSError: see `read`.
    """
    sha256 = hashlib.sha256(read(files, wanted.path)).hexdigest()
    if sha256 != wanted.sha256:
        raise ValueError(
            f"{wanted.path} has sha256 {sha256}, the request says {wanted.sha256}: the file arrived damaged, "
            "push it again"
        )
    return files.host_path(wanted.path), sha256


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
        shape = "x".join(str(size) for size in wanted.shape)
        raise ValueError(
            f"{wanted.path} has {len(content)} bytes, an input of {shape} {wanted.dtype} has {expected}: "
            "push the input that belongs to the model"
        )
    return content
