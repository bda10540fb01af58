"""Counts kept on disk by everything that decides them: file, input, core, runtime, and the code here."""

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter, ValidationError

from android_runner.arm64.cores import Core
from harness.export.artifact import ExportedModel, write_whole
from harness.places import cache_folder
from harness.results.records import Count


@dataclass(frozen=True, slots=True)
class _Entry:
    count: Count
    count_sha256: str


_ENTRY, _COUNT = TypeAdapter(_Entry), TypeAdapter(Count)


@dataclass(frozen=True, slots=True)
class CountCache:
    """One file a count in a folder; several processes may use it at once."""

    folder: Path

    @classmethod
    def default(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The cache in elbench's own folder."""
        return cls(cache_folder(environment) / "counts")

    def lookup(self, model: ExportedModel, core: Core, runtime: str) -> Count | None:
        """The count of this very file, under the name that the model has now."""
        artifact = model.artifact
        try:
            entry = _ENTRY.validate_json(self._file(model, core.name, runtime).read_bytes())
        except (OSError, ValidationError):
            return None
        if entry.count_sha256 != _sha256(entry.count):
            return None
        return replace(entry.count, model=artifact.model, recipe=artifact.recipe, note=artifact.note)

    def store(self, model: ExportedModel, count: Count) -> None:
        """Keep a count; where the cache cannot be written, it is counted again next time."""
        file = self._file(model, count.core, count.runtime)
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, _ENTRY.dump_json(_Entry(count, _sha256(count))))

    def _file(self, model: ExportedModel, core: str, runtime: str) -> Path:
        artifact = model.artifact
        proof = (artifact.sha256, artifact.input_sha256, repr(artifact.inputs), artifact.reference_sha256)
        decisive = "|".join((*proof, core, runtime, _code_sha256()))
        return self.folder / f"{hashlib.sha256(decisive.encode()).hexdigest()}.json"


def _sha256(count: Count) -> str:
    return hashlib.sha256(_COUNT.dump_json(count)).hexdigest()


@cache
def _code_sha256() -> str:
    """Of the code that makes a count: what it was told by another version is not believed."""
    folder = Path(__file__).parent
    sources = (folder / f"{name}.py" for name in ("counter", "measurement", "obtain", "parts", "symbols"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
