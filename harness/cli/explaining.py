"""What each rewrite of an export did and won, in arm64 instructions, for `elbench export --explain`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from harness.cli.talk import say, show
from harness.errors import ExportRefused, SetupIncomplete
from harness.export.artifact import ExportedModel
from harness.export.explain import Step, recipes_to_compare, steps
from harness.export.identify import Model
from harness.export.recipes import SUMMARIES

CORES = ("a55", "a76")
"""A small core and a big one, which disagree about some rewrites."""

Instructions = Mapping[str, Mapping[str, int]]
"""By recipe, then by core."""


def count_steps(
    model: ExportedModel,
    thing: Model,
    obtained: Callable[[Sequence[Model], str], Sequence[ExportedModel]],
) -> Instructions:
    """Instructions of a model after each of its rewrites; nothing where this machine cannot count.

    Args:
        model: as it was exported.
        thing: what it was exported from.
        obtained: exports things by the recipe of this name.
    """
    from harness.counts.obtain import ready_to_count

    try:
        counting = ready_to_count(CORES)
    except SetupIncomplete as error:
        say(f"instructions are not counted: {error}")
        return {}
    counted = {}
    for recipe in recipes_to_compare(model.artifact):
        try:
            counts = counting.counts_of(obtained([thing], recipe), say=say)
        except ExportRefused as error:
            say(f"not counted: {error}")
            continue
        counted[recipe] = {count.core: count.instructions for count in counts}
    return counted


def explanation(model: ExportedModel, counted: Instructions) -> list[dict[str, Any]]:
    """For programs: each rewrite's outcome, with instructions before and after it by core."""
    return [
        asdict(step.outcome) | {"instructions": _before_and_after(step, counted)}
        for step in steps(model.artifact)
    ]


def show_explanation(model: ExportedModel, counted: Instructions) -> None:
    """For people: one line a rewrite."""
    artifact = model.artifact
    summary = SUMMARIES.get(artifact.recipe, "")
    show(f"{artifact.model}, {artifact.recipe}{f' ({summary})' if summary else ''}")
    if not artifact.rewrites:
        show("  measured as it is: nothing was rewritten")
        return
    width = max(len(outcome.name) for outcome in artifact.rewrites)
    cores = "  ".join(f"{f'{core}, million instr.':>22}" for core in CORES)
    show(f"  {'rewrite':<{width}}  places    error  {cores}")
    for step in steps(artifact):
        show(f"  {step.outcome.name:<{width}}  {_told(step, counted)}")


def _told(step: Step, counted: Instructions) -> str:
    outcome = step.outcome
    if outcome.dropped:
        return f"dropped: {outcome.dropped}"
    if not outcome.places:
        return "     –  nothing to change"
    error = "–" if outcome.error is None else f"{outcome.error:.1e}"
    changes = _before_and_after(step, counted)
    return (
        f"{outcome.places:>6}  {error:>7}  {'  '.join(_change(changes.get(core)) for core in CORES)}".rstrip()
    )


def _change(counts: Sequence[int] | None) -> str:
    if counts is None:
        return f"{'–':>22}"
    before, after = counts
    return f"{before / 1e6:>7.2f} → {after / 1e6:>6.2f} {(after - before) / before:>+5.0%}"


def _before_and_after(step: Step, counted: Instructions) -> dict[str, tuple[int, int]]:
    if step.before is None or step.after is None:
        return {}
    before, after = counted.get(step.before.name, {}), counted.get(step.after.name, {})
    return {core: (before[core], after[core]) for core in CORES if core in before and core in after}
