"""`elbench export`: model files for phones, proved against eager PyTorch."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.talk import say, show, show_json


def export(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Catalogue names or model files.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    recipe: Annotated[str, typer.Option(help="Export recipe: fast or documented.")] = "fast",
    seed: Annotated[
        int, typer.Option(min=0, max=2**63 - 1, help="Seed of the weights and of the proof's input.")
    ] = 0,
) -> None:
    """Export models to .ptl files; a file that computes anything else than eager PyTorch is refused."""
    from harness.cli.folders import output_folder
    from harness.export.artifact import write_artifacts
    from harness.export.cache import ArtifactCache
    from harness.export.identify import identify
    from harness.export.obtain import obtain
    from harness.units import format_bytes

    found = identify(names, say=say)
    with output_folder(out, new=False):
        models = obtain(found, cache=ArtifactCache.default(), seed=seed, recipe=recipe, say=say)
        files = write_artifacts(models, out)
    if as_json:
        show_json(
            [asdict(model.artifact) | {"path": str(file)} for model, file in zip(models, files, strict=True)]
        )
        return
    for model, file in zip(models, files, strict=True):
        artifact = model.artifact
        proof = f"error against {artifact.reference}: {artifact.export_error:.1e}"
        show(f"{file}  {format_bytes(artifact.file_bytes)}, {proof}")
