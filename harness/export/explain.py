"""What each rewrite of an export won, as exports to be compared: the recipe up to it, and the one before.

Only the comparison is planned here; what to compare by (instructions, time) is the caller's choice.
"""

from dataclasses import dataclass

from harness.export.recipes import Recipe, find_recipe
from harness.results.records import Artifact, RewriteOutcome


@dataclass(frozen=True, slots=True)
class Step:
    """One rewrite of an export."""

    outcome: RewriteOutcome
    """What it did."""
    before: Recipe | None
    """All rewrites before it; None where it left the network as it was."""
    after: Recipe | None
    """The same and this one."""


def steps(artifact: Artifact) -> tuple[Step, ...]:
    """The rewrites of an artifact, in order.

    The first that did something is compared with nothing but a correct BatchNorm, `documented`: without that
    there is no right file.
    """
    chosen: frozenset[str] = find_recipe("documented").chosen
    found = []
    for outcome in artifact.rewrites:
        after = chosen | {outcome.name}
        did_something = outcome.places > 0 and not outcome.dropped and after != chosen
        found.append(
            Step(outcome, Recipe(chosen), Recipe(after)) if did_something else Step(outcome, None, None)
        )
        chosen = after if did_something else chosen
    return tuple(found)


def recipes_to_compare(artifact: Artifact) -> tuple[str, ...]:
    """Names of all recipes that the steps name, each once, in order."""
    named = [recipe.name for step in steps(artifact) for recipe in (step.before, step.after) if recipe]
    return tuple(dict.fromkeys(named))
