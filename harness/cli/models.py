"""`elbench models`: what can be measured by name."""

from dataclasses import asdict
from typing import Annotated

import typer

from harness.cli.talk import show, show_json


def models(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """List the models of the catalogue with their parameters and multiply-accumulates."""
    from harness.models.catalogue import entries
    from harness.units import format_count

    if as_json:
        show_json([asdict(entry) for entry in entries()])
        return
    show(f"{'name':<24}{'parameters':>12}{'MACs':>10}  note")
    for entry in entries():
        parameters, macs = (format_count(value) for value in (entry.parameters, entry.macs))
        show(f"{entry.name:<24}{parameters:>12}{macs:>10}  {entry.note}".rstrip())
