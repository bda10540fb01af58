"""`elbench paper`: the ELNet paper's comparison as one command, and its claims judged on what was measured.

It is a run like any other, of fixed models: ELNet-1.0 and the baselines, and those of them that are trained
on digits once more with these weights, so that accuracy is measured too. What the claims are is
`harness.stats.claims`' business.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from harness.cli.run import run
from harness.cli.talk import show, show_json
from harness.errors import BadPlan, BadRunDirectory, UsageError

PAGE = "paper.html"
"""The page with the claims of a run that was made for something else; its own page stays as it is."""


def paper(
    device: Annotated[
        list[str] | None,
        typer.Option(metavar="SERIAL", help="Phone to measure on; default: all usable ones."),
    ] = None,
    virtual: Annotated[bool, typer.Option("--virtual", help="Measure on a virtual phone.")] = False,
    or_virtual: Annotated[
        bool, typer.Option("--or-virtual", help="Measure on a virtual phone if no other is usable.")
    ] = False,
    engine: Annotated[
        Literal["auto", "android", "lite", "arm64"] | None,
        typer.Option(help="What a virtual phone runs models with; default: android where it can be."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A look in minutes; intervals are wide.")] = False,
    threads: Annotated[str | None, typer.Option(metavar="N,N", help="Thread counts, such as 1,2.")] = None,
    launches: Annotated[int | None, typer.Option(metavar="N", help="Fresh processes per model.")] = None,
    count: Annotated[
        str | None,
        typer.Option(metavar="CORE,CORE", help="Also count instructions on these cores, such as a55,a76."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run directory to make; default runs/ID.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON on stdout.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be measured.")] = False,
    from_run: Annotated[
        Path | None, typer.Option("--from", metavar="RUN", help="Judge a run that was measured already.")
    ] = None,
) -> None:
    """Measure ELNet against its baselines and judge each claim of the paper on your phone."""
    options: dict[str, Any] = {
        "device": device,
        "virtual": virtual,
        "or_virtual": or_virtual,
        "engine": engine,
        "quick": quick,
        "threads": threads,
        "launches": launches,
        "count": count,
        "out": out,
        "dry_run": dry_run,
    }
    if from_run is None:
        run(model=list(_models()), as_json=as_json, **options)
        return
    _refuse_with_from(options)
    _judge(from_run, as_json=as_json)


def _models() -> Iterator[str]:
    """Every network with random weights at its usual input, and with trained ones where there are any."""
    from harness.models.checkpoint import find_checkpoint
    from harness.stats.claims import BASELINES, SUBJECT

    networks = (SUBJECT, *BASELINES)
    yield from networks
    for name in networks:
        try:
            find_checkpoint(name, "digits")
        except UsageError:
            continue
        yield f"{name}@weights=digits"


def _refuse_with_from(options: dict[str, Any]) -> None:
    given = [f"--{name.replace('_', '-')}" for name, value in options.items() if value]
    if given:
        raise BadPlan(
            f"--from cannot be changed by {', '.join(given)}",
            remedy="a run that was measured stays as it is: leave them out, or measure a new one",
            where="command line",
        )


def _judge(folder: Path, *, as_json: bool) -> None:
    from harness.durable import write_durably
    from harness.results.rundir import RunDirectory, unusable
    from harness.stats.claims import SUBJECT, is_subject

    directory = RunDirectory(folder)
    stored = directory.run()
    measured = stored, directory.launches(), directory.evaluations()
    if not any(map(is_subject, stored.artifacts)):
        raise BadRunDirectory(
            f"the run did not measure {SUBJECT}, which the paper's claims are about",
            remedy="measure it with its baselines: elbench paper",
            where=str(folder),
        )
    from reports.json_summary import summarise_run
    from reports.page import render
    from reports.terminal import render_claims

    target = folder / PAGE
    try:
        write_durably(target, render(*measured, with_claims=True).encode())
    except OSError as error:
        raise unusable(target, error) from error
    if as_json:
        show_json(
            summarise_run(*measured, with_claims=True) | {"directory": str(folder), "page": str(target)}
        )
        return
    show(render_claims(*measured))
    show(f"Page: {target}")
