"""`elbench run`: models onto phones, launches into a run directory, numbers onto a page.

The way of one run: plan → phones and exports side by side → instructions counted, where that is asked for →
phones made ready → run directory → launches, each in the journal before the next → page, table, exit code.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.cli.numbers import read_numbers
from harness.cli.options import (
    AsJson,
    Count,
    Device,
    DryRun,
    Engine,
    InputShape,
    Launches,
    OrVirtual,
    Out,
    PlanFile,
    Threads,
    Virtual,
    refuse_with_resume,
)
from harness.errors import BadPlan


def run(
    model: Annotated[
        list[str] | None, typer.Option(metavar="NAME|FILE", help="What to measure; may be repeated.")
    ] = None,
    device: Device = None,
    virtual: Virtual = False,
    or_virtual: OrVirtual = False,
    engine: Engine = None,
    count: Count = None,
    threads: Threads = None,
    launches: Launches = None,
    duet: Annotated[
        bool, typer.Option("--duet", help="Measure two models in one process, in short blocks in turn.")
    ] = False,
    sustained: Annotated[
        float | None,
        typer.Option(metavar="MINUTES", help="Measure for minutes at a time: when does the phone throttle?"),
    ] = None,
    sparse: Annotated[
        int | None,
        typer.Option(metavar="MS", help="Pause between inferences, as an app that needs one now and then."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A look in seconds; intervals are wide.")] = False,
    plan: PlanFile = None,
    input_shape: InputShape = None,
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
    out: Out = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    resume: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Continue an interrupted run directory.")
    ] = None,
) -> None:
    """Measure models on phones and write the run directory and its HTML page."""
    from harness.cli.starting import (
        continue_run,
        refuse_engine_of_real_phones,
        show_plan,
        start_run,
    )
    from harness.measure.plan_file import make_plan

    overrides = {
        "models": model,
        "devices": device,
        "virtual": virtual or None,
        "engine": engine,
        "threads": read_numbers("--threads", threads, ","),
        "launches": launches,
        "duet": duet or None,
        "mode": _mode(sustained, sparse),
        "sustained_minutes": sustained,
        "measure": None if sparse is None else {"pause_ms": sparse},
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
        options = {"model": model, "device": device, "sustained": sustained, "sparse": sparse, "out": out}
        others = {**given, **options, "plan": plan, "quick": quick, "or_virtual": or_virtual}
        refuse_with_resume({name: value for name, value in others.items() if name not in _NO_OPTIONS})
        continue_run(resume, evaluate=evaluate, as_json=as_json)
        return
    made = make_plan(plan, quick=quick, overrides=given)
    refuse_engine_of_real_phones(made, or_virtual=or_virtual)
    if dry_run:
        show_plan(made, or_virtual=or_virtual, as_json=as_json)
        return
    start_run(made, out, or_virtual=or_virtual, as_json=as_json)


_NO_OPTIONS = ("evaluate", "mode", "sustained_minutes", "measure", "models", "devices")
"""Of the keys of a plan, those that `--resume` either allows or knows by the names of other options."""


def _mode(sustained: float | None, sparse: int | None) -> str | None:
    if sustained is not None and sparse is not None:
        raise BadPlan(
            "--sustained and --sparse exclude each other",
            remedy="measure once in each mode: their numbers never compare",
            where="command line",
        )
    return "sustained" if sustained is not None else "sparse" if sparse is not None else None
