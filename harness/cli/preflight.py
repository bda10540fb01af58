"""`elbench preflight`: whether a model file would work on a phone, said before a phone is at hand."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from harness.cli.numbers import read_shape
from harness.cli.talk import show, show_json

if TYPE_CHECKING:
    from harness.export.preflight import Preflight

EXIT_UNFIT = 1

_WORDS = {
    "fine": "fine: it loads and computes, and nothing looks wrong",
    "suspect": "suspect: it loads, and most likely computes something else than its model",
    "wrong": "wrong: it loads, but computes wrongly",
    "fails": "fails: it would not run",
}
_PROVED = "fine: it loads and computes what its model does"
_UNSURE = "fine as far as this machine can tell: see the line `phone`"


def preflight(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Model file, such as a .ptl.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    reference: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="TorchScript of the same model, to prove the output by."),
    ] = None,
    input_shape: Annotated[
        str | None,
        typer.Option(metavar="1x3x224x224", help="Input, where the file does not state it."),
    ] = None,
    engine: Annotated[
        Literal["android", "arm64"],
        typer.Option(help="Run it in Android's libraries for this machine, or in those of phones, emulated."),
    ] = "android",
) -> None:
    """Say whether a model file loads and computes correctly in the phone's runtime; exit code 1 if not."""
    shape = read_shape(input_shape)
    from harness.export.preflight import preflight as check_file

    found = check_file(file, reference=reference, input_shape=shape, engine=engine)
    if as_json:
        show_json({**asdict(found), "verdict": found.verdict, "certain": found.certain})
    else:
        _show(found)
    if found.verdict != "fine":
        raise typer.Exit(EXIT_UNFIT)


def _show(found: "Preflight") -> None:
    where = f", run in {found.ran_in}" if found.ran_in else ""
    show(f"{found.file} for {found.runtime}{where}")
    for check in found.checks:
        show(f"  {check.answer:<8} {check.name:<10} {check.message}")
    show(_last_line(found))


def _last_line(found: "Preflight") -> str:
    if found.verdict != "fine":
        return _WORDS[found.verdict]
    if found.certain:
        return _PROVED
    passed_there = any(check.name == "phone" and check.answer == "passed" for check in found.checks)
    return _WORDS["fine"] if passed_there else _UNSURE
