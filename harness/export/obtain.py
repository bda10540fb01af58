"""Exported models for what `identify` found: from the cache where they are unchanged, else exported now.

torch is loaded only when something must be exported.
"""

from collections.abc import Callable, Sequence

from harness.errors import UnreadableModel, UsageError
from harness.export.artifact import ExportedModel, sha256_of
from harness.export.cache import ArtifactCache
from harness.export.fingerprint import catalogue_key, file_key
from harness.export.identify import ModelFile
from harness.export.recipes import DEFAULT_RECIPE, Recipe, find_recipe
from harness.export.stated_input import require_agreement, stated_shape
from harness.models.catalogue import IMAGENET_SHAPE, CatalogueEntry, entry
from harness.results.records import Artifact


def _silent(_: str) -> None:
    pass


def obtain(
    models: Sequence[CatalogueEntry | ModelFile],
    *,
    cache: ArtifactCache,
    seed: int = 0,
    recipe: str = DEFAULT_RECIPE,
    input_shape: tuple[int, ...] | None = None,
    say: Callable[[str], None] = _silent,
) -> tuple[ExportedModel, ...]:
    """Export what the cache does not hold; the order is kept.

    Args:
        models: as `identify` gives them.
        cache: where exports are kept.
        seed: of weights and fixed inputs.
        recipe: for catalogue models; files stay as they are.
        input_shape: N, C, H, W instead of each model's own; a file that states another one is refused.
        say: told in one line what takes time.

    Raises:
        UsageError: an unknown recipe, an impossible shape, a refused export, a cache that cannot be written;
            each in its own class.
    """
    chosen = find_recipe(recipe)
    return tuple(
        _adopted(model, cache, seed, input_shape, say)
        if isinstance(model, ModelFile)
        else _exported(model, cache, chosen, seed, input_shape or model.input_shape, say)
        for model in models
    )


def obtain_again(
    artifacts: Sequence[Artifact], *, cache: ArtifactCache, say: Callable[[str], None] = _silent
) -> tuple[ExportedModel, ...]:
    """The very files that an earlier run measured, with their records as that run has them.

    Raises:
        UnreadableModel: a caller's file that the cache no longer holds.
        UsageError: a catalogue model whose export has changed since.
    """
    return tuple(_again(artifact, cache, say) for artifact in artifacts)


def _exported(
    model: CatalogueEntry,
    cache: ArtifactCache,
    recipe: Recipe,
    seed: int,
    input_shape: tuple[int, ...],
    say: Callable[[str], None],
) -> ExportedModel:
    key = catalogue_key(model.name, recipe=recipe.name, seed=seed, input_shape=input_shape)
    cached = cache.lookup(key)
    if cached is not None:
        return cached
    say(f"exporting {model.name}")
    from harness.export.from_catalogue import export_from_catalogue

    return cache.store(key, export_from_catalogue(model, recipe=recipe, seed=seed, input_shape=input_shape))


def _adopted(
    file: ModelFile,
    cache: ArtifactCache,
    seed: int,
    asked_shape: tuple[int, ...] | None,
    say: Callable[[str], None],
) -> ExportedModel:
    where = str(file.path)
    stated = stated_shape(file.program, where=where)
    input_shape = require_agreement(stated, asked_shape, where=where) or IMAGENET_SHAPE
    key = file_key(file.name, sha256_of(file.program), seed=seed, input_shape=input_shape)
    cached = cache.lookup(key)
    if cached is not None:
        return cached
    say(f"checking {file.name}")
    from harness.export.from_file import adopt_file

    return cache.store(key, adopt_file(file, seed=seed, input_shape=input_shape))


def _again(artifact: Artifact, cache: ArtifactCache, say: Callable[[str], None]) -> ExportedModel:
    found = cache.by_sha256(artifact.sha256, input_sha256=artifact.input_sha256)
    if found is None and artifact.source == "file":
        raise UnreadableModel(
            "the file that the run measured is no longer in the cache",
            remedy="start a new run",
            where=artifact.model,
        )
    if found is None:
        (found,) = obtain(
            [entry(artifact.model)],
            cache=cache,
            seed=int(artifact.weights.rpartition(":")[2]),
            recipe=artifact.recipe,
            input_shape=artifact.inputs[0].shape,
            say=say,
        )
    if found.artifact.sha256 != artifact.sha256:
        raise UsageError(
            "exports to another file now than when the run began",
            remedy="resume with the same versions of elbench and torch, or start a new run",
            where=artifact.model,
        )
    return ExportedModel(artifact, found.model_file, found.input_file, found.reference)
