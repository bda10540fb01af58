"""An exported model as it lies on this machine: its record, its files and what it must compute."""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import OutputFolderUnusable
from harness.results.records import Artifact

LONGEST_STEM = 80


@dataclass(frozen=True, slots=True, eq=False)
class ProvedModel:
    """A model that was exported and proved, still in memory."""

    artifact: Artifact
    """What is known of the model."""
    program: bytes
    """The `.ptl`."""
    input: NDArray[np.float32]
    """The fixed input, N, C, H, W."""
    reference: NDArray[np.float64]
    """The output for the fixed input, in the model's output shape."""


@dataclass(frozen=True, slots=True, eq=False)
class ExportedModel:
    """A proved model in files that nothing changes any more."""

    artifact: Artifact
    """What is known of the model."""
    model_file: Path
    """The `.ptl`."""
    input_file: Path
    """The fixed input: raw little-endian float32, N, C, H, W."""
    reference: NDArray[np.float64]
    """The output for the fixed input, in the model's output shape."""


def write_artifacts(models: Sequence[ExportedModel], folder: Path) -> tuple[Path, ...]:
    """Copy each model into a folder as `NAME.ptl` with its record as `NAME.json`; returns the `.ptl` files.

    Raises:
        OutputFolderUnusable: the folder cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tuple(_write_artifact(model, folder) for model in models)
    except OSError as error:
        raise OutputFolderUnusable(
            f"cannot be written ({error.strerror})", remedy="choose another folder", where=str(folder)
        ) from error


def sha256_of(data: bytes) -> str:
    """Hash in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def input_bytes(values: NDArray[np.float32]) -> bytes:
    """An input as it is hashed and sent: raw little-endian float32."""
    return values.astype("<f4").tobytes()


def reference_bytes(values: NDArray[np.float64]) -> bytes:
    """A reference as it is hashed: raw little-endian float64."""
    return values.astype("<f8").tobytes()


def safe_file_name(model: str) -> str:
    """`NAME.ptl`, safe in shells and file systems; a name that had to change is kept apart by its hash."""
    stem = re.sub(r"[^A-Za-z0-9._@=,-]", "_", model).lstrip(".-")[:LONGEST_STEM] or "model"
    if stem != model:
        stem = f"{stem}-{sha256_of(model.encode())[:8]}"
    return f"{stem}.ptl"


def _write_artifact(model: ExportedModel, folder: Path) -> Path:
    file = folder / model.artifact.file_name
    record = json.dumps(asdict(model.artifact), indent=1) + "\n"
    write_whole(file, model.model_file.read_bytes())
    write_whole(file.with_suffix(".json"), record.encode())
    return file


def write_whole(file: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".", delete=False) as unfinished:
        try:
            unfinished.write(data)
            unfinished.flush()
            os.fchmod(unfinished.fileno(), 0o644)
            Path(unfinished.name).replace(file)
        finally:
            Path(unfinished.name).unlink(missing_ok=True)
