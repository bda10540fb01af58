"""A comparison while it is measured, and what its verdicts mean for the exit code.

The verdicts themselves are `harness.stats.comparison`'s.
"""

from collections.abc import Callable, Iterable, Sequence

import typer

from harness.errors import BadPlan
from harness.export.artifact import ExportedModel
from harness.measure.plan import Plan
from harness.results.records import LaunchRecord, Run
from harness.stats.comparison import compare_on, is_comparison
from harness.stats.setup import differing, setup_of, setup_words
from harness.stats.verdict import Verdict

EXIT_REGRESSED = 1
EXIT_INCONCLUSIVE = 3


class Standing:
    """How a run's comparison stands; of a run that compares nothing, no phone is ever done early.

    Args:
        run: the run.
        launches: its journal so far.
        say: told once for each phone how its comparison ended.
    """

    def __init__(self, run: Run, launches: Sequence[LaunchRecord], say: Callable[[str], None]) -> None:
        self._run = run
        self._launches = list(launches)
        self._say = say
        self._phones = {phone.phone_id: phone for phone in run.phones}

    def observe(self, *records: LaunchRecord) -> None:
        """Take note of new lines of the journal."""
        self._launches.extend(records)

    def is_over(self, phone_id: str, block: int) -> bool:
        """Whether a phone need not measure a block, and nothing after it.

        A block that has ended is due again where a launch of it failed, and worth it while a verdict lacks.
        """
        if not is_comparison(self._run):
            return False
        phone = self._phones[phone_id]
        found = compare_on(phone, self._run, tuple(self._launches))
        is_over = found.is_decided if block < found.pairs else found.is_over
        if is_over:
            self._say(f"{phone.name}{' (virtual)' if phone.is_virtual else ''}: {found.words}")
        return is_over


def require_comparable(plan: Plan, models: Sequence[ExportedModel]) -> None:
    """The models of a comparison are different files that were made ready alike.

    Raises:
        BadPlan: they are not.
    """
    if plan.compare is None:
        return
    if len(models) < 2:
        raise BadPlan(
            "there is one file to compare, and a file is equal to itself",
            remedy="name two that differ; how equal a phone finds a file to itself, `elbench calibrate` says",
            where="compare",
        )
    setups = [setup_of(model.artifact) for model in models]
    names = [name for name in differing(setups) if name != "recipe" or not plan.compare.recipes]
    if names:
        each = "; ".join(
            f"{model.artifact.model}: {setup_words(setup, names)}"
            for model, setup in zip(models, setups, strict=True)
        )
        raise BadPlan(
            f"the models are not made ready alike ({each}), so a difference would say nothing of them",
            remedy="compare models with one input, recipe, precision and runtime",
            where="compare",
        )


def exit_by(verdicts: Iterable[Verdict], *, require_verdict: bool) -> None:
    """End the command as verdicts demand.

    Raises:
        typer.Exit: with 1 where something regressed, with 3 where a verdict is required and one is lacking.
    """
    names = {one.verdict for one in verdicts}
    if "regressed" in names:
        raise typer.Exit(EXIT_REGRESSED)
    if require_verdict and "inconclusive" in names:
        raise typer.Exit(EXIT_INCONCLUSIVE)
