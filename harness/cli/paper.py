"""`elbench paper`: the ELNet paper's comparison as one command, and its claims judged on what was measured.

It is a run like any other, of fixed models: ELNet-1.0 and the baselines, and those of them that are trained
on digits once more with these weights, so that accuracy is measured too. What the claims are is
`harness.stats.claims`' business.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from harness.cli.options import (
    AsJson,
    Count,
    Device,
    DryRun,
    Launches,
    OrVirtual,
    Out,
    Threads,
    Virtual,
    refuse_with_from,
)
from harness.cli.run import run
from harness.cli.talk import show, show_json
from harness.errors import BadRunDirectory, UsageError

PAGE = "paper.html"
"""The page with the claims of a run that was made for something else; its own page stays as it is."""


def paper(
    device: Device = None,
    virtual: Virtual = False,
    or_virtual: OrVirtual = False,
    engine: Annotated[
        Literal["auto", "android", "lite", "arm64"] | None,
        typer.Option(help="What a virtual phone runs models with; default: android where it can be."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A look in minutes; intervals are wide.")] = False,
    threads: Threads = None,
    launches: Launches = None,
    count: Count = None,
    out: Out = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
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
    refuse_with_from(options)
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
