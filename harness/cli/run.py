"""`elbench run`: models onto phones, launches into a run directory, numbers onto a page.

The way of one run: plan → phones and exports side by side → instructions counted, where that is asked for →
phones made ready → run directory → launches, each in the journal before the next → page, table, exit code.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from harness.cli.numbers import read_numbers
from harness.cli.talk import say, show, show_json
from harness.errors import BadPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.counts.obtain import Counting
    from harness.export.artifact import ExportedModel
    from harness.measure.plan import Plan
    from harness.results.records import Count


def run(
    model: Annotated[
        list[str] | None, typer.Option(metavar="NAME|FILE", help="What to measure; may be repeated.")
    ] = None,
    device: Annotated[
        list[str] | None,
        typer.Option(metavar="SERIAL", help="Phone to measure on; default: all usable ones."),
    ] = None,
    virtual: Annotated[bool, typer.Option("--virtual", help="Measure on a virtual phone.")] = False,
    or_virtual: Annotated[
        bool, typer.Option("--or-virtual", help="Measure on a virtual phone if no other is usable.")
    ] = False,
    engine: Annotated[
        Literal["auto", "android", "lite", "arm64", "executorch"] | None,
        typer.Option(help="What a virtual phone runs models with; default: android where it can be."),
    ] = None,
    count: Annotated[
        str | None,
        typer.Option(metavar="CORE,CORE", help="Also count instructions on these cores, such as a55,a76."),
    ] = None,
    threads: Annotated[str | None, typer.Option(metavar="N,N", help="Thread counts, such as 1,2.")] = None,
    launches: Annotated[int | None, typer.Option(metavar="N", help="Fresh processes per model.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A look in seconds; intervals are wide.")] = False,
    plan: Annotated[Path | None, typer.Option(metavar="FILE", help="Plan in TOML.")] = None,
    input_shape: Annotated[
        str | None, typer.Option(metavar="1x3x224x224", help="Input of a model file of your own.")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(metavar="NAME", help="How models are exported, such as fast or documented.")
    ] = None,
    precision: Annotated[
        Literal["float32", "float16", "int8"] | None, typer.Option(help="Numbers that models compute with.")
    ] = None,
    calibrate: Annotated[
        str | None, typer.Option(metavar="DATA", help="What int8 takes its ranges from.")
    ] = None,
    runtime: Annotated[
        Literal["pytorch_mobile", "executorch"] | None, typer.Option(help="What runs models on the phone.")
    ] = None,
    evaluate: Annotated[
        str | None,
        typer.Option(
            metavar="DATA|none",
            help="Measure accuracy on these images, on the phone: digits, cifar10:FOLDER, cifar100:FOLDER "
            "or a folder; default: where the weights name their data.",
        ),
    ] = None,
    evaluate_images: Annotated[
        int | None, typer.Option(metavar="N", help="How many images of them at most.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run directory to make; default runs/ID.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON on stdout.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be measured.")] = False,
    resume: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Continue an interrupted run directory.")
    ] = None,
) -> None:
    """Measure models on phones and write the run directory and its HTML page."""
    from harness.measure.plan import make_plan

    overrides = {
        "models": model,
        "devices": device,
        "virtual": virtual or None,
        "engine": engine,
        "threads": read_numbers("--threads", threads, ","),
        "launches": launches,
        "count": None if count is None else [core.strip() for core in count.split(",")],
        "recipe": recipe,
        "precision": precision,
        "calibrate": calibrate,
        "runtime": runtime,
        "evaluate": evaluate,
        "evaluate_images": evaluate_images,
        "input_shape": read_numbers("--input-shape", input_shape, "x"),
    }
    given = {key: value for key, value in overrides.items() if value is not None}
    if resume is not None:
        others = {**given, "out": out, "plan": plan, "quick": quick, "or_virtual": or_virtual}
        _refuse_with_resume({name: value for name, value in others.items() if name != "evaluate"})
        _continue(resume, evaluate, as_json=as_json)
        return
    made = make_plan(plan, quick=quick, overrides=given)
    _refuse_engine_of_real_phones(made, or_virtual=or_virtual)
    if dry_run:
        _show_plan(made, or_virtual=or_virtual, as_json=as_json)
        return
    _start(made, out, or_virtual=or_virtual, as_json=as_json)


def _refuse_with_resume(others: dict[str, Any]) -> None:
    given = [f"--{name.replace('_', '-')}" for name, value in others.items() if value]
    if given:
        raise BadPlan(
            f"--resume cannot be changed by {', '.join(given)}",
            remedy="a run keeps the plan that it was started with: leave them out, or start a new run",
            where="command line",
        )


def _refuse_engine_of_real_phones(plan: "Plan", *, or_virtual: bool) -> None:
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


def _show_plan(plan: "Plan", *, or_virtual: bool, as_json: bool) -> None:
    from harness.cli.examining import evaluated_models
    from harness.cli.phones import choose_phones
    from harness.export.identify import identify
    from harness.phone.server import AdbServer

    _counting(plan)
    identified = identify(plan.models, say=say)
    models, evaluated = [model.name for model in identified], evaluated_models(plan, identified)
    server = AdbServer.from_environment(os.environ)
    server.start()
    serials = choose_phones(plan, server, or_virtual=or_virtual) or ("a virtual phone",)
    cells = len(models) * len(plan.threads)
    seconds = cells * plan.launches * (1 + plan.warmup.min_seconds + plan.measure.min_seconds)
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
    show(f"threads  {', '.join(map(str, plan.threads))}")
    if plan.count:
        show(f"counts   instructions on {', '.join(plan.count)}")
    if evaluated:
        show(f"accuracy {', '.join(evaluated)}, {plan.evaluate_images} images at most")
    show(f"launches {cells} × {plan.launches} on each phone, at least {seconds / 60:.1f} minutes")


def _start(plan: "Plan", out: Path | None, *, or_virtual: bool, as_json: bool) -> None:
    import time
    from tempfile import TemporaryDirectory

    from harness.cli.examining import evaluated_models, examine
    from harness.cli.folders import output_folder
    from harness.cli.measuring import measure, new_run, ready
    from harness.export.cache import ArtifactCache
    from harness.export.identify import identify
    from harness.export.obtain import obtain
    from harness.results.rundir import RunDirectory
    from harness.results.ulid import new_ulid

    counting = _counting(plan)
    models = identify(plan.models, say=say)
    evaluated_models(plan, models)
    run_id = new_ulid(time.time_ns() // 1_000_000)
    folder = out or Path("runs") / run_id
    cache = ArtifactCache.default()

    def export() -> tuple["ExportedModel", ...]:
        return obtain(
            models,
            cache=cache,
            seed=plan.seed,
            recipe=plan.recipe,
            precision=plan.precision,
            calibrate=plan.calibrate,
            runtime=plan.runtime,
            input_shape=plan.input_shape,
            say=say,
        )

    def count(exported: "Sequence[ExportedModel]") -> tuple["Count", ...]:
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
        measure(directory, setting, as_json=as_json)


def _counting(plan: "Plan") -> "Counting | None":
    """What counting needs is missed before anything else takes time."""
    if not plan.count:
        return None
    from harness.counts.obtain import ready_to_count

    return ready_to_count(plan.count)


def _continue(folder: Path, evaluate: str | None, *, as_json: bool) -> None:
    from tempfile import TemporaryDirectory

    from harness.cli.examining import examine_again
    from harness.cli.measuring import measure, ready
    from harness.export.cache import ArtifactCache
    from harness.export.obtain import obtain_again
    from harness.measure.plan import read_plan
    from harness.results.rundir import RunDirectory, check_output_folder

    directory = RunDirectory(folder)
    stored = directory.run()
    directory.launches()
    check_output_folder(folder)
    plan = read_plan(stored.plan, where=str(folder))
    cache = ArtifactCache.default()

    def export() -> tuple["ExportedModel", ...]:
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
        measure(directory, setting, as_json=as_json)
