"""`elbench compare`: is B slower than A, faster, the same, or can that not be told? Exit code 1 if slower.

Of two models or recipes it is a run like any other, whose launches come in pairs and which ends as soon as
every question is answered. Of two runs on disk nothing is measured: that is `comparing_runs`' business.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.numbers import read_numbers, read_share
from harness.cli.options import (
    AsJson,
    DryRun,
    Engine,
    InputShape,
    Metrics,
    OrVirtual,
    Out,
    PlanFile,
    Threads,
    Virtual,
    refuse_with_resume,
    written,
)
from harness.errors import BadPlan

if TYPE_CHECKING:
    from harness.measure.plan import Plan


def compare(
    things: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="A [B...]", help="Names, model files, or two run directories; A is the baseline."
        ),
    ] = None,
    recipes: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,NAME", help="Compare one model in these recipes, such as fast,documented."
        ),
    ] = None,
    on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SERIAL", help="Phone to measure on, may be repeated; default: all usable ones."
        ),
    ] = None,
    virtual: Virtual = False,
    or_virtual: OrVirtual = False,
    engine: Engine = None,
    threads: Threads = None,
    metric: Metrics = None,
    margin: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Smaller differences do not matter; default 3%.")
    ] = None,
    max_pairs: Annotated[
        int | None, typer.Option(metavar="N", help="Launches of each model at most; default 40.")
    ] = None,
    max_minutes: Annotated[
        float | None, typer.Option(metavar="N", help="Begin no pair after so many minutes on a phone.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Call a model slower only if it is surely so by the margin.")
    ] = False,
    duet: Annotated[
        bool, typer.Option("--duet", help="Measure both in one process, in short blocks in turn.")
    ] = False,
    require_verdict: Annotated[
        bool, typer.Option("--require-verdict", help="Exit code 3 where something cannot be told.")
    ] = False,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Of weights, inputs and the order of launches.")
    ] = None,
    input_shape: InputShape = None,
    plan: PlanFile = None,
    out: Out = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    resume: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Continue an interrupted comparison.")
    ] = None,
) -> None:
    """Say whether a model is slower than another, faster, or the same, in as few launches as that takes."""
    judged = {
        "metrics": metric,
        "margin": read_share("--margin", margin),
        "max_pairs": max_pairs,
        "max_minutes": max_minutes,
        "strict": strict or None,
        "recipes": None if recipes is None else [name.strip() for name in recipes.split(",")],
    }
    measured = {
        "models": things,
        "devices": on,
        "virtual": virtual or None,
        "engine": engine,
        "threads": read_numbers("--threads", threads, ","),
        "duet": duet or None,
        "seed": seed,
        "input_shape": read_numbers("--input-shape", input_shape, "x"),
    }
    rest = {"or_virtual": or_virtual, "plan": plan, "out": out, "dry_run": dry_run}
    given = {**judged, **measured, **rest, "models": None}
    options = {_OPTION_OF.get(key, key): value for key, value in given.items()}
    if resume is not None:
        _resume(resume, things or [], options, as_json=as_json, require_verdict=require_verdict)
        return
    if any(Path(thing).is_dir() for thing in things or ()):
        from harness.cli.comparing_runs import compare_runs

        baseline, candidate = _two_runs(things or [], options)
        compare_runs(baseline, candidate, _given(judged), as_json=as_json, require_verdict=require_verdict)
        return
    made = _plan(plan, {**_given(measured), "evaluate": "none", "compare": _given(judged)})
    _start(
        made, out, or_virtual=or_virtual, as_json=as_json, dry_run=dry_run, require_verdict=require_verdict
    )


_OPTION_OF = {"devices": "on", "metrics": "metric"}
"""Keys of a plan whose options have another name."""
_OF_TWO_RUNS = ("metric", "margin")
"""What may be said where nothing is measured; the rule is then always the strict one."""


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _resume(
    folder: Path, things: list[str], options: dict[str, Any], *, as_json: bool, require_verdict: bool
) -> None:
    from harness.cli.starting import continue_run

    if things:
        raise BadPlan(
            f"--resume {folder} has its models, and {', '.join(things)} stands beside it",
            remedy="leave one of them out",
            where="command line",
        )
    refuse_with_resume(options)
    continue_run(folder, as_json=as_json, require_verdict=require_verdict)


def _two_runs(things: list[str], options: dict[str, Any]) -> tuple[Path, Path]:
    folders = [Path(thing) for thing in things if Path(thing).is_dir()]
    if len(folders) != 2 or len(things) != 2:
        raise BadPlan(
            f"{', '.join(things)}: not two run directories",
            remedy="name two run directories, or models and model files alone",
            where="command line",
        )
    if names := written({name: value for name, value in options.items() if name not in _OF_TWO_RUNS}):
        raise BadPlan(
            f"two runs that were measured are not changed by {names}",
            remedy="leave that out, or compare the models themselves",
            where="command line",
        )
    if folders[0].samefile(folders[1]):
        raise BadPlan(
            f"{things[0]} and {things[1]} are one run directory",
            remedy="name the run of the baseline and that of the candidate",
            where="command line",
        )
    return folders[0], folders[1]


def _plan(file: Path | None, overrides: dict[str, Any]) -> "Plan":
    from harness.measure.plan_file import make_plan

    if "models" not in overrides and file is None:
        raise BadPlan(
            "there is nothing to compare",
            remedy="name two models, two model files or two run directories",
            where="command line",
        )
    plan = make_plan(file, quick=False, overrides=overrides)
    if len(plan.models) * len(plan.recipes) < 2:
        raise BadPlan(
            f"{plan.models[0]} is compared with nothing",
            remedy="name a second model, or two recipes with --recipes fast,documented",
            where="command line",
        )
    return plan


def _start(
    plan: "Plan", out: Path | None, *, or_virtual: bool, as_json: bool, dry_run: bool, require_verdict: bool
) -> None:
    from harness.cli.starting import refuse_engine_of_real_phones, show_plan, start_run

    refuse_engine_of_real_phones(plan, or_virtual=or_virtual)
    if dry_run:
        show_plan(plan, or_virtual=or_virtual, as_json=as_json)
        return
    start_run(plan, out, or_virtual=or_virtual, as_json=as_json, require_verdict=require_verdict)
