"""A model file that the caller brought, told from everything else that people pass for one.

Only bytes are looked at: nothing is unpickled and torch is not loaded.
"""

import io
import lzma
import stat
import zipfile
import zlib
from pathlib import Path
from typing import Literal

from harness.errors import UnreadableModel

SUFFIXES = (".ptl", ".pt", ".pth", ".pte")

_TO_LITE = "export it with optimize_for_mobile and _save_for_lite_interpreter, or measure a catalogue model"
_EXPORT = "export it with `elbench export` first"
_TO_NETWORK = "name its network, as in elnet_1.0@weights=FILE or package.module:function@weights=FILE"
_AGAIN = "copy or export it again"
_DAMAGES = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError)
"""What `zipfile` raises for damaged archives: its own error, and whatever the parts that it is made of do."""


def looks_like_file(thing: str) -> bool:
    """Whether a person who writes this means a file."""
    try:
        return "/" in thing or thing.endswith(SUFFIXES) or Path(thing).exists()
    except OSError:  # longer than any file name
        return False


Kind = Literal["lite", "torchscript", "executorch"]
"""`lite` has the bytecode that phones run; TorchScript must be exported first; `executorch` is a `.pte`."""


def read_model_file(path: Path) -> tuple[Kind, bytes]:
    """The bytes of a `.pte`, or of a whole `.ptl` or TorchScript archive, and which of them it is.

    Raises:
        UnreadableModel: anything else, told apart in one line.
    """
    data = read_bytes(path)
    return kind_of(path, data), data


def read_bytes(path: Path) -> bytes:
    """What a file holds, whatever it is.

    Raises:
        UnreadableModel: it is not there, cannot be read, or is not a regular file.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise _refusal(path, "is a folder, not a model file", "name a .ptl file in it")
        if not stat.S_ISREG(mode):
            raise _refusal(path, "is not a regular file", "name a .ptl file")
        return path.read_bytes()
    except FileNotFoundError:
        raise _refusal(path, "there is no such file", "check the path") from None
    except (OSError, ValueError) as error:
        raise _refusal(path, f"cannot be read ({error})", "check the path and its permissions") from error


def require_model(path: Path, data: bytes) -> None:
    """Refuse what is no whole `.ptl` archive.

    Raises:
        UnreadableModel: it is something else, told apart in one line.
    """
    kind = kind_of(path, data)
    if kind == "executorch":
        raise _refusal(path, "is an ExecuTorch program", "give the model's PyTorch Mobile .ptl instead")
    if kind == "torchscript":
        raise _refusal(path, "is TorchScript without the bytecode that phones run", _EXPORT)


def kind_of(path: Path, data: bytes) -> Kind:
    """Which kind of program a whole archive is.

    Raises:
        UnreadableModel: it is something else, told apart in one line.
    """
    if data[4:6] == b"ET":
        return "executorch"
    _require_zip(path, data)
    return _kind(path, data)


def _require_zip(path: Path, data: bytes) -> None:
    if not data:
        raise _refusal(path, "is empty", _AGAIN)
    if data[4:8] == b"PTMF":
        raise _refusal(path, "is in the flatbuffer form of PyTorch Mobile", "save it as a zip .ptl instead")
    if data[:1] == b"\x80":
        raise _refusal(path, "is a pickle, which may run any code and is never loaded", _TO_LITE)
    if not data.startswith(b"PK\x03\x04"):
        raise _refusal(path, "is no model: it has not even the form of a zip archive", _TO_LITE)


def _kind(path: Path, data: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            records = {name.partition("/")[2] for name in archive.namelist()}
            damaged = archive.testzip()
    except _DAMAGES as error:
        raise _refusal(path, f"is damaged or cut short ({error})", _AGAIN) from error
    if damaged is not None:
        raise _refusal(path, "is damaged: a record does not match its checksum", _AGAIN)
    if "bytecode.pkl" in records:
        return "lite"
    if "constants.pkl" in records:
        return "torchscript"
    if "data.pkl" in records:
        raise _refusal(path, "holds pickled weights, not a program", _TO_NETWORK)
    raise _refusal(path, "is a zip archive, but no model", _TO_LITE)


def holds_bytecode(data: bytes) -> bool:
    """Whether these are the bytes of a `.ptl`, whole or not."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(name.endswith("/bytecode.pkl") for name in archive.namelist())
    except _DAMAGES:
        return False


def _refusal(path: Path, cause: str, remedy: str) -> UnreadableModel:
    return UnreadableModel(cause, remedy=remedy, where=str(path))
