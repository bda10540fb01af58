"""What a caller means by the names given: models that are built and files, each under a name of its own.

Everything is looked at before anything is exported, so that a slip in the last name costs no minutes.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import UsageError
from harness.export.model_file import looks_like_file, read_model_file
from harness.models.catalogue import CatalogueEntry, entry, is_reference
from harness.results.records import Runtime
from harness.units import printable


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A caller's `.ptl` or `.pte`, read and checked; it is measured as it is."""

    name: str
    """What it is called in tables: its stem, with its folder in front where stems clash."""
    path: Path
    """As the caller wrote it."""
    program: bytes
    """What it holds."""
    runtime: Runtime = "pytorch_mobile"
    """What it is for."""


@dataclass(frozen=True, slots=True)
class TorchScriptFile:
    """A caller's TorchScript archive, read and checked; it has to be exported."""

    name: str
    """What it is called in tables, as for ModelFile."""
    path: Path
    """As the caller wrote it."""
    program: bytes
    """What it holds."""


Model = CatalogueEntry | ModelFile | TorchScriptFile


def identify(things: Sequence[str], *, say: Callable[[str], None]) -> tuple[Model, ...]:
    """Find every model, in order; one that is named twice is kept once, and `say` tells.

    Raises:
        UnknownModel: neither a file nor a model that can be built.
        UnreadableModel: a file that is neither a `.ptl` nor TorchScript.
        UsageError: two models that cannot be told apart by name.
    """
    found: dict[object, Model] = {}
    for thing in things:
        model = _identify(thing)
        identity = _identity(model)
        if identity in found:
            say(f"{printable(thing)} is named twice and measured once")
        found.setdefault(identity, model)
    return _told_apart(tuple(found.values()))


def _identify(thing: str) -> Model:
    if is_reference(thing) or not looks_like_file(thing):
        return entry(thing)
    path = Path(thing)
    _require_no_options(thing, path)
    kind, program = read_model_file(path)
    name = printable(path.stem)
    if kind == "torchscript":
        return TorchScriptFile(name, path, program)
    return ModelFile(name, path, program, "executorch" if kind == "executorch" else "pytorch_mobile")


def _require_no_options(thing: str, path: Path) -> None:
    file, separator, _ = thing.partition("@")
    if separator and not path.exists() and Path(file).exists():
        raise UsageError(
            "a file takes no options, as it is not built",
            remedy="give its input's shape with --input-shape",
            where=printable(thing),
        )


def _identity(model: Model) -> object:
    if isinstance(model, CatalogueEntry):
        return model.name, model.weights
    return model.path.resolve()


def _told_apart(models: tuple[Model, ...]) -> tuple[Model, ...]:
    uses = Counter(model.name for model in models)
    named = tuple(_with_folder(model) if uses[model.name] > 1 else model for model in models)
    name, count = Counter(model.name for model in named).most_common(1)[0] if named else ("", 0)
    if count > 1:
        raise UsageError("several models would be called this", remedy="rename one of the files", where=name)
    return named


def _with_folder(model: Model) -> Model:
    if isinstance(model, CatalogueEntry):
        return model
    return replace(model, name=f"{printable(model.path.resolve().parent.name)}/{model.name}")
