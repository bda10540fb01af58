"""`elbench calibrate`: a phone compared with itself, so that later verdicts know what its own noise is.

It is a run like any other, of one model in pairs of launches. What is made of it is `harness.stats.noise`'s
business; here it is kept and shown.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from harness.cli.options import AsJson, Out, refuse_with_from
from harness.cli.talk import show, show_json
from harness.errors import LaunchesFailed

if TYPE_CHECKING:
    from harness.results.rundir import RunDirectory
    from harness.stats.noise import Calibration
    from harness.stats.planning import ToldApart

MODEL = "elnet_1.0"
PAIRS = 12
"""Their spread is known to a fifth of itself."""


def calibrate(
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help=f"What is measured against itself; default {MODEL}."),
    ] = None,
    on: Annotated[
        list[str] | None,
        typer.Option(metavar="SERIAL", help="Phone to calibrate, may be repeated; default: all usable ones."),
    ] = None,
    virtual: Annotated[bool, typer.Option("--virtual", help="Calibrate a virtual phone.")] = False,
    engine: Annotated[
        Literal["auto", "android", "lite"] | None,
        typer.Option(help="What a virtual phone runs models with; default: android where it can be."),
    ] = None,
    pairs: Annotated[
        int | None,
        typer.Option(min=2, max=1000, metavar="N", help=f"Pairs of launches; default {PAIRS}."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, max=64, metavar="N", help="Thread count; default 1.")
    ] = None,
    plan: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Plan in TOML that says how it is measured.")
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
    from_run: Annotated[
        Path | None, typer.Option("--from", metavar="RUN", help="Take it from a run that was measured.")
    ] = None,
) -> None:
    """Measure a phone's own noise and keep it: what a comparison on it can tell, and in how many launches."""
    from harness.results.noise_store import all_noise, noise_folder
    from harness.results.rundir import RunDirectory

    all_noise()  # a file that cannot be read is found out before anything is measured
    if from_run is not None:
        asked = {"model": model, "pairs": pairs, "threads": threads}
        phones = {"on": on, "virtual": virtual, "engine": engine}
        refuse_with_from({**asked, **phones, "plan": plan, "out": out})
        directory = RunDirectory(from_run)
    else:
        from harness.cli.folders import output_folder

        with output_folder(noise_folder(), new=False):
            directory = _measure(
                plan,
                {
                    "models": [model or MODEL],
                    "devices": on or (),
                    "virtual": virtual,
                    "threads": [threads or 1],
                    "launches": 2 * (pairs or PAIRS),
                    **({"engine": engine} if engine else {}),
                    **_ALONE,
                },
                out,
            )
    _keep(directory, as_json=as_json)


_ALONE = {"evaluate": "none", "count": (), "duet": False, "compare": None}
"""Of a plan, what is not asked when a phone is compared with itself."""


def _measure(file: Path | None, overrides: dict[str, Any], out: Path | None) -> "RunDirectory":
    from harness.cli.starting import refuse_engine_of_real_phones, start_run
    from harness.measure.plan_file import make_plan

    plan = make_plan(file, quick=False, overrides=overrides)
    refuse_engine_of_real_phones(plan, or_virtual=False)
    return start_run(plan, out, quiet=True)


def _keep(directory: "RunDirectory", *, as_json: bool) -> None:
    from harness.results.noise_store import keep_noise
    from harness.results.rundir import REPORT_FILE
    from harness.stats.noise import calibrations
    from harness.stats.planning import told_apart

    page = directory.path / REPORT_FILE
    found = calibrations(directory.run(), directory.launches())
    if not found:
        raise LaunchesFailed(
            "no two neighbouring launches could be used, so nothing is known of the noise",
            remedy=f"see their findings on the page {page}",
        )
    kept = [(one, keep_noise(one.noise), told_apart(one.noise)) for one in found]
    if as_json:
        phones = [_as_json(*one) for one in kept]
        show_json({"phones": phones, "directory": str(directory.path), "page": str(page)})
        return
    for one in kept:
        _show(*one)
    show(f"Page: {page}")


def _as_json(one: "Calibration", file: Path, told_apart: "ToldApart") -> dict[str, Any]:
    return {
        "phone": one.phone.name,
        "is_virtual": one.phone.is_virtual,
        "noise": asdict(one.noise),
        "told_apart": told_apart,
        "findings": [asdict(finding) for finding in one.findings],
        "file": str(file),
    }


def _show(one: "Calibration", file: Path, told_apart: "ToldApart") -> None:
    from harness.stats.planning import PAIR_COUNTS
    from harness.stats.power import POWER
    from reports.noise_tables import minutes, noise_table
    from reports.terminal import aligned

    noise, longest = one.noise, PAIR_COUNTS[-1]
    virtual = f" (virtual, engine {noise.engine})" if one.phone.is_virtual else ""
    threads = f"{noise.threads} thread{'s' if noise.threads > 1 else ''}"
    show(
        f"{one.phone.name}{virtual}, {noise.phone_id}: {noise.model} against itself, {threads}, "
        f"{noise.pairs} pairs of launches"
    )
    show("\n".join(aligned(noise_table(noise, told_apart))))
    show(
        "Between launches: standard deviation of one file. Floor: smaller differences are the phone's own. "
        f"Pairs: the smallest difference that {100 * POWER:g} % of comparisons of so many pairs find."
    )
    show(
        f"A launch takes {noise.seconds_per_launch:.1f} s with the waiting before it, {longest} pairs of two "
        f"models {minutes(longest, noise.seconds_per_launch):.1f} minutes."
    )
    for finding in one.findings:
        show(f"{finding.severity}: {finding.message}")
    show(f"Kept in {file}")
