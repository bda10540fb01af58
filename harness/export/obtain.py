"""Exported models for what `identify` found: from the cache where they are unchanged, else exported now.

torch is loaded only when something must be exported.
"""

from collections.abc import Callable, Sequence

from harness.errors import UnreadableModel, UsageError
from harness.export.artifact import ExportedModel, sha256_of
from harness.export.cache import ArtifactCache
from harness.export.fingerprint import catalogue_key, file_key, model_facts
from harness.export.half import refusal
from harness.export.identify import Model, ModelFile, TorchScriptFile
from harness.export.recipes import DEFAULT_RECIPE, find_recipe
from harness.export.settings import AUTO, ExportSettings, Precision
from harness.export.stated_input import require_agreement, stated_shape
from harness.models.catalogue import IMAGENET_SHAPE, CatalogueEntry, entry
from harness.models.reference import DATA_SHAPES
from harness.results.records import Artifact, Runtime


def _silent(_: str) -> None:
    pass


def obtain(
    models: Sequence[Model],
    *,
    cache: ArtifactCache,
    seed: int = 0,
    recipe: str = DEFAULT_RECIPE,
    precision: Precision = "float32",
    calibrate: str = AUTO,
    runtime: Runtime = "pytorch_mobile",
    input_shape: tuple[int, ...] | None = None,
    say: Callable[[str], None] = _silent,
) -> tuple[ExportedModel, ...]:
    """Export what the cache does not hold; the order is kept.

    Args:
        models: as `identify` gives them; a `.ptl` stays as it is.
        cache: where exports are kept.
        seed: of weights and fixed inputs.
        recipe: which rewrites.
        precision: of weights and activations.
        calibrate: data from which int8 takes its ranges; `auto`: those of the weights, else random images.
        runtime: for which runtime.
        input_shape: N, C, H, W instead of each model's own; a file that states another one is refused.
        say: told in one line what takes time.

    Raises:
        UsageError: an unknown recipe, an impossible shape, a refused export, a cache that cannot be written;
            each in its own class.
    """
    settings = ExportSettings(
        recipe=find_recipe(recipe), precision=precision, calibrate=calibrate, runtime=runtime, seed=seed
    )
    if calibrate != AUTO and precision != "int8":
        raise UsageError(
            f"{precision} takes no ranges from data",
            remedy="add --precision int8",
            where=f"calibrate {calibrate}",
        )
    if precision == "float16" and runtime == "pytorch_mobile":
        raise refusal("precision float16")
    return tuple(_obtained(model, cache, settings, input_shape, say) for model in models)


def obtain_again(
    artifacts: Sequence[Artifact],
    *,
    cache: ArtifactCache,
    seed: int = 0,
    calibrate: str = AUTO,
    say: Callable[[str], None] = _silent,
) -> tuple[ExportedModel, ...]:
    """The very files that an earlier run measured, with their records as that run has them.

    Args:
        artifacts: as the run has them.
        cache: where exports are kept; what it has lost is exported again.
        seed: of that run, for models whose weights do not name it.
        calibrate: of that run.
        say: told in one line what takes time.

    Raises:
        UnreadableModel: a caller's file, or weights of a caller's, that the cache no longer holds.
        UsageError: a model whose export has changed since.
    """
    return tuple(_again(artifact, cache, seed, calibrate, say) for artifact in artifacts)


def _obtained(
    model: Model,
    cache: ArtifactCache,
    settings: ExportSettings,
    input_shape: tuple[int, ...] | None,
    say: Callable[[str], None],
) -> ExportedModel:
    if isinstance(model, ModelFile):
        _require_runtime(model, settings.runtime)
        if model.runtime == "executorch":
            return _adopted_executorch(model, cache, settings, input_shape, say)
        return _adopted(model, cache, settings.seed, input_shape, say)
    if isinstance(model, TorchScriptFile):
        return _from_torchscript(model, cache, settings, input_shape or IMAGENET_SHAPE, say)
    return _from_catalogue(model, cache, settings, input_shape or model.input_shape, say)


def _from_catalogue(
    model: CatalogueEntry,
    cache: ArtifactCache,
    settings: ExportSettings,
    input_shape: tuple[int, ...],
    say: Callable[[str], None],
) -> ExportedModel:
    facts = model_facts(model, seed=settings.seed)
    key = catalogue_key({**facts, **settings.facts(), "input_shape": input_shape})
    cached = cache.lookup(key)
    if cached is not None:
        return cached
    say(f"exporting {model.name}")
    from harness.export.from_catalogue import export_from_catalogue

    return cache.store(key, export_from_catalogue(model, settings=settings, input_shape=input_shape))


def _from_torchscript(
    file: TorchScriptFile,
    cache: ArtifactCache,
    settings: ExportSettings,
    input_shape: tuple[int, ...],
    say: Callable[[str], None],
) -> ExportedModel:
    sha256 = sha256_of(file.program)
    key = file_key(file.name, sha256, seed=settings.seed, input_shape=input_shape, facts=settings.facts())
    cached = cache.lookup(key)
    if cached is not None:
        return cached
    say(f"exporting {file.name}")
    from harness.export.from_torchscript import export_torchscript

    return cache.store(key, export_torchscript(file, settings=settings, input_shape=input_shape))


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


def _require_runtime(file: ModelFile, runtime: Runtime) -> None:
    if file.runtime != runtime:
        raise UsageError(
            f"is a file for {file.runtime}, and models for {runtime} are wanted",
            remedy=f"add --runtime {file.runtime}, or name a file for {runtime}",
            where=str(file.path),
        )


def _adopted_executorch(
    file: ModelFile,
    cache: ArtifactCache,
    settings: ExportSettings,
    asked_shape: tuple[int, ...] | None,
    say: Callable[[str], None],
) -> ExportedModel:
    sha256, shape = sha256_of(file.program), asked_shape or ()
    key = file_key(file.name, sha256, seed=settings.seed, input_shape=shape, facts=settings.facts())
    cached = cache.lookup(key)
    if cached is not None:
        return cached
    say(f"checking {file.name}")
    from harness.export.executorch import adopt_executorch

    return cache.store(key, adopt_executorch(file, seed=settings.seed, asked_shape=asked_shape))


def _again(
    artifact: Artifact, cache: ArtifactCache, seed: int, calibrate: str, say: Callable[[str], None]
) -> ExportedModel:
    found = cache.by_sha256(artifact.sha256, input_sha256=artifact.input_sha256)
    if found is None:
        (found,) = obtain(
            [_named_by_record(artifact)],
            cache=cache,
            seed=_seed_of(artifact, seed),
            recipe=artifact.recipe,
            precision="int8" if artifact.precision == "int8" else "float32",
            calibrate=calibrate,
            runtime=artifact.runtime,
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


def _seed_of(artifact: Artifact, otherwise: int) -> int:
    """Random weights name their seed, which is the fixed input's too."""
    kind, _, seed = artifact.weights.partition(":")
    return int(seed) if kind == "calibrated-random" else otherwise


def _named_by_record(artifact: Artifact) -> CatalogueEntry:
    """The model to be exported again.

    That is neither what came from a file, as a record holds no paths, nor a caller's function, as a run
    directory may be a stranger's and must not choose which code runs.
    """
    if artifact.source in ("catalogue", "library"):
        found = entry(artifact.model)
        if not found.weights or found.weights in DATA_SHAPES:
            return found
    raise UnreadableModel(
        "the file or function that the run measured is no longer in the cache",
        remedy="start a new run",
        where=artifact.model,
    )
