"""`elbench compare RUN RUN`: two runs on disk, of one phone and measured alike, or refused by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.cli.comparing import exit_by
from harness.cli.talk import show, show_json
from harness.errors import UsageError
from harness.measure.plan_file import read_plan
from harness.measure.plan_sections import Compare
from harness.results.noise_store import known_noise
from harness.results.records import PhoneNoise
from harness.results.rundir import RunDirectory
from harness.stats.two_runs import Measured, compare_two_runs, matches, obstacles
from reports.privacy import without_serials
from reports.two_runs_tables import two_runs_json, two_runs_text


def compare_runs(
    baseline: Path, candidate: Path, judged: Mapping[str, Any], *, as_json: bool, require_verdict: bool
) -> None:
    """Print the verdicts on what both runs measured, and end with their exit code.

    Args:
        baseline: directory of the earlier run.
        candidate: directory of the run that is judged.
        judged: keys of a plan's `compare` that were given.
        as_json: print JSON.
        require_verdict: end with code 3 where something is inconclusive.

    Raises:
        UsageError: they may not be compared; each difference is named.
    """
    wanted = read_plan({"compare": judged}, where="command line").compare or Compare()
    before, now = _read(baseline), _read(candidate)
    if differences := obstacles(before, now):
        raise UsageError(
            f"the runs may not be compared: {'; '.join(differences)}",
            remedy="measure both alike, or compare the models in one run: elbench compare A B",
            where=f"{baseline}, {candidate}",
        )
    answered = compare_two_runs(before, now, wanted, noise=_noise(before, now))
    if as_json:
        show_json(two_runs_json(answered, before, now))
    else:
        show(two_runs_text(answered, before, now))
    exit_by((one.verdict for one in answered), require_verdict=require_verdict)


def _read(folder: Path) -> Measured:
    directory = RunDirectory(folder)
    run, launches, _ = without_serials(directory.run(), directory.launches(), directory.evaluations())
    return Measured(run, launches)


def _noise(baseline: Measured, candidate: Measured) -> tuple[PhoneNoise, ...]:
    """What is known of the phones' noise now; the largest decides."""
    plan = read_plan(candidate.run.plan, where=candidate.run.run_id)
    found = [
        known_noise(
            match.phone.phone_id,
            engine=match.phone.engine,
            threads=match.threads,
            mode=plan.mode,
            model=match.baseline.model,
        )
        for match in matches(baseline.run, candidate.run)
        if not plan.duet
    ]
    return tuple(noise for noise in found if noise)
