"""`--evaluate`: which models of a run are evaluated on which data, for a new run and for a continued one."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from harness.cli.talk import say
from harness.errors import BadPlan, UnknownModel
from harness.export.artifact import ExportedModel
from harness.export.identify import Model
from harness.measure.evaluation import COMPUTES_NOTHING
from harness.measure.examination import Examination, data_for, prepare_examinations, require_classes
from harness.measure.plan import Plan
from harness.models.catalogue import CatalogueEntry, entry
from harness.models.reference import DATA_SHAPES
from harness.results.records import Artifact, Evaluation, Run
from harness.results.rundir import RunDirectory

Examine = Callable[[Sequence[ExportedModel]], tuple[Examination, ...]]

_NEEDS_NO_FOLDER = {"auto", "none", *DATA_SHAPES}


def named_data(evaluate: str) -> str:
    """The data of a plan without the folder that they lie in, which is only this machine's business."""
    if evaluate in _NEEDS_NO_FOLDER:
        return evaluate
    kind, separator, _ = evaluate.partition(":")
    return kind if separator and not Path(evaluate).exists() else Path(evaluate).resolve().name


def evaluated_models(plan: Plan, models: Sequence[Model]) -> tuple[str, ...]:
    """Which models are evaluated on what, for people; `NAME on DATA`.

    Raises:
        UsageError: a model that has other classes than the data, or data that cannot be read.
    """
    entries = [model if isinstance(model, CatalogueEntry) else None for model in models]
    require_classes(plan, entries)
    data = [data_for(plan.evaluate, found) for found in entries]
    return tuple(
        f"{model.name} on {named_data(name)}" for model, name in zip(models, data, strict=True) if name
    )


def examine(
    plan: Plan,
    models: Sequence[Model],
    *,
    folder: Path,
    cache_root: Path,
) -> Examine:
    """What a new run evaluates."""
    sources = {model.name: model for model in models if isinstance(model, CatalogueEntry)}
    return _examine(plan, sources, folder, cache_root)


def examine_again(
    directory: RunDirectory, run: Run, plan: Plan, given: str | None, *, folder: Path, cache_root: Path
) -> Examine:
    """What a continued run has still to evaluate.

    Args:
        given: `--evaluate`, for data whose folder the run directory does not tell.

    Raises:
        BadPlan: other data than the run began with, or data whose folder has to be given again.
    """
    lacking = {
        artifact.sha256 for artifact in run.artifacts if _lacks(run, artifact, directory.evaluations())
    }
    if given is not None and named_data(given) != plan.evaluate:
        raise BadPlan(
            f"the run began with the data {plan.evaluate}, not {named_data(given)}",
            remedy="give the same data, or start a new run",
            where="--evaluate",
        )
    if given is None and lacking and plan.evaluate not in _NEEDS_NO_FOLDER:
        raise BadPlan(
            f"the images of {plan.evaluate} are needed again, and the run does not tell where they are",
            remedy="add --evaluate with the data that the run began with",
            where="--resume",
        )
    again = plan.model_copy(update={"evaluate": given or plan.evaluate})
    every = _examine(again, _sources(run.artifacts), folder, cache_root)
    return lambda models: every([model for model in models if model.artifact.sha256 in lacking])


def _examine(plan: Plan, sources: Mapping[str, CatalogueEntry], folder: Path, cache_root: Path) -> Examine:
    return lambda models: prepare_examinations(
        plan, models, sources, folder=folder, cache_root=cache_root, say=say
    )


def _sources(artifacts: Sequence[Artifact]) -> dict[str, CatalogueEntry]:
    """What the models of an earlier run were exported from, where their names still say so."""
    found = {}
    for artifact in artifacts:
        if artifact.source not in ("file", "torchscript"):
            with suppress(UnknownModel):
                found[artifact.model] = entry(artifact.model)
    return found


def _lacks(run: Run, artifact: Artifact, done: Sequence[Evaluation]) -> bool:
    """Whether a phone that computes has not evaluated the model."""
    answered = {
        one.phone_id for one in done if one.artifact_sha256 == artifact.sha256 and one.outcome == "ok"
    }
    return any(facts.engine != COMPUTES_NOTHING and facts.phone_id not in answered for facts in run.phones)
