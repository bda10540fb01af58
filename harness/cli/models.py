"""`elbench models`: what can be measured by name."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.talk import show, show_json

if TYPE_CHECKING:
    from harness.models.catalogue import CatalogueEntry

_NAME_WIDTH = 24
_COLUMNS = (11, 9, 10, 9, 9, 8, 6)


def models(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="Models to show, with options; else the whole catalogue."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="TEXT|CONDITION",
            help="Show models whose name, library or note contains TEXT, or that meet a CONDITION such as"
            " 'macs<100M' or 'year>=2019'; may be given again.",
        ),
    ] = None,
) -> None:
    """List models with what they cost: parameters, multiply-accumulates, memory traffic, size."""
    from harness.models.catalogue import entries
    from harness.models.selection import selected

    chosen = selected(map(_known, names) if names else entries(), filters or ())
    if as_json:
        show_json([_row(found) for found in chosen])
        return
    head = ("name", "parameters", "MACs", "traffic", "size", "input", "top-1 %", "year", "note")
    rows = [head, *map(_described, chosen)]
    name_width = max(_NAME_WIDTH, *(len(row[0]) for row in rows))
    for row in rows:
        show(_line(name_width, *row))


def _known(name: str) -> "CatalogueEntry":
    """The model of this name; one that the catalogue has not counted is built, which needs torch."""
    from harness.models.catalogue import entry

    found = entry(name)
    if found.parameters is not None:
        return found
    from harness.models.measure_costs import counted

    return counted(found)


def _row(entry: "CatalogueEntry") -> dict[str, Any]:
    derived = {"size_bytes": entry.size_bytes, "traffic_bytes": entry.traffic_bytes}
    return (
        {key: value for key, value in asdict(entry).items() if key != "missing"}
        | derived
        | {"missing": dict(entry.missing)}
    )


def _described(entry: "CatalogueEntry") -> tuple[str, ...]:
    from harness.units import format_bytes, format_count

    def number(value: int | None, form: Any) -> str:  # noqa: ANN401 - any of harness.units' formats
        return "—" if value is None else form(value)

    return (
        entry.name,
        number(entry.parameters, format_count),
        number(entry.macs, format_count),
        number(entry.traffic_bytes, format_bytes),
        number(entry.size_bytes, format_bytes),
        "×".join(map(str, entry.input_shape[-2:])),
        "—" if entry.top1_percent is None else f"{entry.top1_percent:g}",
        "—" if entry.year is None else str(entry.year),
        entry.note,
    )


def _line(name_width: int, name: str, *rest: str) -> str:
    *cells, note = rest
    aligned = "".join(f"{cell:>{width}}" for cell, width in zip(cells, _COLUMNS, strict=True))
    return f"{name:<{name_width}}{aligned}  {note}".rstrip()
