"""Exports kept on disk by key, so that an unchanged model is exported once; reading them never loads torch.

Layout of the root: one folder per key with `model.ptl`, `input.f32`, `reference.npy` and `entry.json`, which
is the artifact's record beside its own hash. Folders appear whole by a rename, are never changed, and are
verified on every read: a damaged one counts as absent, and storing replaces it. What a killed process left
unfinished is removed a day later.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import TypeAdapter, ValidationError

from harness.errors import OutputFolderUnusable
from harness.export.artifact import ExportedModel, ProvedModel, input_bytes, reference_bytes, sha256_of
from harness.places import cache_folder, locked
from harness.results.records import Artifact

_UNFINISHED = ".new-"
_ABANDONED_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class ArtifactCache:
    """The cache under one root; several processes may use it at once."""

    root: Path

    @classmethod
    def default(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The cache in elbench's own folder."""
        return cls(cache_folder(environment))

    def lookup(self, key: str) -> ExportedModel | None:
        """The whole and undamaged entry of this key, if there is one."""
        return _read_entry(self._entries / key)

    def by_sha256(self, sha256: str, *, input_sha256: str | None = None) -> ExportedModel | None:
        """An entry with this model file and, where given, this fixed input."""
        for file in sorted(self._entries.glob("[!.]*/entry.json")):
            artifact = _read_record(file)
            if artifact and artifact.sha256 == sha256 and input_sha256 in (None, artifact.input_sha256):
                found = _read_entry(file.parent)
                if found:
                    return found
        return None

    def store(self, key: str, model: ProvedModel) -> ExportedModel:
        """Keep an export; of two processes that store one key at once, either may win.

        Raises:
            OutputFolderUnusable: the cache cannot be written.
        """
        try:
            self._entries.mkdir(parents=True, exist_ok=True)
            _remove_abandoned(self._entries)
            with tempfile.TemporaryDirectory(dir=self._entries, prefix=_UNFINISHED) as folder:
                _write_entry(Path(folder) / key, model)
                with locked(self.root / "lock"):
                    _move_into_place(Path(folder) / key, self._entries / key)
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error
        stored = self.lookup(key)
        if stored is None:
            raise self._unusable("what was written reads back damaged")
        return stored

    @property
    def _entries(self) -> Path:
        return self.root / "artifacts"

    def _unusable(self, why: str) -> OutputFolderUnusable:
        return OutputFolderUnusable(
            f"the cache of exported models cannot be written ({why})",
            remedy="set ELBENCH_CACHE to a folder with room that can be written",
            where=str(self.root),
        )


@dataclass(frozen=True, slots=True)
class _Entry:
    artifact: Artifact
    record_sha256: str


_ENTRY = TypeAdapter(_Entry)
_ARTIFACT = TypeAdapter(Artifact)


def _write_entry(folder: Path, model: ProvedModel) -> None:
    folder.mkdir()
    (folder / "model.ptl").write_bytes(model.program)
    (folder / "input.f32").write_bytes(input_bytes(model.input))
    np.save(folder / "reference.npy", model.reference, allow_pickle=False)
    entry = _Entry(model.artifact, _record_sha256(model.artifact))
    (folder / "entry.json").write_bytes(_ENTRY.dump_json(entry, indent=1))


def _remove_abandoned(entries: Path) -> None:
    for folder in entries.glob(f"{_UNFINISHED}*"):
        with suppress(FileNotFoundError):  # another process removes it at the same time
            if time.time() - folder.stat().st_mtime > _ABANDONED_S:
                shutil.rmtree(folder, ignore_errors=True)


def _move_into_place(fresh: Path, place: Path) -> None:
    """Rename, unless another process was first; a damaged entry goes where the unfinished folder will end."""
    if _read_entry(place) is None:
        if place.exists():
            place.rename(fresh.with_suffix(".damaged"))
        fresh.rename(place)


def _read_entry(folder: Path) -> ExportedModel | None:
    artifact = _read_record(folder / "entry.json")
    if artifact is None:
        return None
    model_file, input_file = folder / "model.ptl", folder / "input.f32"
    try:
        reference = np.load(folder / "reference.npy", allow_pickle=False)
        is_whole = (
            sha256_of(model_file.read_bytes()) == artifact.sha256
            and sha256_of(input_file.read_bytes()) == artifact.input_sha256
            and sha256_of(reference_bytes(reference)) == artifact.reference_sha256
        )
    except (OSError, ValueError, EOFError):
        return None
    return ExportedModel(artifact, model_file, input_file, reference) if is_whole else None


def _read_record(file: Path) -> Artifact | None:
    try:
        entry = _ENTRY.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
    return entry.artifact if entry.record_sha256 == _record_sha256(entry.artifact) else None


def _record_sha256(artifact: Artifact) -> str:
    return sha256_of(_ARTIFACT.dump_json(artifact))
