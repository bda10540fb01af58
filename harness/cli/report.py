"""`elbench report`: the page of a run, made again from its data."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.talk import show


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run directory.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write; default RUN/report.html.")
    ] = None,
) -> None:
    """Write the HTML page of a run. The same data give the same bytes."""
    from harness.durable import write_durably
    from harness.results.rundir import REPORT_FILE, RunDirectory, unusable

    directory = RunDirectory(run)
    stored, launches = directory.run(), directory.launches()
    from reports.page import render

    page = render(stored, launches, directory.evaluations())
    target = out or run / REPORT_FILE
    try:
        write_durably(target, page.encode())
    except OSError as error:
        raise unusable(target, error) from error
    show(str(target))
