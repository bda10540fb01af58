"""What a caller means by the names given: catalogue models and model files, each under a name of its own.

Everything is looked at before anything is exported, so that a slip in the last name costs no minutes.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import UsageError
from harness.export.model_file import looks_like_file, read_model_file
from harness.models.catalogue import CatalogueEntry, entries, entry
from harness.units import printable


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A caller's file, read and checked."""

    name: str
    """What it is called in tables: its stem, with its folder in front where stems clash."""
    path: Path
    """As the caller wrote it."""
    program: bytes
    """What it holds."""


def identify(things: Sequence[str], *, say: Callable[[str], None]) -> tuple[CatalogueEntry | ModelFile, ...]:
    """Find every model, in order; one that is named twice is kept once, and `say` tells.

    Raises:
        UnknownModel: neither a file nor a catalogue model.
        UnreadableModel: a file that is no `.ptl`.
        UsageError: two files that cannot be told apart by name.
    """
    found: dict[object, CatalogueEntry | ModelFile] = {}
    for thing in things:
        model = _identify(thing)
        identity = model.path.resolve() if isinstance(model, ModelFile) else model.name
        if identity in found:
            say(f"{printable(thing)} is named twice and measured once")
        found.setdefault(identity, model)
    return _told_apart(tuple(found.values()))


def _identify(thing: str) -> CatalogueEntry | ModelFile:
    if thing not in {known.name for known in entries()} and looks_like_file(thing):
        path = Path(thing)
        return ModelFile(printable(path.stem), path, read_model_file(path))
    return entry(thing)


def _told_apart(models: tuple[CatalogueEntry | ModelFile, ...]) -> tuple[CatalogueEntry | ModelFile, ...]:
    uses = Counter(model.name for model in models)
    named = tuple(_with_folder(model) if uses[model.name] > 1 else model for model in models)
    name, count = Counter(model.name for model in named).most_common(1)[0] if named else ("", 0)
    if count > 1:
        raise UsageError("several models would be called this", remedy="rename one of the files", where=name)
    return named


def _with_folder(model: CatalogueEntry | ModelFile) -> CatalogueEntry | ModelFile:
    if not isinstance(model, ModelFile):
        return model
    return replace(model, name=f"{printable(model.path.resolve().parent.name)}/{model.name}")
