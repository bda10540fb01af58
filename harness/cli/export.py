"""`elbench export`: model files for phones, proved against eager PyTorch."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from harness.cli.numbers import read_shape
from harness.cli.talk import say, show, show_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.cli.explaining import Instructions
    from harness.export.artifact import ExportedModel
    from harness.export.identify import Model
    from harness.results.records import Artifact


def _list_recipes(asked: bool) -> None:
    if not asked:
        return
    from harness.export.recipes import REWRITES, SUMMARIES

    for name, summary in SUMMARIES.items():
        show(f"{name:<16}  {summary}")
    show("\nRewrites; each is a recipe by its name, and RECIPE+NAME or RECIPE-NAME adds it or leaves it out:")
    for rewrite in REWRITES:
        show(f"{rewrite.name:<16}  {'fast' if rewrite.is_fast else '    '}  {rewrite.summary}")
    raise typer.Exit


def export(
    names: Annotated[
        list[str], typer.Argument(metavar="MODEL|FILE...", help="Models by name, or TorchScript files.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    recipe: Annotated[
        str,
        typer.Option(metavar="RECIPE", help="Export recipe: fast, documented, or as --list-recipes says."),
    ] = "fast",
    precision: Annotated[
        Literal["float32", "float16", "int8"], typer.Option(help="Of weights and activations.")
    ] = "float32",
    calibrate: Annotated[
        str,
        typer.Option(metavar="DATA", help="Data for int8's ranges: auto, digits, cifar10:DIR, or a folder."),
    ] = "auto",
    runtime: Annotated[
        Literal["pytorch_mobile", "executorch"], typer.Option(help="Runtime that the files are for.")
    ] = "pytorch_mobile",
    input_shape: Annotated[
        str | None, typer.Option(metavar="1x3x224x224", help="Input instead of each model's own.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=2**63 - 1, help="Seed of the weights and of the proof's input.")
    ] = 0,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what each rewrite of the recipe did and won.")
    ] = False,
    _recipes: Annotated[
        bool,
        typer.Option(
            "--list-recipes", callback=_list_recipes, is_eager=True, help="List recipes and rewrites."
        ),
    ] = False,
) -> None:
    """Export models to files for phones; one that computes anything else than its network is refused."""
    shape = read_shape(input_shape)
    from harness.cli.explaining import count_steps, show_explanation
    from harness.cli.folders import output_folder
    from harness.export.artifact import write_artifacts
    from harness.export.cache import ArtifactCache
    from harness.export.identify import identify
    from harness.export.obtain import obtain

    cache = ArtifactCache.default()

    def obtained(models: "Sequence[Model]", by: str) -> "tuple[ExportedModel, ...]":
        return obtain(
            models,
            cache=cache,
            seed=seed,
            recipe=by,
            precision=precision,
            calibrate=calibrate,
            runtime=runtime,
            input_shape=shape,
            say=say,
        )

    found = identify(names, say=say)
    with output_folder(out, new=False):
        models = obtained(found, recipe)
        files = write_artifacts(models, out)
    counted = [count_steps(*pair, obtained) for pair in zip(models, found, strict=True)] if explain else []
    if as_json:
        show_json(_records(models, files, counted))
        return
    for model, file in zip(models, files, strict=True):
        show(_written(model.artifact, file))
    for model, instructions in zip(models, counted, strict=False):
        show_explanation(model, instructions)


def _records(
    models: "Sequence[ExportedModel]", files: "Sequence[Path]", counted: "Sequence[Instructions]"
) -> list[dict[str, Any]]:
    from harness.cli.explaining import explanation

    records = [
        asdict(model.artifact) | {"path": str(file)} for model, file in zip(models, files, strict=True)
    ]
    for record, model, instructions in zip(records, models, counted, strict=False):
        record["explanation"] = explanation(model, instructions)
    return records


def _written(artifact: "Artifact", file: Path) -> str:
    from harness.units import format_bytes

    size = format_bytes(artifact.file_bytes)
    if artifact.export_error is None:
        return f"{file}  {size}, {artifact.missing['export_error']}"
    proof = f"error against {artifact.reference}: {artifact.export_error:.1e}"
    dropped = [outcome.name for outcome in artifact.rewrites if outcome.dropped]
    told = f", without {', '.join(dropped)} (--explain says why)" if dropped else ""
    agreement = "".join(
        f", same class as float32 for {one.agreement:.1%} of {one.images} images ({one.calibration})"
        for one in artifact.quantisation
    )
    return f"{file}  {size}, {proof}{agreement}{told}"
