"""A run begun, continued, or only told: what all commands that measure models have in common.

Their options are their own business; how phones and models are made ready is `setting`'s,
how they are measured `measuring`'s.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.cli.examining import evaluated_models, examine, examine_again
from harness.cli.folders import output_folder
from harness.cli.measuring import measure
from harness.cli.phones import choose_phones
from harness.cli.setting import new_run, ready
from harness.cli.talk import say, show, show_json
from harness.counts.obtain import Counting, ready_to_count
from harness.errors import BadPlan
from harness.export.artifact import ExportedModel
from harness.export.cache import ArtifactCache
from harness.export.identify import identify
from harness.export.obtain import obtain, obtain_again
from harness.measure.plan import Plan
from harness.measure.plan_file import read_plan
from harness.phone.server import AdbServer
from harness.results.records import Count
from harness.results.rundir import RunDirectory, check_output_folder
from harness.results.ulid import new_ulid
from harness.stats.mode import mode_of, mode_words
from harness.units import format_share


def start_run(
    plan: Plan,
    out: Path | None,
    *,
    or_virtual: bool = False,
    as_json: bool = False,
    quiet: bool = False,
    require_verdict: bool = False,
) -> RunDirectory:
    """Measure a plan into a new run directory, and return it.

    Args:
        out: the directory; None: `runs/ID`.
        or_virtual: let a virtual phone stand in where no other is usable.
        as_json: print the results as JSON.
        quiet: print no results: the caller does.
        require_verdict: a comparison that leaves something undecided has an exit code of its own.
    """
    counting = _counting(plan)
    models = identify(plan.models, say=say)
    evaluated_models(plan, models)
    run_id = new_ulid(time.time_ns() // 1_000_000)
    folder = out or Path("runs") / run_id
    cache = ArtifactCache.default()

    def export() -> tuple[ExportedModel, ...]:
        return tuple(
            exported
            for recipe in plan.recipes
            for exported in obtain(
                models,
                cache=cache,
                seed=plan.seed,
                recipe=recipe,
                precision=plan.precision,
                calibrate=plan.calibrate,
                runtime=plan.runtime,
                input_shape=plan.input_shape,
                say=say,
            )
        )

    def count(exported: Sequence[ExportedModel]) -> tuple[Count, ...]:
        return counting.counts_of(exported, say=say) if counting else ()

    with (
        output_folder(folder, new=True),
        TemporaryDirectory(prefix="elbench-images-") as images,
        ready(
            plan,
            export,
            count=count,
            examine=examine(plan, models, folder=Path(images), cache_root=cache.root),
            run_id=run_id,
            or_virtual=or_virtual,
            cache_root=cache.root,
        ) as setting,
    ):
        directory = RunDirectory.create(folder, new_run(run_id, setting))
        measure(directory, setting, as_json=as_json, quiet=quiet, require_verdict=require_verdict)
    return directory


def continue_run(
    folder: Path, *, evaluate: str | None = None, as_json: bool, require_verdict: bool = False
) -> None:
    """Measure what a run still lacks.

    Args:
        folder: its directory.
        evaluate: where the images lie that the directory does not tell.
        as_json: as in `start_run`.
        require_verdict: as in `start_run`.
    """
    directory = RunDirectory(folder)
    stored = directory.run()
    directory.launches()
    check_output_folder(folder)
    plan = read_plan(stored.plan, where=str(folder))
    cache = ArtifactCache.default()

    def export() -> tuple[ExportedModel, ...]:
        return obtain_again(stored.artifacts, cache=cache, seed=plan.seed, calibrate=plan.calibrate, say=say)

    with (
        TemporaryDirectory(prefix="elbench-images-") as images,
        ready(
            plan,
            export,
            examine=examine_again(
                directory, stored, plan, evaluate, folder=Path(images), cache_root=cache.root
            ),
            run_id=stored.run_id,
            only=stored.phones,
            cache_root=cache.root,
        ) as setting,
    ):
        measure(directory, setting, as_json=as_json, require_verdict=require_verdict)


def refuse_engine_of_real_phones(plan: Plan, *, or_virtual: bool) -> None:
    """Engines and ExecuTorch are of virtual phones.

    Raises:
        BadPlan: one is wanted, and real phones would be measured on.
    """
    if plan.engine != "auto" and not (plan.virtual or or_virtual):
        raise BadPlan(
            f"engine {plan.engine} is for a virtual phone; real phones have their own runtime",
            remedy="add --virtual or --or-virtual, or leave the engine out",
            where="command line",
        )
    if plan.runtime == "executorch" and not plan.virtual:
        raise BadPlan(
            "the runner for phones has PyTorch Mobile alone, ExecuTorch is measured on a virtual phone",
            remedy="add --virtual, or leave --runtime out",
            where="command line",
        )


def show_plan(plan: Plan, *, or_virtual: bool, as_json: bool) -> None:
    """Print what would be measured, on which phones and how long at least."""
    _counting(plan)
    identified = identify(plan.models, say=say)
    models, evaluated = [model.name for model in identified], evaluated_models(plan, identified)
    server = AdbServer.from_environment(os.environ)
    server.start()
    serials = choose_phones(plan, server, or_virtual=or_virtual) or ("a virtual phone",)
    cells = len(models) * len(plan.recipes) * len(plan.threads)
    seconds = cells * plan.launches * (1 + plan.warmup.min_seconds + plan.measure.least_seconds)
    if as_json:
        show_json(
            {
                "plan": plan.model_dump(mode="json"),
                "phones": list(serials),
                "evaluations": list(evaluated),
                "launches": cells * plan.launches * len(serials),
                "least_seconds": seconds,
            }
        )
        return
    show(f"phones   {', '.join(serials)}")
    show(f"models   {', '.join(models)}")
    _show_comparison(plan)
    show(f"threads  {', '.join(map(str, plan.threads))}")
    if plan.count:
        show(f"counts   instructions on {', '.join(plan.count)}")
    if evaluated:
        show(f"accuracy {', '.join(evaluated)}, {plan.evaluate_images} images at most")
    if words := mode_words(mode_of(plan.model_dump())):
        show(f"mode     {words}")
    if plan.duet:
        show(f"duet     both models in one process, {plan.duet_block} iterations of each in turn")
    total = f"{cells} × {plan.launches} on each phone"
    if plan.compare:
        show(
            f"launches at most {total}, that is {seconds / 60:.1f} minutes or more; fewer where it is decided"
        )
    else:
        show(f"launches {total}, at least {seconds / 60:.1f} minutes")


def _show_comparison(plan: Plan) -> None:
    if plan.compare:
        if plan.compare.recipes:
            show(f"recipes  {', '.join(plan.compare.recipes)}")
        show(f"compared {', '.join(plan.compare.metrics)}; margin {format_share(plan.compare.margin)}")


def _counting(plan: Plan) -> Counting | None:
    """What counting needs is missed before anything else takes time."""
    return ready_to_count(plan.count) if plan.count else None
