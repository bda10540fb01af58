"""Options that several commands share, and how one refuses the others.

What a command makes of them is its own business.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.errors import BadPlan

Device = Annotated[
    list[str] | None, typer.Option(metavar="SERIAL", help="Phone to measure on; default: all usable ones.")
]
Virtual = Annotated[bool, typer.Option("--virtual", help="Measure on a virtual phone.")]
OrVirtual = Annotated[
    bool, typer.Option("--or-virtual", help="Measure on a virtual phone if no other is usable.")
]
Engine = Annotated[
    Literal["auto", "android", "lite", "arm64", "executorch"] | None,
    typer.Option(help="What a virtual phone runs models with; default: android where it can be."),
]
Count = Annotated[
    str | None,
    typer.Option(metavar="CORE,CORE", help="Also count instructions on these cores, such as a55,a76."),
]
Threads = Annotated[str | None, typer.Option(metavar="N,N", help="Thread counts, such as 1,2.")]
Launches = Annotated[int | None, typer.Option(metavar="N", help="Fresh processes per model.")]
InputShape = Annotated[
    str | None, typer.Option(metavar="1x3x224x224", help="Input of a model file of your own.")
]
PlanFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Plan in TOML.")]
Metrics = Annotated[
    list[str] | None,
    typer.Option(metavar="steady|p95|first|load|peak_memory", help="What is compared, may be repeated."),
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Run directory to make; default runs/ID.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the results as JSON on stdout.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be measured.")]


def written(given: Mapping[str, object]) -> str:
    """Options as they were written: `--max-pairs, --strict`.

    Args:
        given: values by the options' names; those that are None or False were not given.
    """
    names = (name for name, value in given.items() if value is not None and value is not False)
    return ", ".join(f"--{name.replace('_', '-')}" for name in names)


def refuse_with_from(given: Mapping[str, object]) -> None:
    """A run that was measured stays as it is.

    Args:
        given: the command's other options by name.

    Raises:
        BadPlan: one of them was given.
    """
    _refuse("--from", given, "a run that was measured stays as it is: leave them out, or measure a new one")


def refuse_with_resume(given: Mapping[str, object]) -> None:
    """A run keeps the plan that it was started with.

    Args:
        given: the command's other options by name.

    Raises:
        BadPlan: one of them was given.
    """
    remedy = "a run keeps the plan that it was started with: leave them out, or start a new run"
    _refuse("--resume", given, remedy)


def _refuse(option: str, given: Mapping[str, object], remedy: str) -> None:
    if names := written(given):
        raise BadPlan(f"{option} cannot be changed by {names}", remedy=remedy, where="command line")
